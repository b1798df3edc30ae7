"""The reader's rule (docs/architecture.md), for every reader of events and states: what is newer is applied, once.

Delivery is at least once, and a paused worker may still write old records: with this rule a reader is exact.
"""

from typing import Literal, NamedTuple

Verdict = Literal["skip", "apply", "wait"]


class Numbered(NamedTuple):
    """(epoch, seq) of an event, or (epoch, src) of a state; compared in that order."""

    epoch: int
    number: int


def judge_event(held: Numbered | None, given: Numbered) -> Verdict:
    """`held` is the last event that the reader has applied of this declaration, None if none.

    skip: it has it. apply: it is the next one. wait: some are missing in between; they are in the log, before this one,
    or the log has been purged and the reader takes the state as its base.
    """
    if held is not None and given <= held:
        return "skip"
    last = held.number if held is not None and held.epoch == given.epoch else 0
    return "apply" if given.number == last + 1 else "wait"


def newer_state(held: Numbered | None, given: Numbered) -> bool:
    """Whether a state is to be applied; `held` is the (epoch, src) that the reader has of this declaration."""
    return held is None or given > held
