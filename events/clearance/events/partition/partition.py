"""The fold of one partition: which declarations an input touches, and the clock over all of them.

Holds the only mutable thing of this package: the states in memory and a heap of their next deadlines.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from clearance.events.learning.cohorts import Key, chain
from clearance.events.learning.deferral import Deferral
from clearance.events.learning.expectations import Expectations
from clearance.events.log.inputs import BackfillEnd, Clock, ExpectationsInput, Input
from clearance.events.partition.deferrals import Deferrals
from clearance.events.partition.index import Index, MemoryIndex
from clearance.events.partition.memory import UNTOUCHED, States
from clearance.events.standing.track import is_open
from clearance.events.step.declaration import Declaration
from clearance.events.step.judging import judged
from clearance.events.step.outputs import Step
from clearance.events.step.settle import rearmed
from clearance.events.step.state_records import decode_state
from clearance.events.step.step import step
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import FailedOn

CLOCK_AHEAD = timedelta(seconds=60)
"""A clock that is further ahead of its broker timestamp is ignored: its writer's clock is wrong."""
SLACK = 1000
"""Deadlines that moved and still lie in the heap, beyond as many as count, before it is made anew."""


class Partition:
    """States by declaration id. Deterministic: the same inputs give the same steps in the same order. `index` knows
    those that are away from memory; `expectations` is the table that was folded last, None before the first, and
    `stream_time` the time of the last clock."""

    def __init__(
        self,
        tables: Tables,
        states: Iterable[Declaration] = (),
        ended: frozenset[str] = frozenset(),
        epoch: int = 0,
        index: Index | None = None,
        expectations: Expectations | None = None,
        stream_time: datetime | None = None,
    ) -> None:
        self.tables, self.expectations = tables, expectations
        self._deferrals = Deferrals(self._cohort_of, reached=stream_time)
        self._deferrals.judge_by(expectations)
        self.epoch = epoch
        self.states = States(lambda data: decode_state(data, tables), MemoryIndex() if index is None else index)
        self.ended = ended  # backfills whose end has been folded
        self._armed: dict[str, datetime] = {}
        self._deadlines: list[tuple[datetime, str]] = []  # a heap; only those that are armed still count
        self._backfills: dict[str, set[str]] = defaultdict(set)  # who may wait for the end of which
        for state in states:
            self.take(state)

    def fold(self, key: str, given: Input) -> list[Step]:
        """Fold one input of the log; `key` is its declaration id (ignored for a clock). Inputs at or below the
        position that a declaration has folded already are skipped. Raises `Away`, `Unreadable` and `FailedOn`."""
        if isinstance(given, Clock):
            return self._clock(given)
        if isinstance(given, BackfillEnd):
            return self._backfill_end(given)
        if isinstance(given, ExpectationsInput):
            return self._expect(given)
        if given.backfill and given.backfill in self.ended:
            return self._one(key, given, late_backfill=True)
        return self._one(key, given)

    @property
    def expectations_version(self) -> int:
        """That of the table in force; 0 before the first."""
        return self.expectations.version if self.expectations else 0

    def take(self, state: Declaration) -> None:
        """A state read back; its deadline is computed anew if it was folded with other tables."""
        self._hold(rearmed(state, self.tables))

    def remember(
        self,
        name: str,
        data: bytes,
        deadline: datetime | None = None,
        deferral: Deferral | None = None,
        backfill: str = "",
    ) -> None:
        """A state read back as bytes, which were computed with the tables now in force."""
        self.states.remember(name, data)
        self._arm(name, deadline, deferral)
        if backfill:
            self._backfills[backfill].add(name)

    def let_go(self, name: str, src: int) -> bool:
        """A state that was over at `src` leaves memory, if nothing has changed it since; whether it did."""
        if self.states.src(name) not in (src, UNTOUCHED):
            return False
        del self.states[name]
        return True

    def due(self) -> datetime | None:
        """The earliest deadline of the partition. One that was put off may be told at its floor."""
        while self._deadlines and self._stale(*self._deadlines[0]):
            heapq.heappop(self._deadlines)
        first = self._deadlines[0][0] if self._deadlines else None
        put_off = self._deferrals.due()
        return first if put_off is None or (first is not None and first < put_off) else put_off

    def _one(self, key: str, given: Input, late_backfill: bool = False) -> list[Step]:
        held: Declaration | None = self.states.get(key)
        before = held or Declaration(key, epoch=self.epoch)
        if given.position <= before.src:
            return []
        taken = step(before, given, self.tables)
        if self.expectations is not None and before.deferral is not None:
            taken = judged(taken, before, self.tables, self.expectations)
        steps = [self._keep(taken, held)]
        state = self.states.get(key)
        if late_backfill and state is not None and state.backfill:
            end = BackfillEnd(position=given.position, at=given.at, backfill=state.backfill)
            steps.append(self._keep(step(state, end, self.tables, self.expectations), state))
        return steps

    def _clock(self, given: Clock) -> list[Step]:
        if is_ahead(given):
            return []
        due = [self.states[name] for name in self._due_by(given.at)]
        for state in due:  # one that has folded this clock before a restart waits for the next one
            if given.position <= state.src:
                self._armed.pop(state.id, None)
                self._arm(state.id, state.deadline, state.deferral)
        return [self._step(state, given) for state in due if given.position > state.src]

    def _step(self, state: Declaration, given: Clock | BackfillEnd) -> Step:
        """Of one among many, none of which the input names. Raises `FailedOn`."""
        try:
            return self._keep(step(state, given, self.tables, self.expectations), state)
        except Exception as error:
            raise FailedOn(state.id, given.position) from error

    def _due_by(self, now: datetime) -> list[str]:
        """Declarations with a deadline up to `now`, in the order of (deadline, id)."""
        due = self._deferrals.take_due(now)
        while self._deadlines and self._deadlines[0][0] <= now:
            deadline, name = heapq.heappop(self._deadlines)
            if not self._stale(deadline, name):
                due.append((deadline, name))
        return list(dict.fromkeys(name for _, name in sorted(due)))

    def _backfill_end(self, given: BackfillEnd) -> list[Step]:
        self.ended |= {given.backfill}
        names = sorted(self._backfills.pop(given.backfill, ()))
        todo = [state for state in map(self.states.__getitem__, names) if state.backfill == given.backfill]
        return [self._step(state, given) for state in todo if given.position > state.src]

    def _expect(self, given: ExpectationsInput) -> list[Step]:
        """An older table, and the same once more, is ignored: whoever writes one may write it again."""
        if given.table.version > self.expectations_version:
            self.expectations = given.table.read()
            self._deferrals.judge_by(self.expectations)
        return []

    def _keep(self, taken: Step, before: Declaration | None) -> Step:
        state = taken.declaration
        if state is not before and (before is not None or state.seq or state.src >= 0):
            if before is not None and before.backfill and before.backfill != state.backfill:
                self._backfills[before.backfill].discard(state.id)
            self._hold(state)
        return taken

    def _hold(self, state: Declaration) -> None:
        self.states[state.id] = state
        self._arm(state.id, state.deadline, state.deferral)
        if state.backfill:
            self._backfills[state.backfill].add(state.id)

    def _cohort_of(self, name: str, given: Deferral) -> Key:
        return chain().narrowest(given.stay(name.partition(":")[0], self.tables))

    def _arm(self, name: str, deadline: datetime | None, deferral: Deferral | None) -> None:
        """What a declaration waits for: one deadline may be put off, and the next besides it may not."""
        self._deferrals.set(name, deferral)
        if deferral is not None:
            deadline = deferral.other
        if self._armed.get(name) == deadline:
            return
        if deadline is None:
            del self._armed[name]
            return
        self._armed[name] = deadline
        heapq.heappush(self._deadlines, (deadline, name))
        if len(self._deadlines) > 2 * len(self._armed) + SLACK:
            self._deadlines = [(at, armed) for armed, at in self._armed.items()]
            heapq.heapify(self._deadlines)

    def _stale(self, deadline: datetime, name: str) -> bool:
        return self._armed.get(name) != deadline


def is_over(state: Declaration, tables: Tables) -> bool:
    """Whether nothing is to come by itself: it waits for no deadline, and only a late input would touch it."""
    return (
        state.deadline is None and not state.backfill and (bool(state.merged_into) or not is_open(state.track, tables))
    )


def is_ahead(given: Clock) -> bool:
    """Whether a clock is to be ignored: it claims a time that the broker had not reached."""
    return given.appended_at is not None and given.at - given.appended_at > CLOCK_AHEAD


def placed(given: Input, position: int) -> Input:
    """The input at its position in the log."""
    return replace(given, position=position)
