"""Fail-stop: the exit code says whether starting again helps, the last line says which input and what to do."""

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import os, sys
from clearance.events.log.upcasting import NewerVersion
from clearance.events.partition.batch import LogBroken
from clearance.events.values.errors import FailedOn
from clearance.settings import logs
from clearance.kafka.names import BASE
from clearance.stages.pulse import PausedTooLong
from clearance.stages.fail_stop import Blame, BlamedInput
from clearance.stages.log_checks import CannotContinue
from clearance.tracker.remedies import fail_stop

logs.configure(sys.argv[2], "tracker")
newer = NewerVersion("input", 9, 1)
record = BlamedInput("uk:mrn:26GB00000000000001", 1207)
clock = BlamedInput("", 1300)
try:
    bug = ZeroDivisionError("division by zero")
    raise bug
except ZeroDivisionError:
    pass
fired, unwritten = FailedOn("uk:mrn:26GB00000000000002", 1300), FailedOn("uk:mrn:26GB00000000000003", 1207)
fired.__cause__ = unwritten.__cause__ = bug
CASES = {
    "deadline": (fired, 3, Blame(clock)),
    "encoding": (unwritten, 3, Blame(record, "declaration-inputs:3:1200 to 1210")),
    "encoding of a clock's": (fired, 3, Blame(clock, "declaration-inputs:3:1200 to 1310")),
    "bug": (bug, 3, Blame(record)),
    "broker": (OSError("no answer"), 3),
    "paused": (PausedTooLong("the process stood still for 9.0 s"),),
    "another cluster": (CannotContinue("point the tracker at its own cluster"), 3),
    "newer": (newer, 3, Blame(record)),
    "hole": (LogBroken("after offset 5 comes 7: records in between are gone"), 3),
}
try:
    error, *more = CASES[sys.argv[1]]
    fail_stop(BASE).stop(error, *more)
finally:
    print("a tidy shutdown would write more")
"""


def stopped(case: str, log_format: str = "json") -> tuple[int, list[str]]:
    """The exit code and the lines of a process that fails so."""
    command = [sys.executable, "-c", PROGRAM, case, log_format]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 # our own
    assert done.stdout == "", "nothing runs after it"
    return done.returncode, done.stderr.splitlines()


def told(lines: list[str]) -> dict[str, Any]:
    """The one line, and it is JSON."""
    [line] = lines
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_bug_ends_with_70_and_names_the_input_and_the_remedy() -> None:
    code, lines = stopped("bug")
    line = told(lines)
    assert code == 70
    assert (line["event"], line["level"], line["service"]) == ("input_cannot_be_folded", "error", "tracker")
    assert line["declaration"] == "uk:mrn:26GB00000000000001"
    assert line["input"] == "declaration-inputs:3:1207"
    assert "`clearance dlq add declaration-inputs:3:1207`" in line["remedy"]
    assert "ZeroDivisionError" in line["reason"]
    assert "Traceback" in line["exception"]


@pytest.mark.parametrize(
    ("case", "declaration", "offset", "remedy"),
    [
        ("deadline", "uk:mrn:26GB00000000000002", 1300, "the next one fires the same deadline"),
        ("encoding of a clock's", "uk:mrn:26GB00000000000002", 1300, "the next one fires the same deadline"),
        ("encoding", "uk:mrn:26GB00000000000003", 1207, "lets the rest go on"),
    ],
)
def test_a_bug_names_its_declaration_where_the_input_does_not(
    case: str, declaration: str, offset: int, remedy: str
) -> None:
    code, lines = stopped(case)
    line = told(lines)
    assert (code, line["event"], line["declaration"]) == (70, "input_cannot_be_folded", declaration)
    assert line["input"] == f"declaration-inputs:3:{offset}"
    assert f"`clearance dlq add {line['input']}`" in line["remedy"]
    assert remedy in line["remedy"]
    assert "ZeroDivisionError" in line["reason"]


def test_a_newer_version_ends_with_2_and_says_how_the_rest_goes_on() -> None:
    code, lines = stopped("newer")
    line = told(lines)
    assert (code, line["event"], line["input"]) == (2, "cannot_continue", "declaration-inputs:3:1207")
    assert "`clearance dlq add declaration-inputs:3:1207 --newer-version`" in line["remedy"]


def test_a_person_reads_the_same_on_a_console() -> None:
    code, lines = stopped("bug", "console")
    assert code == 70
    for words in ("uk:mrn:26GB00000000000001", "declaration-inputs:3:1207", "clearance dlq add", "division by zero"):
        assert words in lines[0]
    assert any("Traceback" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("case", "code", "event", "words"),
    [
        ("broker", 70, "stopped", "no answer"),
        ("paused", 70, "stopped", "stood still for 9.0 s"),
        ("another cluster", 2, "cannot_continue", "point the tracker at its own cluster"),
        ("hole", 2, "cannot_continue", "after offset 5 comes 7"),
    ],
)
def test_it_ends_with_a_code_that_says_whether_starting_again_helps(
    case: str, code: int, event: str, words: str
) -> None:
    found, lines = stopped(case)
    line = told(lines)
    assert (found, line["event"]) == (code, event)
    assert words in line["reason"]
    assert "remedy" not in line, "no input is to blame"
    assert line["partition"] == (None if case == "paused" else 3)
