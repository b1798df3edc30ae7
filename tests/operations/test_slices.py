"""A slice of a log comes to what the log came to, whatever was written between."""

from pathlib import Path

import pytest
from tests.helpers.extent import a_few_of
from tests.operations.logs import FOLDERS, RECORDINGS, ordered, outcome, outcomes, played

from clearance.events.partition.replay import Replay
from clearance.operations.slices import Kin, Slice, TooMany
from clearance.recordings.story import Story
from clearance.settings.tables import default_tables


@pytest.mark.parametrize("folder", a_few_of(FOLDERS, one_in=4), ids=lambda folder: folder.name)
def test_the_whole_log_of_every_recording_comes_to_the_same(folder: Path) -> None:
    system, found = played(folder), Slice(1000)
    for order, record in ordered(system):
        found.take(record, order)
    story = Story(Replay(default_tables()).feed(found.arrivals(default_tables())))
    assert {told.id: outcome(told) for told in story} == outcomes(system)


@pytest.mark.parametrize("folder", a_few_of(FOLDERS, one_in=4), ids=lambda folder: folder.name)
def test_a_slice_of_one_declaration_holds_all_of_its_numbers_and_comes_to_the_same(folder: Path) -> None:
    system, kin = played(folder), Kin()
    log = dict(ordered(system))
    for record in log.values():
        kin.note(record)
    for name, expected in outcomes(system).items():
        found = Slice(1000)
        keys = kin.of(name)
        for order, record in log.items():
            if not record.key or record.key in keys:
                found.take(record, order)
        story = Story(Replay(default_tables()).feed(found.arrivals(default_tables())))
        assert outcome(story[name]) == expected


def test_of_a_thousand_clocks_only_those_that_set_something_off_stay() -> None:
    system, found = played(RECORDINGS / "inspection-escalates"), Slice(1000)
    clocks = 0
    for order, record in ordered(system):
        clocks += ("kind", b"clock") in record.headers
        found.take(record, order)
    kept = [arrival for arrival in found.arrivals(default_tables()) if arrival.kind == "clock"]
    assert 0 < len(kept) < clocks / 4


def test_a_slice_with_more_than_was_allowed_is_refused() -> None:
    found = Slice(2)
    log = ordered(played(RECORDINGS / "held-then-released"))
    messages = [(record, order) for order, record in log if ("kind", b"message") in record.headers]
    for message in messages[:2]:
        found.take(*message)
    with pytest.raises(TooMany):
        found.take(*messages[2])
