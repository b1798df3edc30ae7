"""A stage as a process: the event loop, the garbage collector, Faust's worker, and its end."""

import asyncio
from collections.abc import Callable
from typing import Any

import faust
import mode.loop

from clearance.settings import InvalidSetting
from clearance.settings.garbage import collect_seldom
from clearance.settings.watchdog import watch
from clearance.stages.app import StageApp
from clearance.stages.batching import UnfitFaust, check
from clearance.stages.bounded_stop import end_within


def require_faust() -> None:
    """Raises `InvalidSetting` if the installed Faust is not the one that the stages were written for."""
    try:
        check()
    except UnfitFaust as error:
        raise InvalidSetting(str(error)) from error


class Worker(faust.Worker):
    """Faust's, whose stop ends."""

    async def on_stop(self) -> None:
        """The process was asked to end. Faust waits for batches and for the group before it tells the app."""
        end_within(self.loop)
        await super().on_stop()


def run(create: Callable[[], StageApp[Any]]) -> None:
    """Run a stage in this process until a signal. Faust's own set-up of logging and output is left out."""
    mode.loop.use("uvloop")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    collect_seldom()
    stage_app = create()
    app = stage_app.faust_app
    watch(loop, stage_app.member.session_seconds, app.leave_group)
    worker = Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None  # it would steer the terminal, and a file
    try:
        worker.execute_from_commandline()
    except (SystemExit, asyncio.CancelledError) as end:  # a crash of Faust, or of what it calls, is one or the other
        if isinstance(end, SystemExit) and not end.code:
            raise
        stage_app.stage.fail_stop.stop(worker.crash_reason or app.crash_reason or end.__context__ or end)
