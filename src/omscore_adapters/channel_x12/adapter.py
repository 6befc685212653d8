"""Purchase orders in X12."""

from __future__ import annotations

from omscore.ports.channels import ChannelMessage, Complaint
from omscore_adapters.channel_edi import BrokenInterchange, EdiMessage
from omscore_adapters.channel_x12.mapping import message_of
from omscore_adapters.channel_x12.settings import X12Settings
from omscore_adapters.channel_x12.syntax import messages_of


class X12Channel:
    """Reads interchanges of purchase orders (850)."""

    def __init__(self, settings: X12Settings) -> None:
        self._settings = settings

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every transaction set of the document. Raises: InputError when it is no X12."""
        return tuple(map(self._message, messages_of(document)))

    def _message(self, found: EdiMessage | BrokenInterchange) -> ChannelMessage:
        if isinstance(found, EdiMessage):
            return message_of(found, self._settings)
        return ChannelMessage(message_id="", content=found.content, complaints=(Complaint(0, found.says),))
