"""The embedder's door: one object with a handful of verbs. It does not grow, because commands are data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from omscore.customers.model import ForgetCustomer
from omscore.engine.asking import check_asked, checked_many
from omscore.engine.batch import Asked, Batch
from omscore.engine.contexts import shop_codec
from omscore.engine.desk import Desk
from omscore.engine.dispatch import Dispatcher, Recorded
from omscore.engine.editions import check_editions
from omscore.engine.effects import Effects, Ports, served_by
from omscore.engine.meter import Meter
from omscore.engine.observing import receivers_by_event
from omscore.engine.opening import open_ports
from omscore.engine.plans import FORESEEN, PLANS
from omscore.engine.questions import Questions
from omscore.engine.ran import Ran
from omscore.engine.reader import Reader
from omscore.engine.runner import Runner
from omscore.engine.scrubbing import Scrubber
from omscore.errors import InputError, OmsError
from omscore.health.model import Health
from omscore.ids import PersonId
from omscore.intake.mentions import mentions
from omscore.intake.spool import Rejects
from omscore.plugins.discovery import Plugins
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.ports.clock import Clock, SystemClock, VirtualClock
from omscore.ports.news import TellingChannel
from omscore.ports.payments import pays_later
from omscore.ports.storage import Storage
from omscore.ports.taxes import TaxPort


class Oms(Questions):
    """One shop, open for work.

    `do` runs a command and `do_many` a pile of them, `together` makes them durable all at once or not at all, `look`
    reads a record, `availability` answers the shopper, `run_due` works off due tasks, `health` tells how the
    adapters are, `forget` erases a person.
    """

    def __init__(self, shop: Shop, storage: Storage, taxes: TaxPort, ports: Ports, *, clock: Clock) -> None:
        codec = shop_codec()
        self.shop = shop
        self.clock = clock
        self.storage = storage
        self.codec = codec
        self.carrier = ports.carrier
        self.rates = ports.rates
        self.channels = ports.channels
        self.notices = ports.notices
        self._reader = Reader(storage, codec)
        self._desk = Desk(
            shop=shop,
            storage=storage,
            codec=codec,
            reader=self._reader,
            taxes=taxes,
            network=shop.network(),
            rulebook=shop.rulebook(),
            served=served_by(ports),
            plans=PLANS,
            foreseen=FORESEEN,
            told=receivers_by_event(ports.observers),
            captures=ports.captures,
            meter=Meter(clock, shop.health, store=storage, codec=codec, scrubber=Scrubber(ports.secrets)),
            reviewers=tuple(sorted(ports.reviewers)),
            telling={name: each.tells for name, each in ports.channels.items() if isinstance(each, TellingChannel)},
            paying_later=frozenset([name for name, port in ports.payments.items() if pays_later(port)]),
        )
        check_editions(self._desk.reader, self._desk.rulebook, clock.now())
        self._dispatcher = Dispatcher(self._desk, self._reader)
        self._runner = Runner(self._dispatcher, Effects(self._desk, ports), clock)

    def do(self, command: Any, *, key: str | None = None) -> Recorded:
        """What a command came to, once it is durable; the same key and content gives the same answer again.

        Raises: RefusedError or InputError when it makes no sense (nothing is recorded), CommandKeyError when the key
        was used for something else, ConflictError when others kept being faster.
        """
        check_asked(command, key)
        return self._dispatcher.run(command, at=self.clock.now(), key=key)

    def do_many(
        self,
        commands: Iterable[Any],
        *,
        keys: Sequence[str | None] = (),
        progress: Callable[[int], None] | None = None,
    ) -> tuple[Recorded | OmsError, ...]:
        """What each of many commands came to, or the error it was refused with, in the order given.

        They are made durable a hundred at a time, several times as fast as one by one; each is run on what those
        before it have left, and one that is refused is refused alone.

        Shape: `keys`, when given, has one entry for each command; `progress` hears how many are done so far.
        Raises: InputError when there are fewer or more keys than commands.
        """
        commands = checked_many(commands, keys)
        results: dict[int, Recorded | OmsError] = {}
        asked: dict[int, Asked] = {}
        for number, command in enumerate(commands):
            key = keys[number] if keys else None
            try:
                check_asked(command, key)
            except InputError as error:
                results[number] = error
            else:
                asked[number] = Asked(command, key)
        batch = Batch(self._dispatcher, tuple(asked.values()), at=self.clock.now())
        for number, result in zip(asked, batch.run(), strict=True):
            results[number] = result
            if progress is not None:
                progress(len(results))
        return tuple([results[number] for number in range(len(commands))])

    def run_due(
        self,
        *,
        most: int = 1_000_000,
        progress: Callable[[int], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Ran:
        """Work off the tasks that are due: payments, labels, tracking, notices, timeouts, backorders.

        Shape: asked before each task, `stop` ends the run; tasks not begun are given back.
        """
        return self._runner.run_due(most=most, progress=progress, stop=stop)

    def health(self) -> Health:
        """How the shop's adapters are: calls, failures, how long they took, and which are left alone.

        Shape: what this program counted, and what others have given the store by now; a table in a notebook.
        """
        return self._desk.meter.health()

    def together(self) -> AbstractContextManager[None]:
        """Commands inside become durable at the end, all at once; one that is refused is refused alone.

        Shape: open a group here, never on `storage` itself: the shop would not know that it is in one.
        """
        return self._dispatcher.together()

    def forget(self, person_id: PersonId) -> int:
        """Erase a person's details and labels for good; the number of documents erased. The log stays as it is.

        Shape: messages of channels that were rejected and speak of the person are erased too.
        """
        self.do(ForgetCustomer(person_id=person_id, at=self.clock.now()))
        person = self._reader.person(person_id)
        erased = 0
        if person is not None and self.shop.rejects is not None:  # first, while it is known who they are
            erased = Rejects(self.shop.rejects).erase(lambda content: mentions(content, person))
        erased += self.storage.vault_erase(person_id)
        self._reader.forget()
        self.do(ForgetCustomer(person_id=person_id, at=self.clock.now()))  # stops what was placed meanwhile
        return erased


def run_until(oms: Oms, until: datetime) -> Ran:
    """What became of all tasks due up to a moment, each run at the moment it is due: time passes, for a virtual clock.

    Raises: InputError when the shop runs on a clock that cannot be set.
    """
    clock = oms.clock
    if not isinstance(clock, VirtualClock):
        raise InputError("only a VirtualClock can be run ahead; on the system clock call run_due() now and then")
    ran = oms.run_due()
    while (due := oms.storage.next_due()) is not None and due <= until:
        clock.set(max(clock.now(), due))
        ran += oms.run_due()
    clock.set(until)
    return ran


@contextmanager
def open_shop(
    config: Path | str,
    *,
    clock: Clock | None = None,
    overrides: Mapping[str, Any] | None = None,
    plugins: Plugins | None = None,
) -> Iterator[Oms]:
    """The shop a configuration file describes, with all its backends opened, and closed again at the end.

    Raises: SetupError naming the path of what is wrong in the file.
    """
    config = Path(config)
    shop = load_shop(config, overrides=overrides)
    offered = plugins or Plugins()
    with ExitStack() as opened:
        storage, taxes, ports = open_ports(shop, offered, config.parent, opened)
        oms = Oms(shop, storage, taxes, ports, clock=clock or SystemClock())
        try:
            yield oms
        finally:
            oms._desk.meter.keep()
