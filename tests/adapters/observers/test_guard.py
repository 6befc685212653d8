"""No webhook reaches the shop's own machines, however its address is written and whatever a name leads to."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from omscore.errors import InputError, OmsError, PortRefusedError, PortTransientError
from omscore_adapters.observer_webhooks.guard import Resolver, is_allowed, judged, resolved, target_of

REFUSED_HOSTS = (
    *(
        "127.0.0.1",
        "127.0.0.2",
        "127.255.255.254",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "localhost",
    ),
    *("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0X7F000001", "127.0.0.01", "0x7f.1"),
    *(
        "3232235777",
        "0xc0a80101",
        "0300.0250.1.1",
        "192.168.257",
        "10.1",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
    ),
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
    *("100.127.255.254", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.254"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *(
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
    ),
    *("[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]"),
    *("[2001:db8::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fc00::1]", "[fd00::1]", "[ff02::1]", "[100::1]"),
    *("[3fff::1]", "[5f00::1]", "[::ffff:0:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::ffff:100.64.0.1]"),
    *(
        "127.0.0.1.",
        "a..b",
        "-a.example",
        "a b.example",
        "\u24d4xample.org",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "",
    ),
)
ALLOWED = (
    "93.184.216.34",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
)


def reached(host: str) -> str:
    """The address a webhook to that host would use, names being resolved by the system."""
    return judged(target_of(f"https://{host}/hook"), (), resolved)


def answering(answers: Sequence[str]) -> Resolver:
    """A resolver that knows one answer."""

    def resolver(_name: str, _port: int) -> Sequence[str]:
        return answers

    return resolver


def test_the_table_has_more_than_sixty_hosts() -> None:
    assert len(set(REFUSED_HOSTS)) == len(REFUSED_HOSTS) >= 60


@pytest.mark.parametrize("host", REFUSED_HOSTS)
def test_hosts_of_ones_own_network_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises((InputError, PortRefusedError)):
        reached(host)


@pytest.mark.parametrize("address", ALLOWED)
def test_addresses_of_the_public_internet_are_allowed(address: str) -> None:
    assert is_allowed(address)
    host = f"[{address}]" if ":" in address else address
    assert judged(target_of(f"https://{host}/"), (), lambda name, _port: [name]) == address


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.org/",
            "ftp://example.org/",
            "https:///x",
            "//example.org/",
            "example.org",
            "file:///etc/passwd",
        ),
        *("https://a@example.org/", "https://a:b@example.org/", "https://example.org:8443/", "https://example.org:0/"),
        *(
            "https://example.org/#x",
            "https://example.org\\@127.0.0.1/",
            "https://example.org /",
            "https://exa\nmple.org/",
        ),
        *("https://example.org:99999/", "https://[::1/", "https://example.org/\r\nHost: x", "https://example.org/ü"),
    ],
)
def test_urls_of_another_form_are_refused(url: str) -> None:
    with pytest.raises(InputError):
        target_of(url)


def test_a_further_port_must_be_allowed() -> None:
    assert target_of("https://example.org:8443/", ports=(443, 8443)).port == 8443


def test_one_inner_answer_among_outer_ones_is_enough_to_refuse() -> None:
    target = target_of("https://partner.example/")
    for answers in (["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::1"], ["8.8.8.8", "no address"]):
        with pytest.raises(PortRefusedError, match="not the public internet's"):
            judged(target, (), answering(answers))


def test_a_network_of_ones_own_can_be_allowed_and_only_that() -> None:
    inside = (ip_network("10.1.0.0/16"),)
    assert [is_allowed(each, inside) for each in ("10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1")] == [True, True, False]


def test_a_name_that_is_not_known_is_a_wait() -> None:
    def unknown(_name: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    resolvers: tuple[Resolver, ...] = (unknown, answering([]))
    for resolver in resolvers:
        with pytest.raises(PortTransientError):
            judged(target_of("https://partner.example/"), (), resolver)


def test_no_error_repeats_the_url() -> None:
    with pytest.raises(OmsError) as caught:
        target_of("https://someone:word@example.org/?token=canary")
    assert "canary" not in str(caught.value)
    assert "word@" not in str(caught.value)
