"""Every recording comes out as its `expected.json` says, which was written by hand from the specification."""

import json
from typing import Any

import pytest
from tests.helpers.recordings import RECORDINGS, STORIES

from clearance.recordings.story import differences, tell


@pytest.mark.parametrize("story", STORIES)
def test_comes_out_as_expected(story: str) -> None:
    folder = RECORDINGS / story
    assert differences(tell(folder, organisation=""), folder) == []


def test_there_are_enough_stories_and_each_says_what_it_shows() -> None:
    assert len(STORIES) >= 70
    assert [story for story in STORIES if not {"story", "source"} <= _expected(story).keys()] == []


def test_a_difference_is_told_in_words() -> None:
    folder = RECORDINGS / "held-then-released"
    [line] = differences(tell(folder / "001-declared.xml", organisation=""), folder)[:1]
    assert "expected 'released'" in line


def _expected(story: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RECORDINGS / story / "expected.json").read_text(encoding="utf-8"))
    return loaded
