"""What knowing how slow customs is can bring, computed from the tables of the field."""

from benchmarks.slowness_known import both, middle, overdue

ALIKE = [(1.0, 1.0)]


def test_whoever_knows_more_is_earlier() -> None:
    slow = [(0.5, 0.4), (1.0, 0.3), (3.0, 0.3)]
    nothing, offices, goods = overdue(ALIKE, both(slow, slow)), overdue(slow, slow), overdue(both(slow, slow), ALIKE)
    assert nothing > offices > goods


def test_a_place_that_is_twice_as_slow_takes_twice_as_long() -> None:
    assert overdue([(2.0, 1.0)], ALIKE) == 2 * overdue(ALIKE, ALIKE)


def test_both_are_slow_together() -> None:
    assert both([(2.0, 0.5), (1.0, 0.5)], [(3.0, 1.0)]) == [(3.0, 0.5), (6.0, 0.5)]
    assert middle([(1.0, 0.2), (2.0, 0.4), (9.0, 0.4)]) == 2
