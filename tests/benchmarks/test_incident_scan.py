"""The scan finds what caused incidents of which others know the cause."""

import pytest
from benchmarks.incident_scan import CASES, f1, halves, read, score

AIM = 0.6


@pytest.mark.skipif(not CASES.exists(), reason=f"the labelled incidents are not at {CASES}")
def test_it_names_what_caused_the_incidents_that_it_was_not_chosen_by() -> None:
    chosen_by, held_out = halves(read(CASES))
    assert {case.stream for case in chosen_by}.isdisjoint(case.stream for case in held_out)
    assert abs(len(chosen_by) - len(held_out)) <= 1
    assert f1(score(case) for case in held_out) >= AIM
