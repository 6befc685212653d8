"""Who is told of which events, and with which keys the messages are signed."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

from omscore.errors import InputError
from omscore.records import frozen
from omscore.secrets import Secret
from omscore_adapters.observer_webhooks.guard import Network, target_of
from omscore_adapters.observer_webhooks.mapping import key_bytes


@frozen(kw_only=True)
class WebhookEndpoint:
    """One receiver. Shape: with two `keys` each message bears two signatures, while the receiver changes from one to
    the other.
    """

    name: str
    url: str
    events: tuple[str, ...]
    keys: tuple[Secret, ...]

    def __attrs_post_init__(self) -> None:
        if not self.name.isascii() or not self.name.replace("-", "").replace("_", "").isalnum() or len(self.name) > 40:
            raise InputError(f"name {self.name!r} must be letters, digits, - and _, at most 40")
        if not self.events:
            raise InputError(f"{self.name}: name the events it is told of, such as OrderPlaced")
        if not 1 <= len(self.keys) <= 5:
            raise InputError(f"{self.name}: give 1 to 5 keys; a message without a signature is never sent")
        for key in self.keys:
            key_bytes(key)


@frozen(kw_only=True)
class WebhookSettings:
    """All receivers. Shape: `ports` may be sent to beside 443, `inside` are networks of one's own that may."""

    endpoints: tuple[WebhookEndpoint, ...]
    ports: tuple[int, ...] = ()
    inside: tuple[str, ...] = ()
    ca_file: Path | None = None
    timeout_s: int = 10

    def __attrs_post_init__(self) -> None:
        names = [endpoint.name for endpoint in self.endpoints]
        if not names or len(set(names)) < len(names):
            raise InputError("endpoints must be at least one, each with a name of its own")
        if not 1 <= self.timeout_s <= 20:
            raise InputError(f"timeout_s is {self.timeout_s}; give 1 to 20, below the lease of a task")
        for endpoint in self.endpoints:
            try:
                target_of(endpoint.url, ports=(443, *self.ports))
            except InputError as error:
                raise InputError(f"{endpoint.name}: {error}") from error
        self.networks  # noqa: B018 - refuses what is none

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks of `inside`. Raises: InputError."""
        try:
            return tuple([ip_network(each) for each in self.inside])
        except ValueError as error:
            raise InputError(f"inside: {error}; write networks such as 10.1.0.0/16") from error
