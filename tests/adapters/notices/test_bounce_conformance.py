"""Bounces of mail under the kit that is shipped for those who read others."""

from __future__ import annotations

import pytest

from omscore.ports.notices import Notice
from omscore.secrets import Secret
from omscore.testing.conformance.bounces import BounceConformance
from omscore_adapters import notice_smtp
from omscore_adapters.notice_smtp import SmtpNotices, SmtpNoticeSettings
from omscore_adapters.notice_smtp.mapping import travelling
from tests.adapters.notices.postmaster import report_on
from tests.kit.mailshops import SECRET, SENDER
from tests.kit.shops import NOON


class PostHarness:
    """Letters as the adapter makes them, and a mail system that reports on them."""

    receiver = "anna@example.org"

    def __init__(self) -> None:
        settings = SmtpNoticeSettings(host="localhost", sender=SENDER, bounce_secrets=(Secret(SECRET),))
        self.port = SmtpNotices(settings)

    def came_back(self, key: str, action: str, status: str) -> bytes:
        return self._report(key, SECRET, action, status)

    def of_another(self, key: str) -> bytes:
        return self._report(key, "the secret of another shop", "failed", "5.1.1")

    def _report(self, key: str, secret: str, action: str, status: str) -> bytes:
        notice = Notice(key=key, to=self.receiver, subject="Sent", text="On its way.", at=NOON)
        letter = travelling(notice, sender=SENDER, shop=SENDER, secret=Secret(secret))
        return report_on(letter, self.receiver, sender=SENDER, action=action, status=status)


class TestMailThatComesBack(BounceConformance):
    provider = notice_smtp.PROVIDER

    @pytest.fixture
    def harness(self) -> PostHarness:
        return PostHarness()
