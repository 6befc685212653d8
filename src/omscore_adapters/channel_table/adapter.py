"""Orders in CSV or JSON of any layout, and messages back in a plain layout of our own."""

from __future__ import annotations

from omscore.errors import InputError
from omscore.parties import NewsKind
from omscore.ports.channels import ChannelMessage
from omscore.ports.news import ChannelNotice
from omscore_adapters.channel_outbox import Outbox
from omscore_adapters.channel_table.client import read_layout
from omscore_adapters.channel_table.mapping import message_of
from omscore_adapters.channel_table.rows import groups_of
from omscore_adapters.channel_table.settings import TableSettings
from omscore_adapters.channel_table.telling import COLUMNS, as_csv, as_json


class TableChannel:
    """Reads tables by the mapping file, which is read once, and writes those for the sender into a folder."""

    def __init__(self, settings: TableSettings) -> None:
        self._layout = read_layout(settings.mapping)
        self._outbox = Outbox(settings.outbox)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it cannot be taken apart, or holds no order."""
        groups = groups_of(document, self._layout)
        if not groups:
            raise InputError("the document holds no order")
        return tuple([message_of(group, self._layout) for group in groups])

    @property
    def tells(self) -> frozenset[NewsKind]:
        """All there is to tell, once there is an outbox."""
        return frozenset(COLUMNS) if self._outbox.is_open else frozenset()

    def tell(self, notice: ChannelNotice) -> None:
        """A file in the outbox, in the format orders come in. Raises: PortTransientError; PortRefusedError."""
        write = as_csv if self._layout.format == "csv" else as_json
        self._outbox.put(notice, self._layout.format, write(notice))
