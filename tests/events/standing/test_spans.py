"""Spans of clearance time, as the API and the metrics both tell them."""

from datetime import UTC, datetime, timedelta

import pytest

from clearance.events.standing.spans import SPANS, begun, first, lengths
from clearance.events.tables.transitions import CONDITIONAL
from clearance.settings.tables import default_tables

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = 3600.0

CASES: dict[str, tuple[dict[str, float], dict[str, float], dict[str, float]]] = {
    "nothing": ({}, {}, {}),
    "submitted": ({"submitted": 0}, {}, {}),
    "received": ({"received": 1}, {}, {"review": 1, "release": 1, "whole": 1}),
    "reviewed": ({"received": 1, "reviewed": 3}, {"review": 2}, {"release": 1, "whole": 1}),
    "released": (
        {"received": 1, "reviewed": 3, "released": 6},
        {"review": 2, "release": 5},
        {"closure": 6, "whole": 1},
    ),
    "closed": (
        {"received": 1, "reviewed": 3, "released": 6, "closed": 10},
        {"review": 2, "release": 5, "closure": 4, "whole": 9},
        {},
    ),
    "exited": ({"received": 1, "released": 6, "exited": 30}, {"release": 5, "closure": 24, "whole": 29}, {"review": 1}),
    "closed and exited": (
        {"received": 1, "released": 6, "exited": 30, "closed": 10},
        {"release": 5, "closure": 4, "whole": 9},
        {"review": 1},
    ),
    "no receipt of reception": ({"reviewed": 3, "released": 6}, {"release": 3}, {"closure": 6, "whole": 3}),
    "released at once": ({"received": 2, "released": 2}, {"release": 0}, {"review": 2, "closure": 2, "whole": 2}),
    "ends before it begins": ({"received": 6, "reviewed": 3, "released": 2}, {}, {"closure": 2, "whole": 6}),
    "released on a guarantee, which is told apart": (
        {"received": 1, "released_conditionally": 4, "released": 30},
        {"release": 29},
        {"review": 1, "closure": 30, "whole": 1},
    ),
    "rejected": ({"received": 1, "rejected": 2}, {}, {"review": 1, "release": 1, "whole": 1}),
    "end without a beginning": ({"released": 6}, {}, {"closure": 6}),
    "closed without a beginning": ({"closed": 6}, {}, {}),
}


@pytest.mark.parametrize("what", CASES)
def test_spans_that_ended_have_a_length_and_others_a_beginning(what: str) -> None:
    hours, ended, running = CASES[what]
    times = {stage: START + timedelta(hours=at) for stage, at in hours.items()}
    assert lengths(times) == {span: hours * HOUR for span, hours in ended.items()}
    assert begun(times) == {span: START + timedelta(hours=at) for span, at in running.items()}
    assert not lengths(times).keys() & begun(times).keys()


def test_the_first_stage_named_counts_not_the_earliest() -> None:
    times = {"reviewed": START, "received": START + timedelta(hours=1)}
    assert first(times, ("received", "reviewed")) == START + timedelta(hours=1)
    assert first(times, ("closed",)) is None


def test_spans_run_between_stages_that_there_are() -> None:
    stages = {name for name, row in default_tables().codes.statuses.items() if row.kind == "stage"}
    named = {stage for span in SPANS for stage in (*span.begins, *span.ends)}
    assert named <= stages
    assert CONDITIONAL not in named
    assert len({span.name for span in SPANS}) == len(SPANS)
    assert all(span.zh and span.en for span in SPANS)
