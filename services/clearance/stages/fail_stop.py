"""Fail-stop: the process ends at the first error, with one line that names the input and says what to do.

Going on after an error would write states of which nobody knows whether they are right; started again, the worker folds
the same inputs from what was written. At once, because a tidy shutdown would commit and write more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, NoReturn

import structlog

from clearance.events.log.upcasting import NewerVersion
from clearance.events.values.errors import FailedOn
from clearance.settings.leaving import FAILED, WRONG_USE, leave
from clearance.stages.fencing import NameTaken
from clearance.stages.log_checks import CannotContinue
from clearance.stages.pulse import PausedTooLong
from clearance.stages.writing import BrokerAway

log = structlog.get_logger()
FOR_GOOD = (CannotContinue, NameTaken, NewerVersion)
"""What starting again does not mend, in any stage."""
EXPLAINED = (PausedTooLong, BrokerAway)
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

    `remedy` says of the key and the place of an input that cannot be folded what to do; `for_good` are the errors of
    the stage's own that starting again does not mend.
    """

    def __init__(
        self, inputs: str, remedy: Callable[[str, str], str], for_good: tuple[type[Exception], ...] = ()
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

    def stop(self, error: BaseException, partition: int | None = None, blame: Blame = NOBODY) -> NoReturn:
        """Say what happened and end."""
        place = f"{self.inputs}:{partition}:{blame.input.position}" if blame.input else ""
        if isinstance(error, self.for_good):
            at = {"input": place} if place else {}
            log.error("cannot_continue", partition=partition, **at, reason=str(error))
            leave(WRONG_USE)
        if isinstance(error, EXPLAINED):
            log.error("stopped", partition=partition, reason=str(error))
        elif blame.input is None:
            log.error("stopped", partition=partition, batch=blame.batch, reason=repr(error), exc_info=error)
        else:
            self._blame(error, blame.input.key, place)
        leave(FAILED)

    def _blame(self, error: BaseException, key: str, place: str) -> None:
        declaration, cause = key, error
        if isinstance(error, FailedOn):
            declaration, cause = error.declaration, error.__cause__ or error
        log.error(
            "input_cannot_be_folded",
            declaration=declaration,
            input=place,
            reason=repr(cause),
            remedy=self.remedy(key, place),
            exc_info=error,
        )
