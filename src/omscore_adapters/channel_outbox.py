"""The folder messages to a channel are put into: each whole, once, under a name made from its number."""

from __future__ import annotations

import os
from pathlib import Path

from omscore.errors import PortRefusedError, PortTransientError, SetupError
from omscore.ports.news import ChannelNotice

_DIGITS = 9


class Outbox:
    """A folder that another program fetches files from; without one nothing is told."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @property
    def is_open(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    def put(self, notice: ChannelNotice, ending: str, content: bytes) -> None:
        """Puts the message there; one that is there already, just as it is now, is left alone.

        Shape: files are called such as `000000007-shipment.csv`; the reader may remove them, and looks for whole files
        only, as a message appears under its name once all of it is on the disk.
        Raises: PortRefusedError when another message lies there under this number; PortTransientError when the folder
        does not take it; SetupError without a folder.
        """
        if self._folder is None:
            raise SetupError("the channel has no outbox any more; set one, and the message is put there")
        path = self._folder / f"{notice.number:0{_DIGITS}}-{notice.kind}.{ending}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if path.exists():
                if path.read_bytes() != content:
                    raise PortRefusedError(
                        f"{path} is another message of that number; give each channel an outbox of its own",
                        code="port.refused.outbox",
                    )
                return
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise PortTransientError(
                f"{self._folder} does not take a message ({error.strerror}); it is tried again",
                code="port.transient.outbox",
            ) from error
