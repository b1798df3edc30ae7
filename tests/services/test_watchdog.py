"""A process whose event loop does not turn any more ends, and says where it hangs."""

import asyncio
import json
import subprocess
import sys
import threading

import pytest

from clearance.settings.watchdog import watch

PROGRAM = """
import asyncio, sys, time
from clearance.settings import logs
from clearance.settings.watchdog import watch

logs.configure("json", "projector")

def waits_for_nothing():
    time.sleep(60)

async def main():
    watch(asyncio.get_running_loop(), 0.4, lambda: print("farewell", flush=True))
    for _ in range(20):
        await asyncio.sleep(0.05)  # a loop that turns is left alone
    print("turned", flush=True)
    waits_for_nothing()

asyncio.run(main())
"""


def test_it_ends_with_70_and_one_line_with_the_stack_behind_the_farewell() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    assert (done.returncode, done.stdout.split()) == (70, ["turned", "farewell"])
    [line] = done.stderr.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["service"]) == ("stopped", "error", "projector")
    assert told["reason"] == (
        "the event loop has not turned for 0.4 s: it hangs in waits_for_nothing (<string>:9); starting again is safe"
    )
    assert told["stack"][-2:] == ["main (<string>:16)", "waits_for_nothing (<string>:9)"]


def test_a_loop_that_is_late_and_turns_again_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("clearance.settings.watchdog._end", lambda *_: ended.set())

    async def main() -> threading.Thread:
        thread = watch(asyncio.get_running_loop(), 1.0)
        for _ in range(3):
            threading.Event().wait(0.6)  # the loop does not turn meanwhile
            await asyncio.sleep(0.1)
        return thread

    thread = asyncio.run(main())
    thread.join(5)
    assert not thread.is_alive(), "it ends with the loop"
    assert not ended.is_set()
