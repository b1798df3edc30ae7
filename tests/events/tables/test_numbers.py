"""Numbers that are unique within their sender, with and without it."""

from hypothesis import given
from hypothesis import strategies as st

from clearance.events.tables.numbers import scoped, unscoped
from clearance.settings.tables import default_tables

KINDS = default_tables().numbers.of["uk"]
values = st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=6)


@given(values, values)
def test_a_number_is_known_without_its_sender(sender: str, value: str) -> None:
    number = scoped(KINDS, "sender-lrn", sender, value)
    assert unscoped(number) == f"lrn:{value}"


def test_a_number_that_needs_no_sender_has_none_to_leave_out() -> None:
    assert unscoped("mrn:26GB/1") == ""
