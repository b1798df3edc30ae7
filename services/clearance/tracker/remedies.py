"""What to do when the tracker's fold fails: which errors starting again does not mend, and what helps an input."""

from clearance.events.partition.batch import LogBroken
from clearance.events.partition.memory import Unreadable
from clearance.kafka.names import Names
from clearance.stages.fail_stop import FailStop

FOR_GOOD = (LogBroken, Unreadable)
"""What starting again does not mend, beside what it does not mend in any stage."""
REMEDY = "this is a bug: report it with this input; `clearance dlq add {}` lets the rest go on"
REMEDY_FOR_ALL = (
    "this is a bug: report it with this declaration; `clearance dlq add {}` lets the rest go on, but sets aside what "
    "is meant for all: behind a clock the next one fires the same deadline, and a backfill does not end here"
)


def fail_stop(names: Names) -> FailStop:
    """How the tracker of an epoch ends."""
    return FailStop(names.inputs, _remedy, FOR_GOOD)


def _remedy(declaration: str, place: str) -> str:
    return (REMEDY if declaration else REMEDY_FOR_ALL).format(place)
