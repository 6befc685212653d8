"""Purchase orders in EDIFACT."""

from __future__ import annotations

from omscore.ports.channels import ChannelMessage, Complaint
from omscore_adapters.channel_edi import BrokenInterchange
from omscore_adapters.channel_edifact.mapping import message_of
from omscore_adapters.channel_edifact.settings import EdifactSettings
from omscore_adapters.channel_edifact.syntax import messages_of


class EdifactChannel:
    """Reads interchanges of orders (ORDERS)."""

    def __init__(self, settings: EdifactSettings) -> None:
        self._settings = settings

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every message of the document. Raises: InputError when it is no EDIFACT."""
        found: list[ChannelMessage] = []
        for each in messages_of(document):
            if isinstance(each, BrokenInterchange):
                complaints = (Complaint(0, each.says),)
                found.append(ChannelMessage(message_id="", content=each.content, complaints=complaints))
            else:
                marks, message = each
                found.append(message_of(message, marks, self._settings))
        return tuple(found)
