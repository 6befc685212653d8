"""No secret leaves a shop but to whom it is for, whatever fails: a canary in every setting that is one, looked for in
every file, log record, output, record and error afterwards.

The peers are the worst there are: they fail in every way and repeat in each answer all that was sent to them. A plugin
of a careless author is among them, which writes its own key into whatever it says.
"""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import attrs
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from omscore.app import Oms, open_shop
from omscore.errors import OmsError, PortRefusedError, PortTransientError, PortUnknownError, SetupError
from omscore.fulfillment.commands import PackBoxes, PickUnits
from omscore.ids import FulfillmentId, OrderId
from omscore.orders.commands import PaymentTerms
from omscore.orders.model import Order
from omscore.places import Destination
from omscore.plugins import PortKind, Provider, hookimpl
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import AnyProvider
from omscore.ports.clock import VirtualClock
from omscore.ports.payments import PaymentAnswer, PaymentOutcome, PaymentRequest
from omscore.records import frozen
from omscore.secrets import Secret
from tests.adapters.notices import mailserver
from tests.adapters.notices.mailserver import Certified, Mailroom, serving
from tests.cli.conftest import run
from tests.kit.echoing import Echo, echoing
from tests.kit.shops import NOON, RATES, SHOP, TEA, order, pass_time, stock_up

_WORD = "canary-7f3d9c1b5e"
CANARIES = {
    "STRIPE": f"sk_test_{_WORD}-stripe",
    "STRIPE_HOOK": f"whsec_{_WORD}-stripe-hook",
    "EASYPOST": f"EZTK{_WORD}-easypost",
    "EASYPOST_HOOK": f"{_WORD}-easypost-hook",
    "TRYTON": f"{_WORD}-tryton",
    "MAIL": f"{_WORD}-mail",
    "BOUNCES": f"{_WORD}-bounces",
    "HOOK": "whsec_" + base64.b64encode(f"{_WORD}-hooks-with-32-bytes".encode()).decode(),
    "SHOPIFY": f"{_WORD}-shopify",
    "CARELESS": f"{_WORD}-careless",
}
NAMES = "receivable clearing inventory goods_received tax carrier_payable sales shipping charges cost_of_goods postage"


def traces(secret: str) -> set[str]:
    """The ways a secret may be seen: as it is, in an address, in base64 wherever it begins, and as bytes in hex."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), raw.hex()}
    for before in range(3):
        digits = base64.b64encode(bytes(before) + raw).decode()
        found.add(digits[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6 - 1])
    return found


TRACES = {trace: name for name, secret in CANARIES.items() for trace in traces(secret)} | {_WORD: "any"}


def seen(text: str) -> set[str]:
    """Whose canary is seen in a text."""
    return {name for trace, name in TRACES.items() if trace in text}


@frozen(kw_only=True)
class CarelessSettings:
    key: Secret


class Careless:
    """A payment provider that writes its key into everything it says."""

    def __init__(self, settings: CarelessSettings) -> None:
        self._key = settings.key.reveal()
        self._ways = cycle(range(7))

    def send(self, request: PaymentRequest) -> PaymentAnswer:
        says = f"key {self._key} is not known"
        match next(self._ways):
            case 0:
                raise PortTransientError(says, key=self._key)
            case 1:
                raise PortUnknownError("no answer") from ValueError(says)
            case 2:
                raise ValueError(says)
            case 3:
                error = KeyError(self._key)
                error.add_note(says)
                raise error
            case 4:
                raise ZeroDivisionError("see above") from RuntimeError(base64.b64encode(f"k:{self._key}".encode()))
            case 5:
                raise PortRefusedError(says)
            case _:
                return PaymentAnswer(outcome=PaymentOutcome.DECLINED, amount=request.amount, says=says)

    def look_up(self, _key: str) -> PaymentAnswer | None:
        return None


class CarelessPlugin:
    @hookimpl
    def oms_providers(self) -> Sequence[AnyProvider]:
        @contextmanager
        def opened(settings: CarelessSettings) -> Iterator[Careless]:
            yield Careless(settings)

        return [
            Provider(name="careless", port=PortKind.PAYMENT, settings_type=CarelessSettings, open=opened),
        ]


class Telltale(Mailroom):
    """A mail server that lets the shop in, takes nothing, and repeats its password each time."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        return f"451 4.7.1 not with the password {CANARIES['MAIL']}"


class Peers(NamedTuple):
    web: Echo
    hooks: Echo
    mail: int
    ca_file: Path


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peers]:
    monkeypatch.setattr(mailserver, "WORD", CANARIES["MAIL"])
    certified = Certified(tmp_path)
    with (
        echoing() as web,
        echoing(certified.context) as hooks,
        serving(Telltale(), certified, security="starttls", auth=True) as mail,
    ):
        yield Peers(web, hooks, mail, certified.ca_file)


def config_of(folder: Path, peers: Peers, *, inline: bool) -> Path:
    """The small shop with every adapter that takes a secret, the secrets in the file itself or in the environment."""
    secret = {name: json.dumps(text) if inline else f'{{env = "{name}"}}' for name, text in CANARIES.items()}
    accounts = ", ".join(f'{name} = "1"' for name in [*NAMES.split(), "stock_loss", "fees"])
    text = SHOP
    for ours, theirs in (
        (
            "[payment.manual]\n",
            f"""[payment.manual]
[payment.careless]
key = {secret["CARELESS"]}
[payment.stripe]
api_key = {secret["STRIPE"]}
webhook_secrets = [{secret["STRIPE_HOOK"]}]
api_base = "http://127.0.0.1:{peers.web.port}"
""",
        ),
        (
            SHOP[SHOP.index("[carrier.table]") : SHOP.index("[taxes.table]")],
            f"""[carrier.easypost]
api_key = {secret["EASYPOST"]}
webhook_secrets = [{secret["EASYPOST_HOOK"]}]
reference = "tea"
postcodes = {{DE = "80331", FR = "69001"}}
api_base = "http://127.0.0.1:{peers.web.port}/v2"
""",
        ),
        (
            SHOP[SHOP.index("[notices.file]") : SHOP.index("[routing]")],
            f"""[notices.smtp]
host = "localhost"
port = {peers.mail}
sender = "shop@tea.example"
username = "shop"
password = {secret["MAIL"]}
bounce_secrets = [{secret["BOUNCES"]}]
ca_file = "{peers.ca_file}"
[erp.tryton]
url = "http://127.0.0.1:{peers.web.port}"
database = "books"
user = "oms"
password = {secret["TRYTON"]}
accounts = {{{accounts}}}
[observers.webhooks]
ports = [{peers.hooks.port}]
inside = ["127.0.0.0/8", "::1/128"]
ca_file = "{peers.ca_file}"
[[observers.webhooks.endpoints]]
name = "crm"
url = "https://localhost:{peers.hooks.port}/"
events = ["OrderPlaced"]
keys = [{secret["HOOK"]}]
[intake.web.shopify]
secrets = [{secret["SHOPIFY"]}]

""",
        ),
    ):
        assert ours in text
        text = text.replace(ours, theirs)
    config = folder / "shop.toml"
    config.write_text(text.replace('mail = "shop', 'rejects = "rejects"\nmail = "shop', 1), encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    return config


def plugins() -> Plugins:
    offered = Plugins()
    offered.register(CarelessPlugin())
    return offered


def live(oms: Oms) -> None:
    """Orders by every provider, boxes that want labels, promises at live prices; and some hours of failing."""
    stock_up(oms)
    for number, (provider, method) in enumerate(
        [("manual", "card-ok"), ("stripe", "pm_card_visa"), *[("careless", "any")] * 8]
    ):
        terms = PaymentTerms(provider=provider, method=method)
        oms.do(order(oms, {TEA: 1}, order_id=f"ord_{number}", payment=terms))
    for _ in range(6):
        pass_time(oms, minutes=20)
        oms.promise({TEA: 1}, channel="web", destination=Destination(country="DE"), live=True)
    (work,) = oms.look(Order, "ord_0").fulfillments
    oms.do(PickUnits(fulfillment_id=FulfillmentId(work), at=oms.clock.now()))
    oms.do(PackBoxes(fulfillment_id=FulfillmentId(work), at=oms.clock.now()))
    pass_time(oms, hours=1)


def told_by_commands(config: Path, folder: Path) -> str:
    """What every command that looks at a shop prints and writes."""
    garbage = folder / "orders.json"
    garbage.write_text('{"orders": [}', encoding="utf-8")
    told = []
    for at, words in enumerate(
        [
            ("health", config, "--check"),
            ("plugins", config),
            ("tasks", "list", folder / "shop.db", "--state", "waiting", "--state", "dead", "--state", "done"),
            ("audit", folder / "shop.db"),
            ("explain", "ord_0", "--db", folder / "shop.db"),
            ("show", "ord_1", "--db", folder / "shop.db"),
            ("journal", folder / "shop.db"),
            ("lint", config),
            ("schema",),
            ("intake", config, garbage, "--channel", "web"),
            ("intake", config, "--rejects"),
            ("bounces", garbage, "--config", config),
            ("reconcile", config, "--provider", "stripe"),
            ("work", config, "--once"),
        ]
    ):
        has_json = words[0] in {"health", "plugins", "tasks", "audit", "explain", "show"}
        result = run(*words, *(("--json", folder / f"told-{at}.json") if has_json else ()))
        told.append(f"{words[0]}: {result.output} {result.exception!r}")
        if result.exc_info is not None:
            told.append("".join(traceback.format_exception(*result.exc_info)))
    return "\n".join(told)


@pytest.mark.parametrize("inline", [False, True], ids=["in the environment", "in the file"])
def test_a_secret_shows_nowhere_whatever_fails(
    tmp_path: Path,
    peers: Peers,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    *,
    inline: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    if not inline:
        for name, text in CANARIES.items():
            monkeypatch.setenv(name, text)
    config = config_of(tmp_path, peers, inline=inline)
    with open_shop(config, clock=VirtualClock(NOON), plugins=plugins()) as oms:
        live(oms)
        reprs = [repr(each) for each in (oms.shop, oms.health(), oms.storage, oms.carrier, vars(oms), oms._desk)]
        reprs += [
            repr(vars(each)) for each in oms._runner._effects._ports.payments.values() if hasattr(each, "_settings")
        ]
        reprs += [oms.health()._repr_html_(), str(attrs.asdict(oms.shop.flows))]
        dead = [task.note for task in oms.storage.all_tasks()]
        says = [hold.says for number in range(10) for hold in oms.look(Order, f"ord_{number}").holds]
        health = oms.health()
    echoed = "\n".join([*peers.web.said, *peers.hooks.said])
    assert seen(echoed) >= {"STRIPE", "EASYPOST", "TRYTON"}, "the peers were sent the secrets, and repeated them"
    assert {each.adapter for each in health.adapters if each.failed} == {
        "carrier.easypost",
        "erp.tryton",
        "notices.smtp",
        "observers.webhooks/crm",
        "payment.careless",
        "payment.stripe",
    }
    assert any("***" in text for text in [*dead, *says]), "something was blotted out"
    printed = "" if inline else told_by_commands(config, tmp_path)
    records = [
        caplog.handler.format(record) + record.getMessage() + repr(record.args) + str(record.exc_text)
        for record in caplog.records
        if record.name != "mail.log"  # that is the mail server, which runs here
    ]
    told = capfd.readouterr()
    found = {
        "reprs": seen("\n".join(reprs)),
        "notes of tasks": seen("\n".join(dead)),
        "holds": seen("\n".join(says)),
        "logs": seen("\n".join(records)),
        "commands": seen(printed),
        "output": seen(told.out + told.err),
        **{
            str(file.relative_to(tmp_path)): seen(file.read_bytes().decode("latin-1"))
            for file in tmp_path.rglob("*")
            if file.is_file() and not (inline and file == config)
        },
    }
    assert {where: names for where, names in found.items() if names} == {}
    assert (tmp_path / "shop.db").is_file() and len(found) > 7


@pytest.mark.parametrize(
    "damage",
    [
        ('namespace = "tea"\n', "namespase = 1\n"),
        ("timeout_s = 5\n", 'timeout_s = "5"\n'),
        ("", "timeout_s = 0\n"),
        ("", "webhook_secrets = CANARY\n"),
        ("", "webhook_secrets = [[CANARY]]\n"),
        ("", "webhook_secrets = [{text = CANARY}]\n"),
        ("", "webhook_secrets = [CANARY]\nnamespace = [CANARY]\n"),
    ],
)
def test_a_configuration_that_is_wrong_is_told_without_its_secrets(tmp_path: Path, damage: tuple[str, str]) -> None:
    key, hook = json.dumps(CANARIES["STRIPE"]), json.dumps(CANARIES["STRIPE_HOOK"])
    table = f"[payment.manual]\n[payment.stripe]\napi_key = {key}\n{damage[1].replace('CANARY', hook)}"
    config = tmp_path / "shop.toml"
    config.write_text(SHOP.replace("[payment.manual]\n", table), encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with pytest.raises(SetupError) as told, open_shop(config):
        raise AssertionError("it opened")
    assert seen("".join(traceback.format_exception(told.value))) == set()
    assert seen(run("work", config, "--once").output) == set()


def test_the_password_of_a_database_shows_in_no_error(tmp_path: Path) -> None:
    dsn = f"postgresql://shop:{CANARIES['TRYTON']}@127.0.0.1:9/shop?connect_timeout=2"
    text = SHOP.replace('[storage.sqlite]\npath = "shop.db"\n', f'[storage.postgres]\ndsn = "{dsn}"\n')
    config = tmp_path / "shop.toml"
    config.write_text(text, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    with pytest.raises(OmsError) as told, open_shop(config):
        raise AssertionError("it opened")
    assert seen("".join(traceback.format_exception(told.value))) == set()
    for words in (("health", config), ("audit", config), ("plugins", config), ("show", OrderId("o"), "--db", dsn)):
        result = run(*words)
        assert seen(result.output + repr(result.exception)) == set()
