"""Holidays and weekends that are worked are those of the libraries that keep them."""

import pytest
from tests.authorities.days_off import TABLES, path


@pytest.mark.parametrize("authority", TABLES)
def test_days_off_are_those_that_the_library_knows(authority: str) -> None:
    assert path(authority).read_text(encoding="utf-8") == TABLES[authority](), "the library knows more: make draw"
