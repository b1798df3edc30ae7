"""The program under test with a window in it: `python -m tests.chaos.wrapped tracker FLAGS SABOTAGE`.

It runs the very command, after putting around a few of its functions what tells the harness where the process is, and
what makes it fail when the harness says so. The product knows nothing of this.
"""

import asyncio
import ctypes
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import typer
from tests.chaos.flags import POISON, Counted, Flags, How, Spot
from tests.chaos.sabotage import SABOTAGES, around

PR_SET_PDEATHSIG = 1


class Injected(Exception):
    """A failure that the harness asked for."""


class Window:
    """Puts counting and failing around functions."""

    def __init__(self, flags: Flags) -> None:
        self.flags = flags

    def strike(self, spot: Spot) -> None:
        """Fail here if that was asked for; once."""
        if self.flags.armed is not spot:
            return
        how = self.flags.how
        self.flags.add("struck", 1)
        self.flags.arm(Spot.NOWHERE)
        if how is How.DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        if how is How.HANGS:
            threading.Event().wait()
        raise Injected(spot.name.lower())

    def counted(self, counter: Counted, owner: Any, name: str) -> None:
        """While this coroutine function runs, the counter is one higher."""

        def counting(genuine: Any) -> Any:
            async def called(*args: Any, **options: Any) -> Any:
                self.flags.add(counter, 1)
                try:
                    return await genuine(*args, **options)
                finally:
                    self.flags.add(counter, -1)

            return called

        around(owner, name, counting)

    def failing(self, spot: Spot, owner: Any, name: str) -> None:
        """This function, or coroutine function, can be made to fail where it begins."""

        def striking(genuine: Any) -> Any:
            def called(*args: Any, **options: Any) -> Any:
                self.strike(spot)
                return genuine(*args, **options)

            return called

        around(owner, name, striking)


def watch_stage(window: Window, outputs: str, states: str, progress: str) -> None:
    """Batches of any stage from their entry to their acknowledgement, and its writes to these topics."""
    from clearance.kafka import clients
    from clearance.stages import batching
    from clearance.stages.worker import Worker

    spots = {outputs: Spot.EVENTS, states: Spot.STATES, progress: Spot.PROGRESS}

    def handing(genuine: Any) -> Any:
        async def handed(producer: Any, topic: str, number: int, records: Any) -> Any:
            records = list(records)
            if records and topic in spots:
                window.strike(spots[topic])
            return await genuine(producer, topic, number, records)

        return handed

    window.counted("batches", Worker, "batch")
    for spot, name in ((Spot.FETCH, "_getmany"), (Spot.DELIVER, "_to_message"), (Spot.COMMIT, "_new_offset")):
        window.failing(spot, batching.Consumer, name)
    around(clients, "hand_over", handing)


def watch_wall(window: Window) -> None:
    """A wall clock that is ahead of the broker's. To be set before anybody has imported it."""
    from clearance.settings import clock

    around(clock, "utc_now", lambda genuine: lambda: genuine() + timedelta(minutes=window.flags.get("ahead")))


def watch_tracker(window: Window) -> None:
    """What is watched of any stage, restores from their beginning to the open partition, and the fold of an input."""
    from clearance.events.partition import partition
    from clearance.kafka.names import BASE
    from clearance.tracker.tracker import Tracker

    watch_stage(window, BASE.events, BASE.status, BASE.progress)
    window.counted("restores", Tracker, "restore")
    window.failing(Spot.STEP, partition, "step")

    def poisoned(genuine: Any) -> Any:
        def step(declaration: Any, *given: Any) -> Any:
            if declaration.id == POISON and window.flags.get("poison"):
                raise Injected("poison")
            return genuine(declaration, *given)

        return step

    around(partition, "step", poisoned)


def watch_store(window: Window) -> None:
    """A store that is full holds what it holds, and no page more."""
    from sqlalchemy import Connection, Engine, event

    @event.listens_for(Engine, "begin")
    def begun(connection: Connection) -> None:
        pages = 1 if window.flags.get("full") else 2**30  # if there are more, SQLite takes it for as many as there are
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def tracker(window: Window, sabotage: str) -> Callable[[], None]:
    watch_wall(window)
    watch_tracker(window)
    SABOTAGES[sabotage]()
    return the_program


def counting(window: Window, _: str) -> Callable[[], None]:
    from tests.stages.counting_stage import TOPICS, run_counting

    watch_stage(window, TOPICS.outputs, TOPICS.states, TOPICS.progress)
    return partial(typer.run, run_counting)


def analyst(window: Window, sabotage: str) -> Callable[[], None]:
    from clearance.kafka.names import BASE

    SABOTAGES[sabotage]()
    watch_stage(window, BASE.parts, BASE.analyst_states, BASE.analyst_progress)
    return the_program


def projector(window: Window, _: str) -> Callable[[], None]:
    watch_store(window)
    return the_program


def as_it_is(_: Window, __: str) -> Callable[[], None]:
    return the_program


def the_program() -> None:
    """As a person runs it, with its exit codes."""
    from clearance.cli.main import main as program

    program()


KINDS: dict[str, Callable[[Window, str], Callable[[], None]]] = {
    "tracker": tracker,
    "analyst": analyst,
    "counting": counting,
    "projector": projector,
    "api": as_it_is,
    "notices": as_it_is,
}


def say_where_it_stands() -> None:
    """On SIGQUIT the log gets the stack of every thread and of every task: for one that does not end."""

    def tasks(*_: Any) -> None:
        for task in asyncio.all_tasks(asyncio.get_event_loop_policy().get_event_loop()):
            task.print_stack(file=sys.stderr)

    signal.signal(signal.SIGQUIT, tasks)
    faulthandler.register(signal.SIGQUIT, chain=True)


def main(kind: str, flags: str, sabotage: str) -> None:
    """Run one of the commands, told all that it needs by its environment. It dies with the harness."""
    say_where_it_stands()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    run = KINDS[kind](Window(Flags(Path(flags))), sabotage)
    sys.argv = ["clearance", *([kind] if run is the_program else [])]
    run()


if __name__ == "__main__":
    main(*sys.argv[1:])
