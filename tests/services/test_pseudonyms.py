"""Recordings told of other people: the same story comes out, and nobody of the first one is in it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

import pytest

from clearance.events.partition.replay import Arrival, Replay
from clearance.recordings.new_recording import write_recording
from clearance.recordings.pseudonym_check import changed_outcomes
from clearance.recordings.pseudonyms import Pseudonyms
from clearance.recordings.read import read_paths
from clearance.recordings.rewriting import Unwritable, rewritten
from clearance.recordings.story import Story
from clearance.settings.tables import default_tables

RECORDINGS = Path(__file__).parents[1] / "recordings"
FOLDERS = sorted(RECORDINGS.iterdir())
BY_A_PHRASE = "import-filed-in-advance"
"""Told by a phrase of the messages, which has other words in the story of other people."""
SAME = [folder for folder in FOLDERS if not folder.name.startswith(BY_A_PHRASE)]
CODES = frozenset({"CHANNEL"})


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 # so that a failure can be repeated


def arrivals(*folders: Path) -> list[Arrival]:
    return [arrival for arrival in read_paths(folders, "self") if can_be_rewritten(arrival)]


def can_be_rewritten(arrival: Arrival) -> bool:
    try:
        rewritten(arrival.data, str)
    except Unwritable:
        return False
    return True


def story(given: Iterable[Arrival]) -> Story:
    return Story(Replay(default_tables()).feed(given))


@pytest.mark.parametrize("folder", SAME, ids=lambda folder: folder.name)
def test_every_recording_tells_the_same_story_of_other_people(folder: Path) -> None:
    given = arrivals(folder)
    for seed in range(3):
        pseudonyms = Pseudonyms(given, seeded(seed))
        told = [pseudonyms.arrival(arrival) for arrival in given]
        assert changed_outcomes(story(given), story(told), pseudonyms) == []


def test_all_recordings_together_tell_the_same_stories() -> None:
    given = [arrival for folder in SAME for arrival in arrivals(folder)]
    pseudonyms = Pseudonyms(given, seeded(1))
    assert changed_outcomes(story(given), story(map(pseudonyms.arrival, given)), pseudonyms) == []


def test_no_number_and_no_name_of_the_first_story_is_left() -> None:
    given = arrivals(RECORDINGS)
    pseudonyms = Pseudonyms(given, seeded(1))
    told = b"".join(pseudonyms.arrival(arrival).data for arrival in given)
    before, after = story(given), story(map(pseudonyms.arrival, given))
    names = {name for one in before for name in _names(one.view.numbers.values(), one.view.parties.values())}
    assert len(names) > 100
    assert not [name for name in names if name.encode() in told or name.encode("gb18030") in told]
    assert not names & {name for one in after for name in _names(one.view.numbers.values(), one.view.parties.values())}


def _names(numbers: Iterable[tuple[str, ...]], parties: Iterable[dict[str, str]]) -> Iterator[str]:
    for values in (*numbers, *(party.values() for party in parties)):
        yield from (value for value in values if len(value) > 4)


def test_a_number_is_the_same_in_a_field_a_note_and_an_envelope() -> None:
    given = arrivals(RECORDINGS / "temporary-then-unified-then-entry")
    pseudonyms = Pseudonyms(given, seeded(1))
    first, second = (pseudonyms.arrival(arrival).data.decode("gb18030") for arrival in given[:2])
    number = first.partition("<SEQ_NO>")[2].partition("<")[0]
    assert number.startswith("Z")
    assert f"<NOTE>{number}" in second


def test_a_recording_is_written_with_what_comes_out_of_it(tmp_path: Path) -> None:
    given = arrivals(RECORDINGS / "command-to-an-alias")
    pseudonyms = Pseudonyms(given)
    told = [pseudonyms.arrival(arrival) for arrival in given]
    expected = write_recording(tmp_path / "again", told, "a test")
    again = story(read_paths([tmp_path / "again"], "self"))
    assert changed_outcomes(story(given), again, pseudonyms) == []
    assert "check every line by hand" in expected["story"]


def test_a_hint_is_written_beside_the_message(tmp_path: Path) -> None:
    given = arrivals(RECORDINGS / "smart-card-failure")
    pseudonyms = Pseudonyms(given)
    write_recording(tmp_path / "again", [pseudonyms.arrival(arrival) for arrival in given], "a test")
    assert changed_outcomes(story(given), story(read_paths([tmp_path / "again"], "self")), pseudonyms) == []
