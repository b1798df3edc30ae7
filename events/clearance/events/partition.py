"""The fold of one partition: which declarations an input touches, and the clock over all of them.

Holds the only mutable thing of this package: the states in memory and a heap of their next deadlines.
"""

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from clearance.events.inputs import BackfillEnd, Clock, Input
from clearance.events.outputs import Step
from clearance.events.settle import rearmed
from clearance.events.state import Declaration
from clearance.events.step import step
from clearance.events.tables import Tables

CLOCK_AHEAD = timedelta(seconds=60)
"""A clock that is further ahead of its broker timestamp is ignored: its writer's clock is wrong."""


class Partition:
    """States by declaration id. Deterministic: the same inputs give the same steps in the same order."""

    def __init__(self, tables: Tables, states: Iterable[Declaration] = (), ended: frozenset[str] = frozenset()) -> None:
        self.tables = tables
        self.states = {state.id: rearmed(state, tables) for state in states}
        self.ended = ended  # backfills whose end has been folded
        self._deadlines = [(state.deadline, state.id) for state in self.states.values() if state.deadline]
        heapq.heapify(self._deadlines)

    def fold(self, key: str, given: Input) -> list[Step]:
        """Fold one input of the log; `key` is its declaration id (ignored for a clock). Inputs at or below the
        position that a declaration has folded already are skipped."""
        if isinstance(given, Clock):
            return self._clock(given)
        if isinstance(given, BackfillEnd):
            return self._backfill_end(given)
        if given.backfill and given.backfill in self.ended:
            return self._one(key, given, late_backfill=True)
        return self._one(key, given)

    def due(self) -> datetime | None:
        """The earliest deadline of the partition."""
        while self._deadlines and self._stale(*self._deadlines[0]):
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def _one(self, key: str, given: Input, late_backfill: bool = False) -> list[Step]:
        before = self.states.get(key) or Declaration(key)
        if given.position <= before.src:
            return []
        steps = [self._keep(step(before, given, self.tables))]
        state = self.states.get(key)
        if late_backfill and state is not None and state.backfill:
            end = BackfillEnd(position=given.position, at=given.at, backfill=state.backfill)
            steps.append(self._keep(step(state, end, self.tables)))
        return steps

    def _clock(self, given: Clock) -> list[Step]:
        if is_ahead(given):
            return []
        due = [self.states[name] for name in self._due_by(given.at)]
        for state in due:  # one that has folded this clock before a restart waits for the next one
            if state.deadline is not None and given.position <= state.src:
                heapq.heappush(self._deadlines, (state.deadline, state.id))
        return [self._keep(step(state, given, self.tables)) for state in due if given.position > state.src]

    def _due_by(self, now: datetime) -> list[str]:
        """Declarations with a deadline up to `now`, in the order of (deadline, id)."""
        found: dict[str, None] = {}
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, name = heapq.heappop(self._deadlines)
            if not self._stale(deadline, name):
                found[name] = None
        return list(found)

    def _backfill_end(self, given: BackfillEnd) -> list[Step]:
        self.ended |= {given.backfill}
        waiting = sorted(name for name, state in self.states.items() if state.backfill == given.backfill)
        todo = [self.states[name] for name in waiting if given.position > self.states[name].src]
        return [self._keep(step(state, given, self.tables)) for state in todo]

    def _keep(self, taken: Step) -> Step:
        state = taken.declaration
        before = self.states.get(state.id)
        if state is not before and (before is not None or state.seq or state.src >= 0):
            self.states[state.id] = state
            if state.deadline is not None and (before is None or before.deadline != state.deadline):
                heapq.heappush(self._deadlines, (state.deadline, state.id))
        return taken

    def _stale(self, deadline: datetime, name: str) -> bool:
        state = self.states.get(name)
        return state is None or state.deadline != deadline


def is_ahead(given: Clock) -> bool:
    """Whether a clock is to be ignored: it claims a time that the broker had not reached."""
    return given.appended_at is not None and given.at - given.appended_at > CLOCK_AHEAD


def placed(given: Input, position: int) -> Input:
    """The input at its position in the log."""
    return replace(given, position=position)
