"""What is away at a start is waited for: a bounded time, and told once."""

import pytest
from structlog.testing import capture_logs

from clearance.settings import waiting
from clearance.settings.waiting import wait_for


class Away(Exception):
    """It may come."""


def answers(*given: object) -> object:
    """A question whose answers these are; what is an exception is raised."""
    left = iter(given)

    def ask() -> object:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def test_it_is_waited_for_and_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.0)
    with capture_logs() as logs:
        assert wait_for("broker", answers(Away("no broker"), Away("no broker"), 7), Away, 60.0) == 7  # type: ignore[arg-type]
    assert [(one["event"], one["reason"]) for one in logs] == [("waiting for the broker", "no broker")]


def test_it_is_not_waited_for_longer_than_it_may_take() -> None:
    with capture_logs() as logs, pytest.raises(Away, match="no broker"):
        wait_for("broker", answers(Away("no broker")), Away, 0.0)  # type: ignore[arg-type]
    assert logs == []


def test_whatever_else_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="another version"):
        wait_for("store", answers(ValueError("another version")), Away, 60.0)  # type: ignore[arg-type]
