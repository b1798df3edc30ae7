"""Fail-stop: the process ends at the first error, with one line that names the input and says what to do.

Going on after an error would write states of which nobody knows whether they are right; started again, the worker folds
the same inputs from what was written. `os._exit`, because a tidy shutdown would commit and write more.
"""

import os
import sys
from typing import NoReturn

import structlog

from clearance.events.log.input_records import InputRecord
from clearance.events.log.upcasting import NewerVersion
from clearance.events.partition.batch import LogBroken
from clearance.events.partition.memory import Away, Unreadable
from clearance.events.values.errors import FailedOn
from clearance.kafka.names import Names
from clearance.stages.pulse import PausedTooLong
from clearance.tracker.restore_checks import CannotContinue
from clearance.tracker.writing import BrokerAway

log = structlog.get_logger()
FAILED = 70
"""The exit code of an error of our own (EX_SOFTWARE); a supervisor starts the worker again."""
WRONG_USE = 2
"""The exit code of what starting again does not mend."""

REMEDY = "this is a bug: report it with this input; `clearance dlq add {}` lets the rest go on"
REMEDY_FOR_ALL = (
    "this is a bug: report it with this declaration; `clearance dlq add {}` lets the rest go on, but sets aside what "
    "is meant for all: behind a clock the next one fires the same deadline, and a backfill does not end here"
)


def fail_stop(
    error: BaseException, names: Names, partition: int | None = None, record: InputRecord | None = None, batch: str = ""
) -> NoReturn:
    """Say what happened and end. `record` is the input to blame, if one is known; `batch` names the inputs whose
    outputs were being written."""
    if isinstance(error, CannotContinue | LogBroken | NewerVersion | Unreadable):
        at = {"input": f"{names.inputs}:{partition}:{record.position}"} if record else {}
        log.error("cannot_continue", partition=partition, **at, reason=str(error))
        _leave(WRONG_USE)
    if isinstance(error, PausedTooLong | BrokerAway):
        log.error("stopped", partition=partition, reason=str(error))
        _leave(FAILED)
    if record is None or isinstance(error, Away):
        log.error("stopped", partition=partition, batch=batch, reason=repr(error), exc_info=error)
    else:
        place = f"{names.inputs}:{partition}:{record.position}"
        declaration, cause = record.key, error
        if isinstance(error, FailedOn):
            declaration, cause = error.declaration, error.__cause__ or error
        log.error(
            "input_cannot_be_folded",
            declaration=declaration,
            input=place,
            reason=repr(cause),
            remedy=(REMEDY if record.key else REMEDY_FOR_ALL).format(place),
            exc_info=error,
        )
    _leave(FAILED)


def _leave(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
