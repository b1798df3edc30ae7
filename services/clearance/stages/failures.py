"""What cannot be read or folded, and whether two failures are of one sort."""

from typing import NamedTuple

from clearance.events.log.upcasting import NewerVersion
from clearance.events.values.errors import MAX_REASON, FailedOn
from clearance.kafka.unreadable import UnreadableBatch


class Failure(NamedTuple):
    """From `position` on a partition cannot be folded: there is an input of this key, "" if it is meant for all, or an
    `unreadable` batch; `newer` if only a later version reads it. `raised` is the exception, and where it was raised."""

    partition: int
    position: int
    key: str
    declaration: str
    reason: str
    raised: str
    unreadable: bool = False
    newer: bool = False


class FailAlike(RuntimeError):
    """A second partition fails by the exception that others are parked by."""

    def __init__(self, failure: Failure, others: list[int]) -> None:
        parked = ", ".join(map(str, others))
        super().__init__(
            f"partition {failure.partition} fails at {failure.position} as partition {parked} does, which is parked: "
            f"{failure.raised}: {failure.reason}. Two are no poison record but a bad release, or a broken broker: go "
            "back to the release before, or mend the broker; `clearance partitions list` shows what to unpark then"
        )


def failure_of(partition: int, position: int, key: str, error: BaseException) -> Failure:
    """The failure that an error means."""
    unreadable = isinstance(error, UnreadableBatch)
    cause = error.__cause__ or error if unreadable or isinstance(error, FailedOn) else error
    return Failure(
        partition=partition,
        position=position,
        key=key,
        declaration=error.declaration if isinstance(error, FailedOn) else key,
        reason=_short(repr(cause)),
        raised=_raised(cause),
        unreadable=unreadable,
        newer=isinstance(error, NewerVersion),
    )


def _short(text: str) -> str:
    """What was raised may quote a whole message."""
    return text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"


def _raised(cause: BaseException) -> str:
    """Without what it says: that may name the input, and two failures of one sort are of two inputs."""
    at, trace = "", cause.__traceback__
    while trace is not None:
        at = f" in {trace.tb_frame.f_globals.get('__name__')}.{trace.tb_frame.f_code.co_qualname}"
        trace = trace.tb_next
    return f"{type(cause).__name__}{at}"
