"""The embedder's door: one object with a handful of verbs. It does not grow, because commands are data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from omscore.customers.model import ForgetCustomer
from omscore.engine.asking import check_asked
from omscore.engine.batch import Asked, Batch
from omscore.engine.checking import checked_question
from omscore.engine.contexts import context_of, shop_codec
from omscore.engine.desk import Desk
from omscore.engine.dispatch import Dispatcher, Recorded
from omscore.engine.editions import check_editions
from omscore.engine.effects import Effects, Ports
from omscore.engine.observing import receivers_by_event
from omscore.engine.people import person_of
from omscore.engine.plans import FORESEEN, PLANS
from omscore.engine.plans.kits import sellable_of
from omscore.engine.plans.promising import atp_of
from omscore.engine.plans.quoting import promise_of
from omscore.engine.plans.sourcing import questions_of
from omscore.engine.ran import Ran
from omscore.engine.reader import Reader
from omscore.engine.runner import Runner
from omscore.engine.unit import Unit
from omscore.errors import InputError, OmsError
from omscore.flows.world import TaskKind
from omscore.ids import PersonId
from omscore.inventory.supplies import AvailableUnits
from omscore.money import Money
from omscore.parties import Person
from omscore.places import Destination
from omscore.plugins.discovery import Plugins
from omscore.plugins.providers import PortKind
from omscore.policy.loading import load_shop
from omscore.policy.shop import Shop
from omscore.ports.clock import Clock, SystemClock, VirtualClock
from omscore.ports.storage import Storage
from omscore.ports.taxes import TaxPort
from omscore.routing.promise import Promise
from omscore.routing.whatif import Question

S = TypeVar("S")


class Oms:
    """One shop, open for work.

    `do` runs a command and `do_many` a pile of them, `together` makes them durable all at once or not at all, `look`
    reads a record, `availability` answers the shopper, `run_due` works off due tasks, `forget` erases a person.
    """

    def __init__(self, shop: Shop, storage: Storage, taxes: TaxPort, ports: Ports, *, clock: Clock) -> None:
        codec = shop_codec()
        served = set(TaskKind)
        if ports.notices is None:
            served.discard(TaskKind.NOTICE)
        if ports.erp is None:
            served.discard(TaskKind.ERP)
        self.shop = shop
        self.clock = clock
        self.storage = storage
        self.codec = codec
        self.carrier = ports.carrier
        self._reader = Reader(storage, codec)
        self._desk = Desk(
            shop=shop,
            storage=storage,
            codec=codec,
            reader=self._reader,
            taxes=taxes,
            network=shop.network(),
            rulebook=shop.rulebook(),
            served=frozenset(served),
            plans=PLANS,
            foreseen=FORESEEN,
            told=receivers_by_event(ports.observers),
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
        try:
            commands = tuple(commands)
        except TypeError:
            raise InputError(
                f"do_many takes a list of commands, not one {type(commands).__name__}; use do for one",
                code="input.many",
            ) from None
        if isinstance(keys, str | Mapping) or not isinstance(keys, Sequence):
            raise InputError(
                f"keys must be a list with one for each command, not {type(keys).__name__}", code="input.keys"
            )
        if keys and len(keys) != len(commands):
            raise InputError(
                f"there are {len(keys)} keys for {len(commands)} commands; give one for each, None for those without",
                code="input.keys",
            )
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

    def look(self, kind: type[S], identity: str) -> S:
        """The record of that sort and id as it stands now, such as `look(Order, "ord_1")`. Raises: NotFoundError."""
        return Unit(self._desk, self.clock.now()).get(kind, checked_question(identity, what="the id"))

    def find(self, kind: type[S], identity: str) -> S | None:
        """The same, or None when there is none."""
        return Unit(self._desk, self.clock.now()).find(kind, checked_question(identity, what="the id"))

    def listed(self, kind: type[Any], name: str, key: str = "") -> tuple[str, ...]:
        """Ids of records under an index key, in order.

        Shape: of orders `placed`, of a `person` or with an `attribute` (its key from `attribute_key`); of open `work`
        at a location.
        """
        prefix = context_of(kind).prefix + "/"
        checked_question(name, what="the name of the index")
        checked_question(key, what="the key of the index")
        return tuple(
            stream.removeprefix(prefix)
            for stream in self.storage.listed(name, key, limit=1_000_000)
            if stream.startswith(prefix)
        )

    def promise(
        self,
        units: Mapping[str, int],
        *,
        channel: str,
        destination: Destination,
        value: Money | None = None,
        tags: tuple[str, ...] = (),
        customer_groups: tuple[str, ...] = (),
        live: bool = False,
    ) -> Promise:
        """What can be told before ordering: sources, days and prices by service, and what cannot be promised; no hold.

        Shape: `units` by SKU; `value`, `tags` and `customer_groups` are those of the order to be, for routing rules.
        Prices are the rate card's; with `live` the carrier is asked, and each option says where its price is from.
        Raises: NotFoundError for an unknown channel or item; InputError for units that are none.
        """
        return promise_of(
            Unit(self._desk, self.clock.now()),
            channel=checked_question(channel, what="the channel"),
            destination=destination,
            units=units,
            value=value,
            tags=tags,
            customer_groups=customer_groups,
            carrier=self.carrier if live else None,
        )

    def routing_question(self, order_id: str) -> Question:
        """What routing would be asked if the units of the order not picked yet were routed now. Nothing is recorded.

        Raises: NotFoundError; RefusedError when every unit is picked, sent or cancelled.
        """
        return self.routing_questions((order_id,))[0]

    def routing_questions(self, order_ids: Sequence[str]) -> tuple[Question, ...]:
        """The same for several orders, all on one stock: to be tried with `route_jointly`."""
        asked = [checked_question(order_id, what="the id") for order_id in order_ids]
        unit = Unit(self._desk, self.clock.now())
        return questions_of(unit, asked, unit.at)

    def availability(self, sku: str, channel: str) -> int:
        """Units of a SKU that the channel can sell now, whole ones of a kit; holds whose time is up count as free.

        Raises: NotFoundError for an item that was never listed.
        """
        rules = self.shop.channel(checked_question(channel, what="the channel"))
        checked_question(sku, what="the SKU")
        return sellable_of(Unit(self._desk, self.clock.now()), sku, rules)

    def atp(self, sku: str, location_id: str, *, days: int = 7, pool: str = "general") -> tuple[AvailableUnits, ...]:
        """What will be there on each of so many days from today on, and how many of it may still be promised.

        Raises: NotFoundError for an unknown item or location; InputError for a kit, no days, or over ten years.
        """
        for text, what in ((sku, "the SKU"), (location_id, "the location"), (pool, "the pool")):
            checked_question(text, what=what)
        return atp_of(Unit(self._desk, self.clock.now()), sku, location_id, pool, days)

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

    def together(self) -> AbstractContextManager[None]:
        """Commands inside become durable at the end, all at once; one that is refused is refused alone.

        Shape: open a group here, never on `storage` itself: the shop would not know that it is in one.
        """
        return self._dispatcher.together()

    def person(self, person_id: PersonId) -> Person:
        """The person behind a customer. Raises: NotFoundError when it was never told or is forgotten."""
        checked_question(person_id, what="the person id")
        return person_of(self._desk, person_id)

    def forget(self, person_id: PersonId) -> int:
        """Erase a person's details and labels for good; the number of documents erased. The log stays as it is."""
        self.do(ForgetCustomer(person_id=person_id, at=self.clock.now()))
        erased = self.storage.vault_erase(person_id)
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
    folder = config.parent
    with ExitStack() as opened:

        def port(kind: PortKind, tables: Mapping[str, Mapping[str, Any]]) -> Any:
            ((name, settings),) = tables.items()
            return opened.enter_context(offered.open(kind, name, settings, folder=folder))

        ports = Ports(
            payments={
                name: opened.enter_context(offered.open(PortKind.PAYMENT, name, settings, folder=folder))
                for name, settings in shop.payment.items()
            },
            carrier=port(PortKind.CARRIER, shop.carrier),
            notices=port(PortKind.NOTICE, shop.notices) if shop.notices else None,
            letters=port(PortKind.LETTER, shop.letters) if shop.letters else None,
            observers=port(PortKind.OBSERVER, shop.observers) if shop.observers else None,
            erp=port(PortKind.ERP, shop.erp) if shop.erp else None,
        )
        yield Oms(
            shop,
            port(PortKind.STORAGE, shop.storage),
            port(PortKind.TAX, shop.taxes),
            ports,
            clock=clock or SystemClock(),
        )
