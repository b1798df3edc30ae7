"""A process that was asked to end does end, and says what it waited for."""

import asyncio
import subprocess
import sys

from clearance.settings.leaving import FAILED
from clearance.stages.bounded_stop import waits_for

HANGING = """
import asyncio
from clearance.stages.bounded_stop import end_within

async def farewell():
    await asyncio.Event().wait()

async def main():
    end_within(asyncio.get_running_loop(), 0.3)
    await farewell()

asyncio.run(main())
"""
BLOCKED = HANGING.replace("await asyncio.Event().wait()", "__import__('time').sleep(60)")
IN_TIME = HANGING.replace("await asyncio.Event().wait()", "return")


def ended(program: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 # our own


def test_one_that_waits_for_ever_leaves_and_names_what_it_waits_for() -> None:
    done = ended(HANGING)
    assert done.returncode == FAILED
    assert "stop_takes_too_long" in done.stdout + done.stderr
    assert "main" in done.stdout + done.stderr


def test_one_whose_loop_is_blocked_leaves_too() -> None:
    assert ended(BLOCKED).returncode == FAILED


def test_one_that_ends_in_time_says_nothing() -> None:
    done = ended(IN_TIME)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_equal_tasks_are_counted() -> None:
    async def waiting() -> None:
        await asyncio.Event().wait()

    async def main() -> list[str]:
        tasks = [asyncio.create_task(waiting()) for _ in range(3)]
        await asyncio.sleep(0)
        found = waits_for(asyncio.get_running_loop())
        for task in tasks:
            task.cancel()
        return found

    assert [line for line in asyncio.run(main()) if "waiting" in line] == [
        "test_equal_tasks_are_counted.<locals>.waiting > Event.wait x3"
    ]
