"""Who will soon be without a key: the first of whose keys the last one ends."""

from datetime import UTC, datetime, timedelta

from clearance.access.expiry import first_ends
from clearance.access.scopes import Holder
from clearance.access.verdicts import Key

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def key(name: str, days: int | None, holder: Holder = "organisation", revoked: bool = False) -> Key:
    ends = None if days is None else NOW + timedelta(days=days)
    revoked_at = NOW if revoked else None
    return Key("id", holder, name, (), NOW - timedelta(days=99), expires_at=ends, revoked_at=revoked_at)


def test_it_is_the_first_holder_of_a_kind() -> None:
    found = first_ends([key("a", 9), key("b", 5), key("c", 2, "connection")], NOW)
    assert found == {"organisation": NOW + timedelta(days=5), "connection": NOW + timedelta(days=2)}


def test_a_key_that_was_rolled_is_not_missed() -> None:
    assert first_ends([key("a", 1), key("a", 90)], NOW) == {"organisation": NOW + timedelta(days=90)}
    assert first_ends([key("a", 90), key("a", 1)], NOW) == {"organisation": NOW + timedelta(days=90)}


def test_a_key_that_never_ends_leaves_its_holder_out() -> None:
    assert first_ends([key("a", 1), key("a", None), key("a", 3)], NOW) == {}


def test_keys_that_are_no_longer_valid_do_not_count() -> None:
    assert first_ends([key("a", -1), key("b", 3, revoked=True)], NOW) == {}
    assert first_ends([key("a", 2), key("a", 9, revoked=True)], NOW) == {"organisation": NOW + timedelta(days=2)}
