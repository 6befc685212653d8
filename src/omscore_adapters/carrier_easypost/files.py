"""Label files on disk, named by their content alone; nothing a carrier says becomes part of a path."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from omscore.errors import PortTransientError, SetupError
from omscore.ports.carriers import LabelDocument
from omscore_adapters.carrier_easypost.settings import LabelFormat

_KINDS: Mapping[LabelFormat, tuple[bytes, str, str]] = {
    LabelFormat.ZPL: (b"^XA", "zpl", "application/zpl"),
    LabelFormat.PDF: (b"%PDF-", "pdf", "application/pdf;base64"),
    LabelFormat.PNG: (b"\x89PNG\r\n\x1a\n", "png", "image/png;base64"),
}


def document_of(content: bytes, form: LabelFormat, what: str = "the label is bought") -> LabelDocument:
    """The file as a document of the label, or of `what` is there already.

    Raises: PortTransientError when the bytes do not begin as a file of that form does.

    >>> document_of(b"^XA^XZ", LabelFormat.ZPL)
    LabelDocument(media_type='application/zpl', text='^XA^XZ')
    """
    magic, _, media_type = _KINDS[form]
    if (
        not content.lstrip(b"\xef\xbb\xbf \r\n").startswith(magic)
        if form is LabelFormat.ZPL
        else not content.startswith(magic)
    ):
        raise PortTransientError(f"{what}, but its file is no {form.value}; look at EasyPost's dashboard")
    if form is not LabelFormat.ZPL:
        return LabelDocument(media_type=media_type, text=b64encode(content).decode("ascii"))
    try:
        return LabelDocument(media_type=media_type, text=content.decode("utf-8"))
    except UnicodeDecodeError:
        raise PortTransientError(f"{what}, but its ZPL is not UTF-8; look at EasyPost's dashboard") from None


def keep(folder: Path, content: bytes, form: LabelFormat) -> Path:
    """The file with that content, which is there afterwards whole or not at all; kept twice it is there once.

    Raises: SetupError when the folder cannot be written, or something else lies under the name.
    """
    name = f"{sha256(content).hexdigest()}.{_KINDS[form][1]}"
    target, draft = folder / name, folder / f".{name}.{os.getpid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            draft.unlink()  # of an earlier program that died with the same number
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            is_new = _linked(draft, target)
        finally:
            draft.unlink()
    except OSError as error:
        raise _wrong(f"{folder} cannot be written ({error.strerror})") from error
    if not is_new and not _holds(target, content):
        raise _wrong(f"{target} is there with other content; see who wrote it, and remove it")
    return target


def _linked(draft: Path, target: Path) -> bool:
    """A link never takes the place of what is there already, so a file is there whole or not at all."""
    try:
        os.link(draft, target, follow_symlinks=False)
    except FileExistsError:
        return False
    return True


def _holds(target: Path, content: bytes) -> bool:
    """Whether the very file, and nothing it points to, has that content."""
    try:
        number = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(number, "rb") as file:
            return file.read(len(content) + 1) == content
    except OSError:
        return False


def _wrong(says: str) -> SetupError:
    return SetupError(f"carrier.easypost.label_folder: {says}", path="carrier.easypost.label_folder")
