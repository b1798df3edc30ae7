"""A quota holds for a window, for each apart; what costs nothing is charged nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.access.quotas import WINDOW_SECONDS, Quotas, network_of

NOON = 1_800_000_000.0


def test_what_is_left_falls_to_nothing_and_comes_back_with_the_window() -> None:
    quotas = Quotas()
    assert [quotas.charge("acme", 3, 1, NOON)[1::2] for _ in range(5)] == [
        (2, False),
        (1, False),
        (0, False),
        (0, True),
        (0, True),
    ]
    again = quotas.charge("acme", 3, 1, NOON).seconds
    assert 0 < again <= WINDOW_SECONDS
    assert quotas.charge("acme", 3, 1, NOON + again - 1).refused
    assert quotas.charge("acme", 3, 1, NOON + again) == (3, 2, WINDOW_SECONDS, False)


def test_one_who_asks_too_much_leaves_others_what_they_have() -> None:
    quotas = Quotas()
    for _ in range(100):
        quotas.charge("acme", 10, 1, NOON)
    assert quotas.charge("acme", 10, 1, NOON).refused
    assert quotas.charge("other", 10, 1, NOON).left == 9


def test_a_charge_that_is_taken_back_was_none_and_a_look_costs_nothing() -> None:
    quotas = Quotas()
    for _ in range(50):
        assert not quotas.charge("acme", 1, 1, NOON).refused
        assert quotas.charge("acme", 1, -1, NOON).left == 1
        assert not quotas.charge("acme", 1, 0, NOON).refused
    quotas.charge("acme", 1, 1, NOON)
    assert quotas.charge("acme", 1, 0, NOON).refused


def test_a_charge_that_is_taken_back_in_the_next_window_gives_nothing() -> None:
    quotas = Quotas()
    quotas.charge("acme", 5, 5, NOON)
    assert quotas.charge("acme", 5, -5, NOON + WINDOW_SECONDS).left == 5


def test_a_long_answer_is_given_and_the_next_one_waits() -> None:
    quotas = Quotas()
    assert quotas.charge("acme", 10, 500, NOON) == (10, 0, quotas.charge("acme", 10, 0, NOON).seconds, False)
    assert quotas.charge("acme", 10, 1, NOON).refused


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 200)), max_size=60))
def test_nobody_is_given_more_than_the_limit_and_one_answer_in_a_window(asked: list[tuple[str, int, int]]) -> None:
    quotas, taken = Quotas(), dict[tuple[str, float], int]()
    now = NOON
    for who, cost, later in asked:
        now += later
        standing = quotas.charge(who, 10, cost, now)
        window = (who, now + standing.seconds)
        before = taken.get(window, 0)
        assert standing.refused == (before >= 10)
        if not standing.refused:
            taken[window] = before + cost
        assert standing.left == max(0, 10 - taken.get(window, 0))


def test_headers_are_those_of_the_draft() -> None:
    quotas = Quotas()
    seconds = quotas.charge("acme", 1, 1, NOON).seconds
    assert quotas.charge("acme", 1, 1, NOON).headers() == {
        "RateLimit-Policy": '"requests";q=1;w=60',
        "RateLimit": f'"requests";r=0;t={seconds}',
        "Retry-After": str(seconds),
    }


def test_addresses_without_end_take_no_memory_without_end() -> None:
    quotas = Quotas(most=10)
    for number in range(100):
        quotas.charge(str(number), 5, 1, NOON)
    assert len(quotas._used) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", ""), ("testclient", "testclient")],
)
def test_who_has_one_address_of_a_network_of_ipv6_has_all(address: str, network: str) -> None:
    assert network_of(address) == network
