"""A question of a scrape is waited for a little, and never asked twice at once."""

from threading import Event

from clearance.metrics.question import Question
from clearance.settings.clock import monotonic


def test_it_gives_the_answer() -> None:
    assert Question(lambda: 7)() == 7


def test_what_fails_has_no_answer() -> None:
    assert Question(lambda: 1 // 0)() is None


def test_one_answer_serves_a_whole_scrape() -> None:
    asked: list[int] = []
    question = Question(lambda: asked.append(1) or len(asked))  # type: ignore[func-returns-value]
    assert [question(), question()] == [1, 1]


def test_one_that_hangs_is_left_alone_until_it_comes_back() -> None:
    answer, asked = Event(), list[int]()

    def ask() -> str:
        asked.append(1)
        answer.wait(30)
        return "there"

    question, begun = Question(ask, wait_seconds=0.1), monotonic()
    assert question() is None
    question._asked_at = float("-inf")  # the next scrape
    assert question() is None
    assert monotonic() - begun < 5
    answer.set()
    question._asked_at = float("-inf")
    assert question() == "there"
    assert asked == [1]
