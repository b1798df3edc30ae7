"""Silences: what any threshold would have raised follows from them, as it does from the fold."""

from datetime import datetime, timedelta

import pytest

from clearance.evaluation.folding import Folded, folded
from clearance.evaluation.seeds import DAYS, START
from clearance.evaluation.silences import Watched
from clearance.settings.tables import default_tables
from clearance.simulator.conditions import Conditions
from clearance.simulator.direct import told
from clearance.simulator.world import field

COUNT = 300


@pytest.fixture(scope="module")
def seed() -> Folded:
    tables = default_tables()
    conditions = Conditions(field(), 1, START)
    return folded(
        told(1, START, COUNT, declarations_per_day=COUNT / DAYS, conditions=conditions, tables=tables), tables
    )


@pytest.mark.parametrize(("rule", "after"), [("A03", timedelta(minutes=15)), ("A04", timedelta(hours=2))])
def test_a_threshold_raises_what_the_fold_raised_with_it(seed: Folded, rule: str, after: timedelta) -> None:
    mine = {(one.about, one.deadline, one.at) for one in seed.raised if one.rule == rule}
    by_fold = {(about, at) for about, deadline, at in mine if _first_level(seed.watched, about, rule, deadline, after)}
    assert by_fold
    chinese = [one for one in seed.watched if one.authority == "cn"]  # these rules have no level elsewhere
    assert {each for one in chinese for each in _raised(one, rule, after)} == by_fold


def test_every_filing_of_every_life_is_watched(seed: Folded) -> None:
    assert [one.declaration for one in seed.watched] == [
        life.declaration(filing) for life in seed.lives for filing in range(len(life.identities))
    ]


def test_a_plan_is_told_with_when_it_came(seed: Folded) -> None:
    planned = [one for one in seed.watched if one.plans]
    assert planned
    assert all(plan.cut_off_at is not None for one in planned for _, plan in one.plans)


def _raised(one: Watched, rule: str, after: timedelta) -> list[tuple[str, datetime]]:
    due = [(max(each.since + after, each.heard), each) for each in one.silences if each.rule == rule]
    return [(one.declaration, at) for at, each in due if each.over is None or at < each.over]


def _first_level(watched: list[Watched], about: str, rule: str, deadline: datetime, after: timedelta) -> bool:
    """A later level counts from the same beginning, and is another threshold."""
    [mine] = [one for one in watched if one.declaration == about]
    return any(each.rule == rule and each.since + after == deadline for each in mine.silences)
