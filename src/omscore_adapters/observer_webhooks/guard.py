"""Which receivers may be sent to: a name is resolved once, each answer is judged, and the judged address is used.

The URL of a receiver may come from a partner or a form. Without this a webhook could be made to ask the shop's own
machines.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from omscore.errors import InputError, PortRefusedError, PortTransientError
from omscore.records import frozen

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

DENIED: Final[tuple[Network, ...]] = tuple(
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""Networks that are not the public internet, or that lead into ones that are not; nothing is left to a library."""

_PUBLIC_V6: Final = IPv6Network("2000::/3")
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)


@frozen(kw_only=True)
class Target:
    """Where a webhook goes, taken apart once. Shape: `host` is a name, or an address without brackets."""

    host: str
    port: int
    path: str


def target_of(url: str, *, ports: Iterable[int] = (443,)) -> Target:
    """The parts of a URL that may be sent to.

    Raises: InputError for anything but https, a user in it, a port not allowed, and hosts in a form that only some
    programs read as an address (`0177.0.0.1`, `2130706433`, `0x7f000001`).

    >>> target_of("https://erp.example.org/hooks?shop=1")
    Target(host='erp.example.org', port=443, path='/hooks?shop=1')
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > 2_000:
        raise InputError("the URL has characters a URL cannot have; write them as %XX")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", 443 if parts.port is None else parts.port
    except ValueError as error:
        raise InputError("the URL is none; write one such as https://erp.example.org/hooks") from error
    if parts.scheme != "https" or not host:
        raise InputError("the URL must begin with https:// and a host")
    if "@" in parts.netloc or parts.fragment:
        raise InputError("the URL must have no user, password or fragment")
    if port not in set(ports):
        raise InputError(f"the URL has port {port}; allow it with ports, or leave it out")
    if not _is_host(host):
        raise InputError("the host of the URL is neither a plain name nor a plainly written address")
    return Target(host=host, port=port, path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _is_host(host: str) -> bool:
    if ":" in host:
        return "%" not in host and _address(host) is not None
    labels = host.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _address(host) is not None  # strict: four decimal numbers without leading zeros
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_allowed(address: str, inside: Sequence[Network] = ()) -> bool:
    """Whether an address is the public internet's, or in a network of one's own that is allowed.

    >>> is_allowed("93.184.216.34"), is_allowed("::ffff:127.0.0.1"), is_allowed("100.64.0.1")
    (True, False, False)
    """
    found = _address(address)
    if found is None or (isinstance(found, IPv6Address) and found.scope_id is not None):
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in inside):
        return True
    if isinstance(found, IPv6Address) and found not in _PUBLIC_V6:
        return False
    return not any(found in network for network in DENIED)


def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them. Raises: OSError."""
    return [str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def judged(target: Target, inside: Sequence[Network], resolver: Resolver) -> str:
    """The address to connect to; the name is asked for once, here, and never again.

    Raises: PortRefusedError when one of the answers is not allowed, even if others are; PortTransientError when the
    name is not known.
    """
    try:
        answers = resolver(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise PortTransientError(f"the name {target.host} is not known now; it is tried again") from error
    if not answers:
        raise PortTransientError(f"the name {target.host} has no address now; it is tried again")
    if not all(is_allowed(answer, inside) for answer in answers):
        raise PortRefusedError(
            f"{target.host} leads to an address that is not the public internet's; allow its network with inside",
            code="port.refused.address",
        )
    return answers[0]
