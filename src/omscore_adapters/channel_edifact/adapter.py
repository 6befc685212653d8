"""Purchase orders in EDIFACT, and what became of them."""

from __future__ import annotations

from omscore.parties import NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.channels import ChannelMessage, Complaint
from omscore.ports.news import ChannelNotice
from omscore_adapters.channel_edi import BrokenInterchange, kinds_told
from omscore_adapters.channel_edifact.checking import checked
from omscore_adapters.channel_edifact.mapping import message_of
from omscore_adapters.channel_edifact.settings import EdifactSettings
from omscore_adapters.channel_edifact.syntax import messages_of
from omscore_adapters.channel_edifact.telling import as_edifact
from omscore_adapters.channel_outbox import Outbox


class EdifactChannel:
    """Reads interchanges of orders (ORDERS), and puts answers (ORDRSP, DESADV, INVRPT, CONTRL) into a folder."""

    def __init__(self, settings: EdifactSettings) -> None:
        self._settings = settings
        self._outbox = Outbox(settings.outbox)

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

    @property
    def tells(self) -> frozenset[NewsKind]:
        """All there is to tell, once there is an outbox; acknowledgements only where they are agreed on."""
        return kinds_told(self._settings.outbox, acknowledges=self._settings.acknowledge)

    def checked(self, document: bytes) -> tuple[InterchangeChecked, ...]:
        """The form of every interchange that holds anything but CONTRL. Raises: InputError for no EDIFACT."""
        return checked(document, self._settings)

    def tell(self, notice: ChannelNotice) -> None:
        """An interchange in the outbox.

        Raises: PortRefusedError when EDIFACT cannot say it, or another message lies there; PortTransientError.
        """
        self._outbox.put(notice, "edi", as_edifact(notice, self._settings))
