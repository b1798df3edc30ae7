"""What nobody expected ends a process with an exit code of its own, and stands in its log."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import typer

BUG = 70
log = structlog.get_logger()


@contextmanager
def bugs_end_it(*expected: type[Exception]) -> Iterator[None]:
    """Exit code 70, and a traceback in the log, for any exception but those that are `expected`."""
    passed: tuple[type[Exception], ...] = (*expected, typer.Exit)
    try:
        yield
    except passed:
        raise
    except Exception as error:
        log.error("stopped", reason=f"this is a bug: {error!r}", exc_info=True)
        raise typer.Exit(BUG) from error
