"""The page that shows notices shows what is sent."""

from tests.notices.read_aloud import PAGE, page


def test_ten_notices_read_aloud_are_those_of_the_page() -> None:
    """`python -m tests.notices.read_aloud` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
