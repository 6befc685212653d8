"""What a shop may set about its Stripe account."""

from __future__ import annotations

import re

import attrs

from omscore.errors import SetupError
from omscore.plugins import Need
from omscore.records import frozen
from omscore.secrets import Secret

STRIPE = "https://api.stripe.com"
LIBRARY = Need(module="stripe", name="Stripe's library", install="omscore[stripe]")

_NAMESPACE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_BASE = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|localhost)(:[0-9]+)?")
_MODES = {"sk_live_": True, "rk_live_": True, "sk_test_": False, "rk_test_": False}


@frozen(kw_only=True)
class StripeSettings:
    """The account, and how it is used.

    Shape: `namespace` stands before every key and payment; shops that share one Stripe account need one each.
    `webhook_secrets` are all that are valid now, so that one can be replaced without a gap. `multiple_captures` asks
    Stripe to keep what is left after a part was captured, which an account must have been given first. `api_base` may
    point at a rehearsal on this machine.
    Units: timeout_s is how long one answer is waited for.
    Raises: SetupError for a key that is no secret key of Stripe, and for values outside their range.

    >>> StripeSettings(api_key=Secret("sk_test_1"))
    StripeSettings(api_key=Secret('***'), webhook_secrets=(), namespace='omscore', multiple_captures=False, \
timeout_s=10, api_base='https://api.stripe.com')
    """

    api_key: Secret
    webhook_secrets: tuple[Secret, ...] = ()
    namespace: str = "omscore"
    multiple_captures: bool = False
    timeout_s: int = 10
    api_base: str = attrs.field(default=STRIPE)

    def __attrs_post_init__(self) -> None:
        if self.api_key.reveal()[:8] not in _MODES:
            raise SetupError(
                "payment.stripe.api_key is no secret key of Stripe; it starts with sk_live_, sk_test_, rk_live_ or "
                "rk_test_"
            )
        if any(not each.reveal().startswith("whsec_") for each in self.webhook_secrets):
            raise SetupError("payment.stripe.webhook_secrets holds one that does not start with whsec_; copy it again")
        if not _NAMESPACE.fullmatch(self.namespace):
            raise SetupError(
                f"payment.stripe.namespace is {self.namespace!r}; write 1 to 32 small letters, digits, - and _"
            )
        if type(self.timeout_s) is not int or not 1 <= self.timeout_s <= 20:
            raise SetupError(
                f"payment.stripe.timeout_s is {self.timeout_s!r}; write 1 to 20 seconds, well below a task's lease"
            )
        if not _BASE.fullmatch(self.api_base):
            raise SetupError(
                f"payment.stripe.api_base is {self.api_base!r}; write https:// and a host, or "
                "http://127.0.0.1:PORT for a rehearsal"
            )

    @property
    def is_live(self) -> bool:
        """Whether the key moves real money."""
        return _MODES[self.api_key.reveal()[:8]]
