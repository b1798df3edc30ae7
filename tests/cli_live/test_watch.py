"""`clearance watch`: a line for each change of one declaration."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli_live.conftest import LiveApi
from tests.cli_live.program import run, start

from clearance.cli.watch import WAIT_SECONDS
from clearance.recordings.read import read_recording

STORY = Path(__file__).parents[1] / "recordings" / "held-then-released"
NUMBER = "E20260004010000003"


@contextmanager
def watching(url: str, *words: object) -> Iterator["subprocess.Popen[str]"]:
    process = start("watch", NUMBER, "--api", url, *words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """The lines that it prints, up to one with these words. The test's own time limit is that of the process."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(f"it ended before it said {words!r}: {''.join(lines)}")


def test_it_waits_for_the_first_message_and_then_tells_each_change(live_api: LiveApi) -> None:
    arrivals = list(read_recording(STORY, "demo-broker"))
    with watching(live_api.url) as process:
        assert "waiting" in read_until(process, "waiting")
        live_api.system.take(arrivals[:1])
        first = read_until(process, "as of")
        assert "receipt 2026-03-02T01:00:00Z  7" in first
        assert "status  submitted" in first
        assert "silence It has stood at this stage since 2026-03-02 09:00" in first
        live_api.system.take(arrivals[1:4])
        held = read_until(process, "anomaly A07")  # it may look in between, and tell of fewer at a time
        assert "→ inspection" in held
        assert "flag    + inspection" in held
        live_api.system.take(arrivals[4:])
        released = read_until(process, "closed")
        assert "→ released" in released
        assert "flag    - inspection" in released
        assert "anomaly A07" in released
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=WAIT_SECONDS / 2) == 0  # it waits for the API just then


def test_it_ends_when_nothing_more_is_to_come(live_api: LiveApi) -> None:
    live_api.system.play("uk-export-exits")
    log = live_api.system.log
    ended = next(record.key for records in log for record in records if record.key.startswith("uk:mrn:"))
    told = run("watch", ended, "--until-closed", "--lang", "zh", "--api", live_api.url)
    assert told.exit_code == 0
    assert "nothing more is to come" in told.stdout


def test_it_lists_several_and_ends(live_api: LiveApi) -> None:
    live_api.system.play("one-entry-number-two-declarations")
    told = run("watch", "290120261650000028", "--api", live_api.url)
    assert told.exit_code == 1
    assert "cn:unified:I20260004010000128" in told.stdout


def test_an_api_that_was_never_there_is_one_clear_line() -> None:
    told = run("watch", NUMBER, "--api", "http://127.0.0.1:9")
    assert told.exit_code == 2
    assert "CLEARANCE_API_URL" in told.stderr
