"""How much is needed follows from what was measured: each case by hand, and each figure where it was measured."""

from pathlib import Path

import pytest
from docs.sizing import GIB, LINES, ONE_BY_ONE, cases, computed, figures

DOCS = Path(__file__).parents[1] / "docs"
MEASURED = {
    "inputs": 2.0,
    "events": 1.5,
    "numbers": 0.5,
    "worker": 1000.0,
    "projector": 1000.0,
    "store_bytes": 5000.0,
    "empty_mib": 100.0,
    "index_mib": 28.0,
    "index_bytes": 60.0,
    "open_bytes": 8192.0,
    "first_answers": 500.0,
    "rebuilt": 2500.0,
    "input": 500.0,
    "event": 700.0,
    "state": 1500.0,
}


def case(**other: str) -> dict[str, str]:
    return {"messages_a_day": "864000", "peak": "5", "open_days": "10", "questions_a_second": "600"} | other


def test_it_is_the_arithmetic_by_hand() -> None:
    found = computed(case(), MEASURED)
    assert found["peak_inputs"] == 100
    assert found["worker_load"] == 0.1
    assert found["open"] == 4_320_000
    assert found["trackers"] == 5, "33 GiB of what is open, at 8 GiB each"
    assert found["tracker_memory"] == pytest.approx(128 * 2**20 + 4_320_000 * 8192 / 5)
    assert found["inputs_disk"] == 365 * (1_728_000 * 500 + 1_296_000 * 700)
    assert found["states_disk"] == (432_000 * 365 + 1_728_000 * 7) * 1500
    assert found["kafka_disk"] == 3 * (found["inputs_disk"] + found["states_disk"])
    assert found["projector_load"] == pytest.approx(0.075)
    assert found["store_disk"] == 864_000 * 365 * 5000
    assert found["replicas"] == 3
    assert found["rebuild"] == pytest.approx(864_000 * 365 / 2500 / 86_400)


def test_little_needs_one_of_each() -> None:
    found = computed(case(messages_a_day="100", questions_a_second="1"), MEASURED)
    assert (found["trackers"], found["replicas"]) == (1, 1)


def test_a_high_rate_needs_trackers_as_well() -> None:
    found = computed(case(peak="60", open_days="0"), MEASURED)
    assert found["trackers"] == 3, "1.2 of one, of which half is planned with"


def test_no_case_needs_more_than_there_can_be() -> None:
    for one in cases():
        found = computed(one, figures())
        assert found["trackers"] <= 12, one["case"]
        assert found["tracker_memory"] <= 9 * GIB
        assert found["projector_load"] < 0.5, "there is one projector"


def test_what_was_read_off_a_page_stands_there() -> None:
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    told = page[page.index("What comes one by one is") :][:300]
    assert all(f"{size:,}" in told for size in ONE_BY_ONE.values())


def test_each_line_says_how_it_follows() -> None:
    assert len({line.name for line in LINES}) == len(LINES)
    assert all(line.formula.format_map(figures()) for line in LINES)
