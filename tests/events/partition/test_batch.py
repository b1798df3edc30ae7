"""The fold of stretches of the log: cut anywhere, broken off anywhere, it comes to the same as in one piece."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.helpers.extent import examples, fewer
from tests.helpers.partition_logs import TABLES, Log, logged, merged, state_bytes
from tests.helpers.recordings import STORIES, recorded
from tests.messages import beijing, dec_result

from clearance.events.log.input_records import InputRecord, input_record, message_record
from clearance.events.log.inputs import BackfillEnd, Clock
from clearance.events.partition import partition
from clearance.events.partition.batch import Batch, LogBroken, PartitionFold
from clearance.events.standing.spans import lengths
from clearance.events.step.outputs import Step
from clearance.events.values.errors import FailedOn

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CN = "cn:unified:E20260000000000001"
LONGEST = sorted(STORIES, key=lambda story: len(logged(story)))[-6:]
SOME = [*LONGEST, "bad-files-between-good-ones", "backfill-complete"]
stories = st.lists(st.sampled_from(SOME), min_size=1, max_size=3)


def log_of(*records: InputRecord, start: int = 0) -> list[InputRecord]:
    return [replace(one, position=place) for place, one in enumerate(records, start)]


def message(code: str, minutes: int = 0, key: str = CN, backfill: str = "", **numbers: str) -> InputRecord:
    at = AT + timedelta(minutes=minutes)
    data = dec_result(**numbers or {"CUS_CIQ_NO": "E20260000000000001"}, CHANNEL=code, NOTICE_DATE=beijing(at))
    return message_record(key, data, received_at=at, backfill=backfill)


@settings(deadline=None, max_examples=examples(60))
@drawn(stories.map(lambda some: tuple(dict.fromkeys(some))), st.data())
def test_any_cuts_give_what_one_piece_gives(some: tuple[str, ...], data: st.DataObject) -> None:
    log = logged(*some)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(log)), max_size=8)))
    whole, pieces = PartitionFold(TABLES), PartitionFold(TABLES)
    expected = whole.fold(log)
    bounds = [0, *cuts, len(log)]
    found = merged([pieces.fold(log[start:end]) for start, end in pairwise(bounds)])
    assert said(found) == said(expected)
    assert found.spans == expected.spans
    assert after(pieces) == after(whole)
    assert pieces.counts == whole.counts


def said(batch: Batch) -> tuple[object, ...]:
    return batch.events, batch.sends, batch.dead, dict(sorted(batch.dirty.items()))


def after(tracker: PartitionFold) -> tuple[object, ...]:
    """Where a fold stands."""
    ended = tracker.partition.ended
    return state_bytes(tracker), tracker.position, tracker.stream_time, tracker.external_clock, ended


@pytest.mark.parametrize("story", fewer(STORIES))
def test_the_records_of_a_story_come_to_what_its_inputs_come_to(story: str) -> None:
    tracker = PartitionFold(TABLES)
    batch = tracker.fold(logged(story))
    states = tracker.partition.states
    assert {name: state.facts for name, state in recorded(story).partition.states.items()} == {
        name: state.facts for name, state in states.items()
    }
    assert batch.dirty == states
    assert sum(tracker.counts.values()) == len(logged(story))


@pytest.mark.parametrize("story", fewer(STORIES))
def test_records_that_were_folded_are_skipped(story: str) -> None:
    tracker = PartitionFold(TABLES)
    tracker.fold(logged(story))
    before = after(tracker), dict(tracker.counts)
    assert said(tracker.fold(logged(story))) == said(Batch())
    assert (after(tracker), tracker.counts) == before


def test_a_hole_in_the_log_stops_the_fold() -> None:
    log = logged(LONGEST[0])
    tracker = PartitionFold(TABLES)
    with pytest.raises(LogBroken, match="after offset 3 comes 5: records in between are gone"):
        tracker.fold([*log[:4], *log[5:]])
    assert tracker.position == 3
    assert tracker.current is None, "no input is to blame"


def test_an_input_whose_fold_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    log = logged("held-then-released")
    tracker = PartitionFold(TABLES)

    def fails(*_: object) -> Step:
        raise ZeroDivisionError

    tracker.fold(log[:2])
    monkeypatch.setattr("clearance.events.partition.partition.step", fails)
    with pytest.raises(ZeroDivisionError):
        tracker.fold(log[2:])
    assert tracker.current == log[2]


def test_the_input_in_hand_is_forgotten_when_the_batch_is_done() -> None:
    tracker = PartitionFold(TABLES)
    tracker.fold(logged("held-then-released"))
    assert tracker.current is None


@pytest.mark.parametrize("story", fewer(STORIES))
def test_what_is_set_aside_is_a_dead_letter_and_the_rest_goes_on(story: str) -> None:
    log = logged(story)
    for position in range(len(log)):
        tracker = PartitionFold(TABLES, set_aside={position: "it stopped the worker"})
        batch = tracker.fold(log)
        aside = [(one.record, one.reason) for one in batch.dead if one.stage == "operator"]
        assert aside == [(log[position], "it stopped the worker")]
        assert {event.src for event in batch.events}.isdisjoint({position})
        assert tracker.position == len(log) - 1
        assert state_bytes(tracker) == state_bytes(without(log, position))


def test_a_batch_that_cannot_be_read_and_is_set_aside_is_passed_over() -> None:
    log = logged("held-then-released")
    tracker = PartitionFold(TABLES, set_aside={1: "torn", 2: "torn"})
    batch = tracker.fold([log[0], *log[3:]])
    assert [(one.record.position, one.record.value, one.stage) for one in batch.dead] == [
        (1, b"", "operator"),
        (2, b"", "operator"),
    ]
    assert tracker.position == len(log) - 1
    with pytest.raises(LogBroken, match="after offset 2 comes 4"):
        PartitionFold(TABLES, set_aside={1: "torn", 2: "torn"}).fold([log[0], *log[4:]])


def without(log: Log, position: int) -> PartitionFold:
    """A log in which no input can be read at this position."""
    tracker = PartitionFold(TABLES)
    tracker.fold([replace(one, headers=()) if one.position == position else one for one in log])
    return tracker


def test_only_states_that_changed_are_to_be_written() -> None:
    tracker = PartitionFold(TABLES)
    assert [*tracker.fold(log_of(message("L"), input_record("", Clock(at=AT)))).dirty] == [CN]
    assert tracker.fold(log_of(message("L"), input_record("", Clock(at=AT)), start=2)).dirty == {}


def test_what_belongs_to_another_partition_is_a_dead_letter_unless_it_is_followed_here() -> None:
    elsewhere = PartitionFold(TABLES, mine=lambda _: False)
    [dead] = elsewhere.fold(log_of(message("L"))).dead
    assert "partition by murmur2 over the key" in dead.reason
    assert elsewhere.partition.states == {}
    here = PartitionFold(TABLES)
    here.fold(log_of(message("L")))
    here.mine = lambda _: False
    assert here.fold(log_of(message("J", 5), start=1)).events
    assert elsewhere.fold(log_of(input_record("", Clock(at=AT)), start=1)).dead == [], "a clock is for all"


def test_inputs_are_counted_by_authority_format_and_result() -> None:
    log = log_of(
        message("L"),
        message("L"),
        replace(message("L"), key="xx:unified:E20260000000000001"),
        replace(message("L"), value=b"<"),
        input_record("", Clock(at=AT)),
        replace(input_record("", Clock(at=AT + timedelta(seconds=61))), timestamp_ms=int(AT.timestamp() * 1000)),
        input_record("", BackfillEnd(at=AT, backfill="none")),
    )
    tracker = PartitionFold(TABLES)
    tracker.fold(log)
    assert tracker.counts == {
        ("cn", "DEC_RESULT", "applied"): 1,
        ("cn", "DEC_RESULT", "duplicate"): 1,
        ("", "unread", "dead_letter"): 1,
        ("cn", "unread", "dead_letter"): 1,
        ("", "clock", "applied"): 1,
        ("", "clock", "ignored"): 1,
        ("", "backfill-end", "applied"): 1,
    }


@pytest.mark.parametrize(
    ("ahead", "ignored"), [(60.0, False), (60.001, True), (-86_400 * 365, False)], ids=["60 s", "more", "long past"]
)
def test_a_clock_ahead_of_its_broker_is_ignored(ahead: float, ignored: bool) -> None:
    [clock] = log_of(input_record("", Clock(at=AT + timedelta(seconds=ahead))))
    tracker = PartitionFold(TABLES)
    tracker.fold([replace(clock, timestamp_ms=int(AT.timestamp() * 1000))])
    assert tracker.stream_time == (None if ignored else AT + timedelta(seconds=ahead))


def test_a_clock_is_compared_with_any_time_that_a_broker_can_tell() -> None:
    last_of_the_calendar = 253_402_300_799_999
    tracker = PartitionFold(TABLES)
    tracker.fold([replace(input_record("", Clock(at=AT)), position=0, timestamp_ms=last_of_the_calendar)])
    assert tracker.stream_time == AT


def test_a_partition_follows_whoever_wrote_its_last_clock() -> None:
    tracker = PartitionFold(TABLES)
    clocks = [Clock(at=AT, external=external) for external in (True, False, True)]
    found = []
    for one in log_of(*(input_record("", clock) for clock in clocks)):
        tracker.fold([one])
        found.append(tracker.external_clock)
    assert found == [True, False, True]


def test_a_clock_that_is_ignored_does_not_say_whom_to_follow() -> None:
    tracker = PartitionFold(TABLES)
    late = replace(input_record("", Clock(at=AT + timedelta(days=1), external=True)), position=0)
    tracker.fold([replace(late, timestamp_ms=int(AT.timestamp() * 1000))])
    assert (tracker.external_clock, tracker.stream_time) == (False, None)


def test_whose_clock_it_is_changes_nothing_that_is_told() -> None:
    def told(external: bool) -> Batch:
        log = log_of(message("7"), input_record("", Clock(at=AT + timedelta(days=30), external=external)))
        return PartitionFold(TABLES).fold(log)

    assert said(told(True)) == said(told(False))
    assert len(told(True).events) > 1


CLOSURE_TO_BE = [("L", 0), ("J", 30), ("P", 60)]


def test_spans_are_told_when_they_end() -> None:
    tracker = PartitionFold(TABLES)
    found = [
        [(span.span, span.seconds) for span in tracker.fold([one]).spans]
        for one in log_of(*(message(code, minutes) for code, minutes in [*CLOSURE_TO_BE, ("R", 120)]))
    ]
    assert found == [[], [("review", 1800.0)], [("release", 3600.0)], [("closure", 3600.0), ("whole", 7200.0)]]


def test_spans_tell_the_direction() -> None:
    batch = PartitionFold(TABLES).fold(log_of(*(message(code, minutes) for code, minutes in CLOSURE_TO_BE)))
    assert {span.direction for span in batch.spans} == {"export"}


def test_repeated_receipts_end_no_span_again() -> None:
    tracker = PartitionFold(TABLES)
    told = [message(code, minutes) for code, minutes in CLOSURE_TO_BE]
    assert len(tracker.fold(log_of(*told, *told, *reversed(told))).spans) == 2


def test_the_end_of_a_backfill_ends_no_span_again() -> None:
    history = [message(code, minutes, backfill="2026-03") for code, minutes in CLOSURE_TO_BE]
    end = input_record("", BackfillEnd(at=AT + timedelta(days=1), backfill="2026-03"))
    late = message("R", 180, backfill="2026-03")
    batch = PartitionFold(TABLES).fold(log_of(*history, end, late))
    assert Counter(span.span for span in batch.spans) == {"review": 1, "release": 1, "closure": 1, "whole": 1}


def test_a_merge_ends_no_span_again() -> None:
    """What an alias has told is not told once more by its primary; what the two know together is."""
    alias, entry = "cn:entry:290120260000000001", "290120260000000001"
    before = [message(code, minutes, alias, ENTRY_ID=entry) for code, minutes in [("L", 0), ("J", 30)]]
    both = message("P", 60, CUS_CIQ_NO="E20260000000000001", ENTRY_ID=entry)
    log = log_of(*before, both)
    tracker = PartitionFold(TABLES)
    batch, waiting = Batch(), log
    while waiting:
        found = tracker.fold(waiting)
        batch = merged([batch, found])
        waiting = log_of(*(input_record(one.to, one.input) for one in found.sends), start=tracker.position + 1)
    assert tracker.partition.states[alias].merged_into == CN
    assert Counter(span.span for span in batch.spans) == {"review": 1, "release": 1}


@pytest.mark.parametrize("story", fewer(STORIES))
def test_every_span_of_a_story_is_told_once(story: str) -> None:
    tracker = PartitionFold(TABLES)
    told = Counter(span.span for span in tracker.fold(logged(story)).spans)
    standing = [state for state in tracker.partition.states.values() if not state.merged_into]
    assert told == Counter(span for state in standing for span in lengths(state.track.milestones))


def test_a_log_is_written_as_edge_and_tracker_write_it() -> None:
    """The helper of these tests: all that the fold sends is in the log, after what caused it."""
    for story in STORIES:
        log = logged(story)
        there = {(one.key, one.value): one.position for one in log}
        tracker = PartitionFold(TABLES)
        for one in log:
            for send in tracker.fold([one]).sends:
                assert there[send.to, input_record(send.to, send.input).value] > one.position


def test_an_empty_stretch_changes_nothing() -> None:
    tracker = PartitionFold(TABLES)
    assert said(tracker.fold([])) == said(Batch())
    assert tracker.position == -1


@pytest.mark.parametrize("given", [Clock(at=AT + timedelta(days=400)), BackfillEnd(at=AT, backfill="history")])
def test_a_bug_in_what_touches_many_declarations_names_the_one(
    given: Clock | BackfillEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = PartitionFold(TABLES)
    backfill = "history" if isinstance(given, BackfillEnd) else ""
    tracker.fold(log_of(message("7", backfill=backfill)))

    def failing(*_: object) -> Step:
        raise ZeroDivisionError

    monkeypatch.setattr(partition, "step", failing)
    with pytest.raises(FailedOn) as failed:
        tracker.fold(log_of(input_record("", given), start=1))
    assert (failed.value.declaration, failed.value.position) == (CN, 1)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
