"""Fail-stop: the process ends at the first error, with one line that names the input and says what to do.

Going on after an error would write states of which nobody knows whether they are right; started again, the worker folds
the same inputs from what was written. At once, because a tidy shutdown would commit and write more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

import structlog

from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.epochs import EpochOver
from clearance.kafka.places import Place
from clearance.settings.leaving import FAILED, WRONG_USE, leave
from clearance.stages.failures import FailAlike, Failure, failure_of
from clearance.stages.fencing import NameTaken
from clearance.stages.log_checks import CannotContinue
from clearance.stages.pulse import PausedTooLong
from clearance.stages.writing import BrokerAway, LogSealed

log = structlog.get_logger()
FOR_GOOD = (CannotContinue, EpochOver, NameTaken, NewerVersion)
"""What starting again does not mend, in any stage."""
EXPLAINED = (PausedTooLong, BrokerAway, FailAlike, LogSealed)
"""What its text explains, so that no traceback is needed."""


class BlamedInput(NamedTuple):
    """An input that could not be folded; `key` is empty if it is meant for all declarations of a partition."""

    key: str
    position: int


class Blame(NamedTuple):
    """The input that an error is about, if one is known; `batch` names the inputs whose outputs were being written."""

    input: BlamedInput | None = None
    batch: str = ""


NOBODY = Blame()


class FailStop:
    """Ends the process of a stage that reads `inputs`.

    `remedy` says what to do about an input that cannot be read or folded; `for_good` are the errors of the stage's own
    that starting again does not mend.
    """

    def __init__(
        self, inputs: str, remedy: Callable[[Failure], str], for_good: tuple[type[Exception], ...] = ()
    ) -> None:
        self.inputs, self.remedy = inputs, remedy
        self.for_good = FOR_GOOD + for_good

    @contextmanager
    def guard(
        self, partition: int | None = None, blame: Callable[[Exception], Blame] = lambda _: NOBODY
    ) -> Iterator[None]:
        """Whatever goes wrong in this block ends the process."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 # whatever it is, the process ends here
            self.stop(error, partition, blame(error))

    def may_park(self, error: Exception) -> bool:
        """Whether the input may be at fault: not where another version, another log or a pause is."""
        return not isinstance(error, self.for_good + EXPLAINED)

    def stop(self, error: BaseException, partition: int | None = None, blame: Blame = NOBODY) -> NoReturn:
        """Say what happened and end."""
        place = Place(self.inputs, partition, blame.input.position) if blame.input and partition is not None else None
        if isinstance(error, self.for_good):
            log.error("cannot_continue", partition=partition, **self._at(error, blame, place), reason=str(error))
            leave(WRONG_USE)
        if isinstance(error, EXPLAINED):
            log.error("stopped", partition=partition, reason=str(error))
        elif blame.input is None or place is None:
            log.error("stopped", partition=partition, batch=blame.batch, reason=repr(error), exc_info=error)
        else:
            self._blame(error, blame.input.key, place)
        leave(FAILED)

    def _at(self, error: BaseException, blame: Blame, place: Place | None) -> dict[str, str]:
        """Which input it is, and what to do if a later version reads it."""
        if place is None or blame.input is None:
            return {}
        failure = failure_of(place.partition, place.offset, blame.input.key, error)
        return {"input": str(place), **({"remedy": self.remedy(failure)} if failure.newer else {})}

    def _blame(self, error: BaseException, key: str, place: Place) -> None:
        failure = failure_of(place.partition, place.offset, key, error)
        log.error(
            "input_cannot_be_folded",
            declaration=failure.declaration,
            input=str(place),
            reason=failure.reason,
            remedy=self.remedy(failure),
            exc_info=error,
        )
