"""What a key is worth: each refusal is told apart from the others."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.access.key_form import complete, hash_of, new_key
from clearance.access.scopes import allowed, held_by, scope_rows
from clearance.access.verdicts import Key, judge

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SECRET = b"secret"
times = st.none() | st.integers(-3, 3).map(lambda seconds: NOW + seconds * SECOND)


def test_an_organisation_may_hold_neither_ingest_nor_ops() -> None:
    assert held_by("organisation") == ("read", "command", "file")
    assert {row.scope: row.holder for row in scope_rows().values() if row.holder != "organisation"} == {
        "ingest": "connection",
        "ops": "operator",
    }


def test_operations_includes_reading_and_stating_but_does_not_speak_for_customs() -> None:
    assert allowed(("ops",)) == {"ops", "read", "command"}
    assert allowed(("read",)) == {"read"}


@pytest.mark.parametrize(
    ("given", "refusal"), [("", "mistyped"), ("clr_x", "mistyped"), (complete("1" * 37), "unknown")]
)
def test_what_is_nobodys_is_told(given: str, refusal: str) -> None:
    assert judge(given, "read", {}, SECRET, NOW) == (None, refusal)


@given(
    st.sets(st.sampled_from(["read", "command"]), min_size=1), st.sampled_from(["read", "command", "ops"]), times, times
)
def test_a_key_holds_from_its_issue_to_its_end_for_its_scopes(
    scopes: set[str], scope: str, expires: datetime | None, revoked: datetime | None
) -> None:
    key = Key("k", "organisation", "acme", tuple(sorted(scopes)), NOW - SECOND, expires, revoked)
    told = new_key()
    found, refusal = judge(told, scope, {hash_of(told, SECRET): key}, SECRET, NOW)
    assert found == key
    if revoked is not None and revoked <= NOW:
        assert refusal == "revoked"
    elif expires is not None and expires <= NOW:
        assert refusal == "expired"
    else:
        assert refusal == (None if scope in scopes else "lacking")
