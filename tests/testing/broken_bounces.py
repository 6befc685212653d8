"""Readers of bounces that each break one law; the kit must reject them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from omscore.ports.bounces import MailKind, ReadMail


class SoundBounces:
    """A mail of four lines: who it was for, what was done, and the letter with a seal; it is its own harness."""

    receiver = "a.reader@example.org"

    @property
    def port(self) -> SoundBounces:
        return self

    def came_back(self, key: str, action: str, status: str) -> bytes:
        return self._mail(key, action, status, "ours")

    def of_another(self, key: str) -> bytes:
        return self._mail(key, "failed", "5.1.1", "theirs")

    def read_bounce(self, message: bytes) -> ReadMail:
        try:
            _, action, status, name, seal = message.decode("ascii").split("\n")
            key = b64decode(name, validate=True).decode()
        except (UnicodeDecodeError, ValueError):
            return self.unreadable(message)
        if action != "failed":
            return self.delayed(message, key)
        if not self.holds(key, name, seal):
            return self.foreign(key)
        return ReadMail(kind=MailKind.BOUNCE, letter=key, status=self.told(status))

    def _mail(self, key: str, action: str, status: str, secret: str) -> bytes:
        name = b64encode(key.encode()).decode()
        return "\n".join([self.receiver, action, status, name, self.seal(name, secret)]).encode()

    def seal(self, name: str, secret: str) -> str:
        return sha256(f"{secret} {name}".encode()).hexdigest()

    def holds(self, _key: str, name: str, seal: str) -> bool:
        return self.seal(name, "ours") == seal

    def told(self, status: str) -> str:
        return status

    def unreadable(self, _message: bytes) -> ReadMail:
        return ReadMail(kind=MailKind.UNREADABLE, says="it is no report")

    def delayed(self, _message: bytes, _key: str) -> ReadMail:
        return ReadMail(kind=MailKind.OTHER, says="it is not given up")

    def foreign(self, _key: str) -> ReadMail:
        return ReadMail(kind=MailKind.FOREIGN, says="its seal is not ours")


class ReadsNoStatus(SoundBounces):
    def told(self, status: str) -> str:
        return "5.0.0"


class TakesADelayForAFailure(SoundBounces):
    def delayed(self, _message: bytes, key: str) -> ReadMail:
        return ReadMail(kind=MailKind.BOUNCE, letter=key, status="4.0.0")


class BelievesEverybody(SoundBounces):
    def holds(self, _key: str, _name: str, _seal: str) -> bool:
        return True


class SealsHalfTheName(SoundBounces):
    def seal(self, name: str, secret: str) -> str:
        return super().seal(name[-4:], secret)


class StumblesOverBytes(SoundBounces):
    def unreadable(self, message: bytes) -> ReadMail:
        message.decode("ascii")
        raise ValueError("no report")


class RepeatsTheReceiver(SoundBounces):
    def delayed(self, message: bytes, _key: str) -> ReadMail:
        return ReadMail(kind=MailKind.OTHER, says=f"the mail to {message.splitlines()[0].decode()} is late")
