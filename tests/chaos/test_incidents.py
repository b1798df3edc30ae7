"""A lost, an altered or a doubled incident is noticed wherever it is shown, and so is a notice that comes twice."""

from collections import Counter
from datetime import timedelta

import pytest
from tests.api.incidents import incident_of

from clearance.testing.oracle import Findings

from . import told_people
from .incidents import Counted, Seen, compare, counted, differences
from .told_people import WAYS, People, Step, compare_told

OPENED = incident_of("a", "b")
GREW = incident_of("a", "b", "c", at=OPENED.at + timedelta(minutes=5))
OVER = incident_of("a", "b", "c", at=OPENED.at + timedelta(hours=2), closed=True)
OTHER = incident_of("a", "b", name="b" * 16)
STEPS = [OPENED, GREW, OVER]
ROW = ("a" * 16, Seen(OPENED.at, OVER.at, "", 3))


def found_in(*told: object) -> tuple[int, int, int]:
    found = Findings()
    compare([*told], STEPS, found)  # type: ignore[list-item]
    return len(found.lost), len(found.unasked), found.copies


def test_it_counts_what_opens_grows_and_closes() -> None:
    assert counted(STEPS) == Counted(opened=1, grown=1, closed=1)
    assert counted([OPENED, OTHER]) == Counted(opened=2)


def test_a_repeat_is_a_copy_and_what_is_lost_or_doubled_is_noticed() -> None:
    assert found_in(*STEPS, GREW) == (0, 0, 1)
    assert found_in(OPENED, GREW) == (1, 0, 0)
    assert found_in(*STEPS, OTHER) == (0, 1, 0)


@pytest.mark.parametrize(
    "rows",
    [[], [ROW, ROW], [ROW, ("b" * 16, ROW[1])], [("a" * 16, ROW[1]._replace(size=2))]],
    ids=["none", "twice", "another", "with too few"],
)
def test_what_is_shown_must_be_that_and_nothing_else(rows: list[tuple[str, Seen]]) -> None:
    assert differences("the store", [ROW], STEPS) == []
    assert differences("the store", rows, STEPS)


@pytest.mark.parametrize(
    ("times", "state", "sort"),
    [(1, "sent", ""), (2, "sent", "wrong"), (0, "sent", "lost"), (0, "waiting", "lost"), (1, "uncertain", "")],
)
def test_a_notice_comes_once(monkeypatch: pytest.MonkeyPatch, times: int, state: str, sort: str) -> None:
    step, found = Step("a" * 16, closed=True), Findings()
    monkeypatch.setattr(told_people, "names", lambda: {"a"})
    monkeypatch.setattr(People, "told", lambda *_: Counter({step: times}))
    monkeypatch.setattr(told_people, "noted", lambda *_: {step: state})
    assert compare_told(People(), "", STEPS, found) == times * len(WAYS)
    assert {name for name in ("wrong", "lost", "unasked") if getattr(found, name)} == {*filter(None, [sort])}
