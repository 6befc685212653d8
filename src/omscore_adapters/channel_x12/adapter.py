"""Purchase orders in X12, and what became of them."""

from __future__ import annotations

from omscore.parties import NewsKind
from omscore.ports.acknowledgements import InterchangeChecked
from omscore.ports.channels import ChannelMessage, Complaint
from omscore.ports.news import ChannelNotice
from omscore_adapters.channel_edi import BrokenInterchange, EdiMessage, kinds_told
from omscore_adapters.channel_outbox import Outbox
from omscore_adapters.channel_x12.checking import checked
from omscore_adapters.channel_x12.mapping import message_of
from omscore_adapters.channel_x12.settings import X12Settings
from omscore_adapters.channel_x12.syntax import messages_of
from omscore_adapters.channel_x12.telling import as_x12


class X12Channel:
    """Reads interchanges of purchase orders (850), and puts answers (855, 856, 846, 997) into a folder."""

    def __init__(self, settings: X12Settings) -> None:
        self._settings = settings
        self._outbox = Outbox(settings.outbox)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every transaction set of the document. Raises: InputError when it is no X12."""
        return tuple(map(self._message, messages_of(document)))

    @property
    def tells(self) -> frozenset[NewsKind]:
        """All there is to tell, once there is an outbox; acknowledgements only where they are agreed on."""
        return kinds_told(self._settings.outbox, acknowledges=self._settings.acknowledge)

    def checked(self, document: bytes) -> tuple[InterchangeChecked, ...]:
        """The form of every interchange that holds anything but acknowledgements. Raises: InputError for no X12."""
        return checked(document, self._settings)

    def tell(self, notice: ChannelNotice) -> None:
        """An interchange in the outbox.

        Raises: PortRefusedError when X12 cannot say it, or another message lies there; PortTransientError.
        """
        self._outbox.put(notice, "x12", as_x12(notice, self._settings))

    def _message(self, found: EdiMessage | BrokenInterchange) -> ChannelMessage:
        if isinstance(found, EdiMessage):
            return message_of(found, self._settings)
        return ChannelMessage(message_id="", content=found.content, complaints=(Complaint(0, found.says),))
