"""Orders in CSV or JSON of any layout."""

from __future__ import annotations

from omscore.errors import InputError
from omscore.ports.channels import ChannelMessage
from omscore_adapters.channel_table.client import read_layout
from omscore_adapters.channel_table.mapping import message_of
from omscore_adapters.channel_table.rows import groups_of
from omscore_adapters.channel_table.settings import TableSettings


class TableChannel:
    """Reads tables by the mapping file, which is read once."""

    def __init__(self, settings: TableSettings) -> None:
        self._layout = read_layout(settings.mapping)

    def read(self, document: bytes) -> tuple[ChannelMessage, ...]:
        """Every order of the document. Raises: InputError when it cannot be taken apart, or holds no order."""
        groups = groups_of(document, self._layout)
        if not groups:
            raise InputError("the document holds no order")
        return tuple([message_of(group, self._layout) for group in groups])
