"""Scripts: one line says what happens in a life."""

import pytest

from clearance.simulator.script import read_script


def told(line: str, opening: str = "declared", direction: str = "export") -> list[tuple[str, str, int]]:
    return [(step.word.word, step.delay, step.filing) for step in read_script(line, opening, direction)]


def test_a_word_comes_after_its_usual_delay_another_one_or_at_once() -> None:
    assert told("declared, received, reviewed after manual-review, closed at once") == [
        ("declared", "", 0),
        ("received", "reception", 0),
        ("reviewed", "manual-review", 0),
        ("closed", "", 0),
    ]


def test_the_word_filed_stands_for_what_a_broker_opens_a_story_with() -> None:
    assert told("filed, received", opening="draft-sent, taken-in, declared") == [
        ("draft-sent", "", 0),
        ("taken-in", "intake", 0),
        ("declared", "pressing", 0),
        ("received", "reception", 0),
    ]


def test_the_word_anew_files_again_under_other_numbers() -> None:
    assert told("filed, rejected, anew, received", opening="queued, assigned") == [
        ("queued", "", 0),
        ("assigned", "forwarding", 0),
        ("rejected", "checking", 0),
        ("queued", "correction", 1),
        ("assigned", "forwarding", 1),
        ("received", "reception", 1),
    ]


@pytest.mark.parametrize(
    ("direction", "words"), [("export", ["declared", "arrived", "departed"]), ("import", ["declared"])]
)
def test_only_goods_of_exports_arrive_and_depart(direction: str, words: list[str]) -> None:
    assert [name for name, _, _ in told("filed, arrived, departed", direction=direction)] == words


def test_a_word_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'relased' is no word; known: filed, anew, draft-sent"):
        told("filed, relased")
