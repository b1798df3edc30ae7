"""The oracle calls exact what is exact, and finds whatever is lost, altered or there without a reason."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from tests.helpers.partition_logs import TABLES
from tests.helpers.recordings import RECORDINGS

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import Edge
from clearance.edge.open_log import Log, OpenLog
from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import Link
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing, dead_letter_record, set_aside_record
from clearance.recordings.read import read_paths
from clearance.settings.tables import default_tables
from clearance.testing.oracle import Findings, consult

from .by_hand import AT, ByHand, by_hand, keys, receipt

STORIES = ("held-then-released", "temporary-then-unified-then-entry", "one-entry-number-two-declarations")
SPOILED = 3
"""The partition in which the tests below put something wrong."""


@pytest.fixture(scope="module")
def told(broker: EmbeddedBroker) -> EmbeddedBroker:
    """A broker with a few stories, folded by hand, a dead letter among them."""

    async def run() -> None:
        async with by_hand(broker.bootstrap) as hand:
            edge = Edge(OpenLog(Log(BASE, hand.producer)), default_tables())
            async for _ in edge.take_many(read_paths([RECORDINGS / one for one in STORIES], "self")):
                pass
            [key] = keys(SPOILED)
            await hand.append(SPOILED, receipt(key, "7"), message_record(key, b"<a>", received_at=AT))
            await hand.fold_all()

    asyncio.run(run())
    return broker


async def asked(hand: ByHand) -> Findings:
    return (await consult(hand.bootstrap, TABLES))[1]


def test_what_was_folded_as_it_must_be_is_exact(told: EmbeddedBroker) -> None:
    async def run() -> None:
        async with by_hand(told.bootstrap) as hand:
            truth, found = await consult(hand.bootstrap, TABLES)
            assert found.exact, found
            assert min(found.inputs, found.events, found.states, found.dead, len(truth.sends)) > 0
            assert (found.events, found.copies) == (len(truth.history), 0)

    asyncio.run(run())


Spoil = Callable[[ByHand, str], Awaitable[None]]


async def first(hand: ByHand, topic: str) -> Outgoing:
    """The first record of the spoiled partition, to be written once more."""
    record = (await hand.read(topic, SPOILED))[0]
    return Outgoing(record.key, record.value, list(record.headers))


async def another_event(hand: ByHand, _: str) -> None:
    one = await first(hand, BASE.events)
    headers = [(name, b"cn:unified:x/0/99" if name == "ce_id" else value) for name, value in one.headers]
    await hand.write(BASE.events, SPOILED, Outgoing(one.key, one.value, headers))


async def altered_copy(hand: ByHand, _: str) -> None:
    one = await first(hand, BASE.events)
    await hand.write(BASE.events, SPOILED, Outgoing(one.key, (one.value or b"") + b" ", one.headers))


async def event_of_another_partition(hand: ByHand, _: str) -> None:
    await hand.write(BASE.events, SPOILED + 1, await first(hand, BASE.events))


async def state_of_nothing(hand: ByHand, _: str) -> None:
    one = await first(hand, BASE.status)
    await hand.write(BASE.status, SPOILED, Outgoing(b"cn:unified:x", one.value, one.headers))


async def state_from_the_future(hand: ByHand, _: str) -> None:
    one = await first(hand, BASE.status)
    headers = [(name, b"99999" if name == "src" else value) for name, value in one.headers]
    await hand.write(BASE.status, SPOILED, Outgoing(one.key, (one.value or b"") + b" ", headers))


async def dead_letter_of_a_good_input(hand: ByHand, _: str) -> None:
    letter = dead_letter_record(InputRecord("", b"x", (), 0), "a mistake", "tracker", at=AT, partition=SPOILED)
    await hand.write(BASE.dead_letters, SPOILED, letter)


async def unfolded_input(hand: ByHand, key: str) -> None:
    await hand.append(SPOILED, receipt(key, "7", 5))


async def send_that_nothing_sent(hand: ByHand, key: str) -> None:
    record = input_record(key, Link(at=AT, primary="cn:entry:290020260000000001"))
    await hand.append(SPOILED, record)
    await hand.fold_one(SPOILED)


async def unfolded_bad_input(hand: ByHand, key: str) -> None:
    await hand.append(SPOILED, message_record(key, b"<b>", received_at=AT))


async def state_of_one_version_twice(hand: ByHand, _: str) -> None:
    one = (await hand.read(BASE.status, SPOILED))[-1]
    await hand.write(BASE.status, SPOILED, Outgoing(one.key, one.value + b" ", list(one.headers)))


async def identical_copy(hand: ByHand, _: str) -> None:
    await hand.write(BASE.events, SPOILED, await first(hand, BASE.events))


async def old_state_last(hand: ByHand, key: str) -> None:
    await hand.append(SPOILED, receipt(key, "7"))
    await hand.fold_one(SPOILED)
    old = await first(hand, BASE.status)
    await hand.append(SPOILED, receipt((old.key or b"").decode(), "L", 1))
    await hand.fold_one(SPOILED)
    await hand.write(BASE.status, SPOILED, old)


async def input_set_aside(hand: ByHand, key: str) -> None:
    offset = (await clients.ends(hand.reader, BASE.inputs, SPOILED))[1]
    await hand.append(SPOILED, receipt(key, "7"), receipt(key, "L", 1))
    await hand.write(BASE.set_aside, SPOILED, set_aside_record(SPOILED, offset, 0, "it stopped the worker", AT))
    await hand.fold_one(SPOILED)


SPOILT: dict[str, tuple[Spoil, dict[str, int]]] = {
    "nothing in an identical copy of an event": (identical_copy, {"copies": 1}),
    "nothing in an old state that was written last": (old_state_last, {}),
    "nothing in an input that was set aside": (input_set_aside, {}),
    "an event that does not follow": (another_event, {"unasked": 1, "gaps": 1}),
    "a copy of an event with another value": (altered_copy, {"wrong": 1, "copies": 1}),
    "an event in another partition": (event_of_another_partition, {"wrong": 1, "copies": 1}),
    "a state of a declaration that there is not": (state_of_nothing, {"unasked": 1}),
    "two states of one version": (state_of_one_version_twice, {"wrong": 1}),
    "a dead letter of what was folded": (dead_letter_of_a_good_input, {"unasked": 1}),
    "a link that does not follow": (send_that_nothing_sent, {"unasked": 1}),
    "an input that was not folded": (unfolded_input, {"lost": 2}),
    "a bad input without a dead letter": (unfolded_bad_input, {"lost": 1}),
    "a state of a higher version": (state_from_the_future, {"wrong": 1}),
}


@pytest.mark.parametrize("what", SPOILT)
def test_it_finds(what: str, told: EmbeddedBroker) -> None:
    """Each adds what it adds to what the others have left."""
    spoil, more = SPOILT[what]
    [key] = keys(SPOILED, 10 + [*SPOILT].index(what))

    async def run() -> None:
        async with by_hand(told.bootstrap) as hand:
            before = await asked(hand)
            await spoil(hand, key)
            found = await asked(hand)
            assert counted(found) - counted(before) == Counter(more)
            assert not counted(before) - counted(found)

    asyncio.run(run())


def counted(found: Findings) -> Counter[str]:
    texts = {sort: len(getattr(found, sort)) for sort in ("lost", "wrong", "gaps", "unasked")}
    return Counter({**texts, "copies": found.copies})


def test_it_counts_declarations_whose_last_state_is_an_old_one(told: EmbeddedBroker) -> None:
    number = SPOILED + 2

    async def run() -> None:
        async with by_hand(told.bootstrap) as hand:
            before = await asked(hand)
            for minutes, code in enumerate("7L"):
                await hand.append(number, receipt(keys(number)[0], code, minutes))
                await hand.fold_one(number)
            old = (await hand.states(number))[-2]
            await hand.write(BASE.status, number, Outgoing(old.key, old.value, list(old.headers)))
            assert (await asked(hand)).stale - before.stale == 1

    asyncio.run(run())
