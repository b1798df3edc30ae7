"""What to do when the tracker's fold fails: which errors starting again does not mend, and what helps an input."""

from clearance.events.partition.batch import LogBroken
from clearance.events.partition.memory import Unreadable
from clearance.kafka.names import Names
from clearance.kafka.places import Place
from clearance.stages.fail_stop import FailStop
from clearance.stages.failures import Failure

FOR_GOOD = (LogBroken, Unreadable)
"""What starting again does not mend, beside what it does not mend in any stage."""
REMEDY = "report it with this input; `clearance dlq add {}`, then `clearance partitions unpark {}` lets the rest go on"
REMEDY_FOR_ALL = (
    "report it with this declaration; `clearance dlq add {}`, then `clearance partitions unpark {}` lets the rest go "
    "on, but sets aside what is meant for all: behind a clock the next one fires the same deadline; a backfill does "
    "not end here"
)
REMEDY_UNREADABLE = (
    "mend it on the broker, from a replica or a copy, or give these records up with `clearance dlq add {}`; then "
    "`clearance partitions unpark {}` lets the rest go on"
)

REMEDY_NEWER = (
    "upgrade, and nothing is lost; or `clearance dlq add {} --newer-version` lets the rest go on, and a redrive after "
    "the upgrade brings it back"
)


def fail_stop(names: Names) -> FailStop:
    """How the tracker of an epoch ends."""

    def remedy(failure: Failure) -> str:
        place = Place(names.inputs, failure.partition, failure.position)
        number = f"{failure.partition} --epoch {names.epoch}" if names.epoch else failure.partition
        return _words(failure).format(place, number)

    return FailStop(names.inputs, remedy, FOR_GOOD)


def _words(failure: Failure) -> str:
    if failure.newer:
        return REMEDY_NEWER
    if failure.unreadable:
        return REMEDY_UNREADABLE
    return REMEDY if failure.key else REMEDY_FOR_ALL
