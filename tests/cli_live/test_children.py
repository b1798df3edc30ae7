"""Processes that end by themselves: which are started again, and when all is given up."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from clearance.cli import child_processes
from clearance.cli.child_processes import TOO_OFTEN, ChildFailed, ChildProcesses

PATIENCE_SECONDS = 60.0


class Ending:
    """A child whose runs end at once, each with the next of these exit codes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *codes: int, needed: bool = True) -> None:
        self.left = list(codes)
        self.children = ChildProcesses(folder, {})
        genuine = subprocess.Popen

        def ending(command: list[str], **options: Any) -> Any:
            program = f"print('last words'); raise SystemExit({self.left.pop(0)})"
            return genuine([command[0], "-c", program], **options)

        monkeypatch.setattr(subprocess, "Popen", ending)
        self.children.start("tracker", "tracker", needed=needed)

    def look(self) -> list[str]:
        """When its run has ended."""
        process = self.children.running[0].process
        assert process is not None
        process.wait(PATIENCE_SECONDS)
        return [one.name for one in self.children.look_after()]


def test_a_process_that_cannot_run_as_it_was_started_is_given_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(tmp_path, monkeypatch, 2)
    with pytest.raises(ChildFailed, match="tracker ended with code 2: last words"):
        ending.look()


def test_what_the_others_do_without_is_left_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending = Ending(tmp_path, monkeypatch, 2, needed=False)
    process = ending.children.running[0].process
    assert process is not None
    process.wait(PATIENCE_SECONDS)
    assert ending.children.look_after() == [("tracker", "ended with code 2: last words", False)]
    assert ending.children.look_after() == []
    ending.children.stop()


def test_a_broker_that_is_still_away_behind_a_failure_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(tmp_path, monkeypatch, 70, 2, 2, 0)
    assert [ending.look() for _ in range(3)] == [["tracker"]] * 3
    ending.children.stop()


def test_a_process_that_fails_too_often_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ending = Ending(tmp_path, monkeypatch, *[70] * (TOO_OFTEN + 1))
    for _ in range(TOO_OFTEN):
        ending.look()
    with pytest.raises(ChildFailed, match="ended with code 70"):
        ending.look()


def test_one_that_fails_again_and_again_after_a_while_is_given_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(0, 100_000, 20))
    monkeypatch.setattr(child_processes, "monotonic", lambda: float(next(seconds)))
    ending = Ending(tmp_path, monkeypatch, *[70] * 20)
    for _ in range(TOO_OFTEN):
        ending.look()
    with pytest.raises(ChildFailed, match="ended with code 70: last words"):
        ending.look()


def test_it_says_why_a_process_was_started_again_and_prepares_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = Ending(tmp_path, monkeypatch, 70, 0)
    prepared: list[int] = []
    ending.children.before_restart = lambda: prepared.append(len(ending.left))
    process = ending.children.running[0].process
    assert process is not None
    process.wait(PATIENCE_SECONDS)
    assert ending.children.look_after() == [("tracker", "ended with code 70: last words", True)]
    assert prepared == [1]
    ending.children.stop()
