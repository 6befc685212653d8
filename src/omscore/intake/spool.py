"""The folder of rejects: each message that could not become an order, as it came, with a note that says why.

A payload is written before its note and both reach the disk, so a reject that is listed can always be tried again.
Files are named by a digest: nothing that a sender wrote ever becomes part of a path.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from omscore.border import without_card_numbers
from omscore.errors import DamageError, NotFoundError, SetupError
from omscore.ports.channels import Complaint
from omscore.records import frozen

_NOTE = re.compile(r"([0-9a-f]{24})\.json")
_FILE = re.compile(r"([0-9a-f]{24})\.(payload|json)(\.[0-9]+\.new)?")
MOST_TOLD = 200
"""The most complaints a note tells; the payload has the rest."""


@frozen(kw_only=True)
class Reject:
    """One message that is kept for a person to look at.

    Shape: `at` is when it came first; one that `is_erased` spoke of somebody who was forgotten, and is a note alone.
    """

    reject_id: str
    channel: str
    message_id: str
    at: datetime
    complaints: tuple[Complaint, ...]
    is_erased: bool = False


class Rejects:
    """The rejects in one folder, which is made when there is something to keep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(
        self, channel: str, message_id: str, content: bytes, complaints: Sequence[Complaint], *, at: datetime
    ) -> str:
        """The id a message is kept under; the same message of a channel is kept once, with the latest reasons.

        Raises: SetupError when the folder does not take it.
        """
        reject_id = sha256(b"\0".join((channel.encode(), content))).hexdigest()[:24]
        note = {
            "channel": channel,
            "message_id": without_card_numbers(message_id),
            "at": self._since(reject_id, at).isoformat(),
            "complaints": [[each.line, without_card_numbers(each.says)] for each in complaints[:MOST_TOLD]],
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(self._payload(reject_id), content)
            self._write(self._note(reject_id), json.dumps(note, indent=1, ensure_ascii=False).encode())
        except OSError as error:
            raise SetupError(
                f"rejects: {self._folder} does not take a reject ({error.strerror}); nothing of the document was lost, "
                "mend the folder and give it again",
                path="rejects",
            ) from error
        return reject_id

    def listed(self) -> list[Reject]:
        """All rejects, oldest first."""
        return sorted(map(self.find, self._ids()), key=lambda each: (each.at, each.reject_id))

    def find(self, reject_id: str) -> Reject:
        """One reject. Raises: NotFoundError; DamageError when its note cannot be read."""
        path = self._checked(reject_id, self._note(reject_id))
        try:
            note = json.loads(path.read_bytes())
            return Reject(
                reject_id=reject_id,
                channel=str(note["channel"]),
                message_id=str(note["message_id"]),
                at=datetime.fromisoformat(note["at"]),
                complaints=tuple([Complaint(int(line), str(says)) for line, says in note["complaints"]]),
                is_erased=note.get("erased") is True,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DamageError(f"{path} is no note of a reject ({error}); mend or remove it") from error

    def content(self, reject_id: str) -> bytes:
        """The message as it is kept, or as a person has corrected it since. Raises: NotFoundError."""
        return self._checked(reject_id, self._payload(reject_id)).read_bytes()

    def drop(self, reject_id: str) -> None:
        """Forget a reject that has become an order; the note goes first."""
        for path in (self._note(reject_id), self._payload(reject_id)):
            with suppress(FileNotFoundError):
                path.unlink()

    def erase(self, is_about: Callable[[bytes], bool]) -> int:
        """How many messages of which that is true were erased for good; a note stays that there was one.

        Shape: what it said, the reasons included, is gone, and so is what a program that was killed has left of it;
        done again after a crash it erases what is left.
        """
        erased = 0
        for reject_id, paths in self._files().items():
            note = self._note(reject_id)
            reject = self.find(reject_id) if note in paths else None
            is_erased = reject is not None and reject.is_erased
            payloads = [path for path in paths if path.suffixes[0] == ".payload"]
            if not is_erased and not any([is_about(path.read_bytes()) for path in payloads]):
                continue
            if reject is not None and not is_erased:  # the note first: a payload beside such a note is sure to go
                self._write(note, _erased(reject))
            left = [path for path in paths if path != note]
            for path in left:
                path.unlink(missing_ok=True)
            erased += not is_erased or bool(left)
        return erased

    def _files(self) -> dict[str, list[Path]]:
        """Every file of each message, those that nobody has finished writing included."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            if file := _FILE.fullmatch(path.name):
                found.setdefault(file[1], []).append(path)
        return found

    def _ids(self) -> Iterator[str]:
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if found := _NOTE.fullmatch(path.name):
                    yield found[1]

    def _since(self, reject_id: str, at: datetime) -> datetime:
        with suppress(NotFoundError, DamageError):
            return self.find(reject_id).at
        return at

    def _note(self, reject_id: str) -> Path:
        return self._folder / f"{reject_id}.json"

    def _payload(self, reject_id: str) -> Path:
        return self._folder / f"{reject_id}.payload"

    def _checked(self, reject_id: str, path: Path) -> Path:
        if _NOTE.fullmatch(f"{reject_id}.json") is None or not path.is_file():
            raise NotFoundError(f"there is no reject {reject_id[:40]!r}; `omscore intake --rejects` lists them")
        return path

    def _write(self, path: Path, content: bytes) -> None:
        """All of it or nothing: written beside, brought to the disk, then moved into place."""
        beside = path.with_suffix(f"{path.suffix}.{os.getpid()}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _erased(reject: Reject) -> bytes:
    """The note that a message was there, and nothing of what it said."""
    says = [[0, "what it said was erased: it spoke of somebody who was forgotten"]]
    note = {"channel": reject.channel, "message_id": "", "at": reject.at.isoformat(), "erased": True}
    return json.dumps({**note, "complaints": says}, indent=1).encode()
