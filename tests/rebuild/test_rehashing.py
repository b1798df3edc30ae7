"""A log with another number of partitions says the same of every declaration, and the same to every partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import BackfillEnd, Clock, Link
from clearance.kafka.clients import partition_of
from clearance.kafka.move_records import Told
from clearance.kafka.wire import SEAL, outgoing_input
from clearance.rebuild.rehashing import NOTHING, Copy, Rehashing, in_order, old_place_of

OLD, NEW = 3, 5
START = datetime(2026, 3, 2, 1, tzinfo=UTC)
KEYS = [f"cn:unified:E2026000401000{n:04}" for n in range(7)]


@dataclass(frozen=True)
class Record:
    """What a reader gets."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def written(log: Sequence[Sequence[tuple[int, InputRecord]]]) -> dict[int, list[Record]]:
    """Partitions of records, each with its broker time in seconds since the start."""
    made = {}
    for number, records in enumerate(log):
        placed = [(at, outgoing_input(record)) for at, record in records]
        made[number] = [
            Record(offset, int((START + timedelta(seconds=at)).timestamp() * 1000), one.key, one.value, (*one.headers,))
            for offset, (at, one) in enumerate(placed)
        ]
    return made


def moved(log: dict[int, list[Record]], told: Told = NOTHING) -> tuple[list[list[Copy]], Rehashing]:
    rehashing = Rehashing(OLD, NEW, lambda key: partition_of(key, NEW), told)
    found: list[list[Copy]] = [[] for _ in range(NEW)]
    for number, record in in_order(log):
        for copy in rehashing.copies(number, record):
            found[copy.to].append(copy)
    return found, rehashing


def clock(at: int) -> InputRecord:
    return input_record("", Clock(at=START + timedelta(seconds=at), external=True))


def message(key: str, nth: int = 0) -> InputRecord:
    return message_record(key, b"<x>%d</x>" % nth, received_at=START)


def sealed() -> InputRecord:
    return InputRecord("", b"", tuple(SEAL.headers))


def trial() -> InputRecord:
    return InputRecord("", b"open?", tuple(SEAL.headers))


times = st.lists(st.integers(0, 50), max_size=30)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50)), max_size=40))
def test_each_record_of_a_key_comes_once_into_its_home_in_its_order(given: list[tuple[int, int]]) -> None:
    partitions: list[list[tuple[int, InputRecord]]] = [[] for _ in range(OLD)]
    for nth, (key, at) in enumerate(given):
        partitions[partition_of(KEYS[key].encode(), OLD)].append((at, message(KEYS[key], nth)))
    log = written(partitions)
    found, _ = moved(log)
    for name in map(str.encode, KEYS):
        was = [(number, one.offset) for number, records in log.items() for one in records if one.key == name]
        lies = {to: [copy for copy in copies if copy.record.key == name] for to, copies in enumerate(found)}
        assert [copy.origin for copy in lies.pop(partition_of(name, NEW))] == was
        assert not any(lies.values())


@given(st.tuples(times, times, times))
def test_time_passes_alike_in_every_partition_and_never_backwards(given: tuple[list[int], ...]) -> None:
    found, _ = moved(written([[(at, clock(at)) for at in sorted(one)] for one in given]))
    said = [[dict(copy.record.headers)["received-at"] for copy in copies] for copies in found]
    assert all(one == said[0] for one in said)
    assert said[0] == sorted(set(said[0]))
    assert len(said[0]) == len({at for one in given for at in one})


def test_a_clock_comes_behind_what_came_before_it_in_any_partition() -> None:
    found, _ = moved(written([[(1, message(KEYS[0]))], [(2, clock(2))], [(3, message(KEYS[1]))]]))
    home = found[partition_of(KEYS[0].encode(), NEW)]
    assert [copy.origin for copy in home][:2] == [(0, 0), (1, 0)]


def test_a_backfill_ends_once_everywhere_when_it_has_ended_in_every_old_partition() -> None:
    end = input_record("", BackfillEnd(at=START, backfill="history"))
    log = written([[(1, end), (2, end)], [(4, end)], [(3, end), (5, message(KEYS[0]))]])
    found, _ = moved(log)
    ends = [[copy.origin for copy in copies if not copy.record.key] for copies in found]
    assert ends == [[(1, 0)]] * NEW
    before, half = moved({0: log[0], 1: [], 2: log[2]})
    assert not any(copy for copies in before for copy in copies if not copy.record.key)
    after, _ = moved({1: log[1]}, half.told)
    assert [[copy.origin for copy in copies] for copies in after] == [[(1, 0)]] * NEW


def test_what_a_tracker_derived_is_left_to_the_new_one_and_what_is_nothing_is_kept() -> None:
    link = input_record("uk:sender-lrn:x/1", Link(at=START, primary="uk:mrn:26GB00000000000001"))
    found, _ = moved(written([[(1, link)], [(2, InputRecord("", b"nothing", ()))], []]))
    assert [(copy.origin, copy.to) for copies in found for copy in copies] == [((1, 0), 1)]


def test_where_a_record_came_from_is_kept_and_the_end_of_a_partition_is_known() -> None:
    found, rehashing = moved(written([[(1, message(KEYS[0])), (2, sealed())], [(3, sealed())], [(4, trial())]]))
    [copy] = [copy for copies in found for copy in copies]
    assert old_place_of(copy.record.headers) == (0, 0)
    assert old_place_of([("kind", b"message")]) is None
    assert rehashing.sealed == {0, 1}
