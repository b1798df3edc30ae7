"""Fold a recording: messages in the order of arrival, with the clock and the links that a running system would add.

Used by `clearance replay`, the pytest plugin and the tests: one declaration life in memory, no broker.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.events.learning.expectations import Expectations, written
from clearance.events.log.inputs import BackfillEnd, Clock, Command, ExpectationsInput, Input, Message, RelatedInput
from clearance.events.partition.partition import Partition, placed
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.routing import message_id, route
from clearance.events.standing.view import View, view
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event
from clearance.events.tables.tables import Tables
from clearance.events.values.errors import InvalidMessage


class Arrival(Struct, frozen=True, kw_only=True):
    """One thing that arrived: the bytes of a message, a command, or the passing of time. `name` is for people.

    `stated_at` is the time in the name of a file, `conversation` the id of the exchange with the authority in which it
    came; `refusal` says why it could not even be read.
    """

    name: str
    at: datetime
    kind: Literal["message", "command", "clock", "backfill-end"] = "message"
    data: bytes = b""
    authority: str = ""
    organisation: str = ""
    system: str = ""
    backfill: str = ""
    hints: tuple[str, ...] = ()
    stated_at: datetime | None = None
    conversation: str = ""
    declaration: str = ""
    statement: Statement | None = None
    refusal: str = ""


class Refused(Struct, frozen=True):
    """An arrival that is no message, and why."""

    name: str
    reason: str


class Replay:
    """The system in memory: `feed` arrivals, then read `declarations`, `views`, `events`, `refused`, `duplicates`.
    `expectations` is a table of what was learned, by which it judges from the beginning."""

    def __init__(self, tables: Tables, expectations: Expectations | None = None) -> None:
        self.tables = tables
        self.partition = Partition(tables)
        self.events: list[Event] = []
        self.refused: list[Refused] = []
        self.duplicates: list[str] = []
        self.log: list[tuple[str, Input]] = []
        self._came: set[tuple[str, str]] = set()  # equal bytes may be of several declarations, by their files' names
        self._now: datetime | None = None
        if expectations is not None:
            self._append("", ExpectationsInput(at=expectations.as_of, table=written(expectations)))

    def feed(self, arrivals: Iterable[Arrival]) -> "Replay":
        for arrival in arrivals:
            self.take(arrival)
        return self

    def take(self, arrival: Arrival) -> None:
        """One arrival, after the deadlines that passed before it. A bad message is noted and the next one is taken."""
        if arrival.refusal:
            self.refused.append(Refused(arrival.name, arrival.refusal))
            return
        self.pass_time(arrival.at)
        try:
            inputs = self._inputs(arrival)
        except InvalidMessage as error:
            self.refused.append(Refused(arrival.name, error.reason))
            return
        applied = [self._append(key, given) for key, given in inputs]
        came = {(key, given.message_id) for key, given in inputs if isinstance(given, Message)}
        if came and (not any(applied) or came <= self._came):
            self.duplicates.append(arrival.name)
        self._came |= came

    @property
    def declarations(self) -> dict[str, Declaration]:
        """The states that stand for themselves, by id: aliases that belong to a primary number are left out."""
        states = self.partition.states
        return {name: states[name] for name in sorted(states) if not states[name].merged_into}

    @property
    def views(self) -> dict[str, View]:
        return {name: view(state.facts, self.tables) for name, state in self.declarations.items()}

    def pass_time(self, at: datetime) -> None:
        """What the live tracker does: a clock record whenever a deadline is due."""
        self._now = at if self._now is None else max(self._now, at)
        while (due := self.partition.due()) is not None and due <= self._now:
            self._append("", Clock(at=due))

    def relate(self, declaration: str, related: RelatedInput) -> bool:
        """What the analyst, of whom a replay has none, says of other declarations; whether that changed anything."""
        return self._append(declaration, related)

    def _inputs(self, arrival: Arrival) -> list[tuple[str, Input]]:
        at, backfill = arrival.at, arrival.backfill
        if arrival.kind == "clock":
            return [("", Clock(at=at))]
        if arrival.kind == "backfill-end":
            return [("", BackfillEnd(at=at, backfill=backfill))]
        if arrival.statement is not None:
            return [(self.tables.numbers.checked_id(arrival.declaration), Command(at=at, statement=arrival.statement))]
        children = route(
            arrival.data,
            self.tables,
            authority=arrival.authority,
            sender=arrival.organisation,
            system=arrival.system,
            hints=arrival.hints,
        )
        own = message_id(arrival.data)
        return [
            (
                child.declaration,
                Message(
                    at=at,
                    backfill=backfill,
                    receipts=child.receipts,
                    message_id=own,
                    organisation=arrival.organisation,
                    stated_at=arrival.stated_at,
                    conversation=arrival.conversation,
                ),
            )
            for child in children
        ]

    def _append(self, key: str, given: Input) -> bool:
        """Append one input and everything it sends, as a log would hold them; whether the first changed anything."""
        waiting = deque([(key, given)])
        applied: bool | None = None
        while waiting:
            to, sent = waiting.popleft()
            sent = placed(sent, len(self.log))
            self.log.append((to, sent))
            steps = self.partition.fold(to, sent)
            for step in steps:
                self.events += step.events
                waiting += [(send.to, send.input) for send in step.sends]
            if applied is None:
                applied = any(step.outcome == "applied" for step in steps)
        return bool(applied)
