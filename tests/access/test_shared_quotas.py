"""What one process charges, the others know of: each window once, however often it is told."""

import pytest
from sqlalchemy import Engine, event, func, select

from clearance.access import schema, shared_quotas
from clearance.access.backup import backup
from clearance.access.quotas import WINDOW_SECONDS, Quotas
from clearance.access.shared_quotas import SharedQuotas

NOON = 1_800_000_000.0


@pytest.fixture
def three() -> list[SharedQuotas]:
    return [SharedQuotas(Quotas()) for _ in range(3)]


def charge(one: SharedQuotas, cost: int, now: float = NOON) -> int:
    """What is left of ten."""
    return one.quotas.charge("acme", 10, cost, now).left


def test_what_is_left_is_less_what_the_others_have_charged(access: Engine, three: list[SharedQuotas]) -> None:
    assert [charge(one, cost) for one, cost in zip(three, (1, 2, 3), strict=True)] == [9, 8, 7]
    for one in three * 2:
        one.exchange(access, NOON)
    assert [charge(one, 0) for one in three] == [4, 4, 4]
    three[0].quotas.charge("other", 10, 5, NOON)
    charge(three[0], 4)
    for one in three:
        one.exchange(access, NOON)
    assert [one.quotas.charge("acme", 10, 1, NOON).refused for one in three] == [True] * 3
    assert [one.quotas.charge("other", 10, 0, NOON).left for one in three] == [5] * 3


def test_what_was_given_back_is_told(access: Engine, three: list[SharedQuotas]) -> None:
    charge(three[0], 5)
    three[0].exchange(access, NOON)
    charge(three[0], -3)
    three[0].exchange(access, NOON)
    three[1].exchange(access, NOON)
    assert charge(three[1], 0) == 8


def test_what_was_told_in_vain_is_told_again(access: Engine, three: list[SharedQuotas]) -> None:
    charge(three[0], 5)

    def fails(_: object) -> None:
        raise ConnectionError

    event.listen(access, "commit", fails)
    with pytest.raises(ConnectionError):
        three[0].exchange(access, NOON)
    event.remove(access, "commit", fails)
    three[0].exchange(access, NOON)
    three[1].exchange(access, NOON)
    assert charge(three[1], 0) == 5


def test_a_window_that_is_over_counts_nowhere_and_is_forgotten(access: Engine, three: list[SharedQuotas]) -> None:
    later = NOON + 2 * WINDOW_SECONDS
    charge(three[0], 5)
    three[0].exchange(access, NOON)
    three[1].exchange(access, later)
    assert charge(three[1], 0, later) == 10
    with access.connect() as connection:
        assert connection.execute(select(func.count()).select_from(schema.charges)).scalar() == 1
    shared_quotas.forget(access, later)
    with access.connect() as connection:
        assert connection.execute(select(func.count()).select_from(schema.charges)).scalar() == 0


def test_charges_are_not_backed_up(access: Engine, three: list[SharedQuotas]) -> None:
    charge(three[0], 5)
    three[0].exchange(access, NOON)
    assert not any(b"charges" in line for line in backup(access))
