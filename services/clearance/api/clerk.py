"""A command's way into the log, and its result out of the store.

Nothing is decided here: a command that seems pointless is written all the same. Only an id that was used for something
else is refused, as far as the store shows it or this process has written it: the store shows what became of a command
before it shows what the command said.
"""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import NamedTuple, Protocol

import msgspec

from clearance.api import position
from clearance.api.problems import Problem
from clearance.api.request import Asked
from clearance.edge.outcomes import TakenArrival
from clearance.events.log.input_records import InputRecord, input_record
from clearance.events.log.inputs import Command
from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement, StatementKind
from clearance.events.step.partial_readers import StatedStatus
from clearance.kafka.errors import BrokerError
from clearance.kafka.places import Place
from clearance.metrics import Board
from clearance.settings.clock import monotonic, utc_now
from clearance.store.reader import Reader
from clearance.store.rows import Outcome

POLL_SECONDS = 0.05
"""Between two looks at the store for a result."""
APPEND_SECONDS = 5.0
"""How long the broker may take to acknowledge a command."""
MOST_WRITTEN = 10_000
"""Commands of which it is known here that they were written; of older ones only the store tells."""


class Log(Protocol):
    """Where inputs are appended, and what arrives is taken; `clearance.edge.append.Edge` is one."""

    @property
    def skew(self) -> float | None:
        """How far our wall clock was ahead of the broker's at the last append [s]; None while nobody knows."""
        ...

    async def append(self, record: InputRecord) -> Place:
        """Append and return where it lies, once the broker has acknowledged it. Raises `BrokerError`."""
        ...

    def take_many(self, arrivals: Iterable[Arrival]) -> AsyncIterator[TakenArrival]:
        """Append or refuse each, and give what became of it once that is acknowledged. Raises `BrokerError`."""
        ...


class Written(NamedTuple):
    """A command that this process has written to the log."""

    declaration: str
    statement: Statement

    def says_the_same(self, other: "Written") -> bool:
        return (self.statement.kind, self.statement.body) == (other.statement.kind, other.statement.body)

    def pending(self) -> Outcome:
        return Outcome(self.statement.command_id, self.declaration, "pending", "", self.statement.issued_at)


class Clerk:
    """Carries commands to the log and waits a little for what becomes of them."""

    def __init__(self, log: Log, board: Board, wait_seconds: float) -> None:
        self._log, self._board, self._wait_seconds = log, board, wait_seconds
        self._written: OrderedDict[tuple[str, str], Written] = OrderedDict()

    def pending(self, viewer: str, command_id: str) -> Outcome | None:
        """That it is pending, of a command that this viewer gave here: it is, while the store shows no result."""
        held = self._written.get((viewer, command_id))
        return held.pending() if held else None

    async def carry(
        self, ask: Asked, declaration: str, kind: StatementKind, body: dict[str, str], key: str | None, by: str = ""
    ) -> Outcome:
        """The result, or one with the outcome `pending`. Raises `Problem`: id used before, log away.

        `by` names who states it; without it the key is."""
        statement = Statement(
            command_id=key or uuid.uuid4().hex,
            kind=kind,
            issued_at=utc_now(),
            organisation=ask.organisation,
            body=body,
            by=by or ask.by,
        )
        given = Written(declaration, statement)
        self._held(ask.viewer.name, given)
        outcome = await ask.run("cheap", partial(_known, ask, declaration, statement))
        if outcome is None:
            self._hold(ask.viewer.name, given)
            place = await self._append(ask.viewer.name, declaration, statement)
            ask.headers.update(position.told(ask.epoch, [place]))
            outcome = await self._result(ask, declaration, statement)
        self._board.add("clearance_commands_total", kind, outcome.outcome)
        return outcome

    def _hold(self, viewer: str, given: Written) -> None:
        """Keep it until others are newer. Raises `Problem`."""
        held = self._held(viewer, given)
        if held and held.declaration != given.declaration:
            raise Problem("command-id-reused", command_id=given.statement.command_id)
        self._written.setdefault((viewer, given.statement.command_id), given)
        while len(self._written) > MOST_WRITTEN:
            self._written.popitem(last=False)

    def _held(self, viewer: str, given: Written) -> Written | None:
        """What this viewer has given here by the same id. Raises `Problem` if it says something else."""
        held = self._written.get((viewer, given.statement.command_id))
        if held and not held.says_the_same(given):
            raise Problem("command-id-reused", command_id=given.statement.command_id)
        return held

    async def _append(self, viewer: str, declaration: str, statement: Statement) -> Place:
        record = input_record(declaration, Command(at=statement.issued_at, statement=statement))
        try:
            async with asyncio.timeout(APPEND_SECONDS):
                return await self._log.append(record)
        except (BrokerError, TimeoutError) as error:
            self._written.pop((viewer, statement.command_id), None)
            self._board.add("clearance_commands_total", statement.kind, "unavailable")
            raise Problem("log-unreachable", command_id=statement.command_id) from error

    async def _result(self, ask: Asked, declaration: str, statement: Statement) -> Outcome:
        until = monotonic() + self._wait_seconds
        while (outcome := await ask.run("cheap", partial(_told, ask, declaration, statement))) is None:
            if monotonic() >= until:
                return Written(declaration, statement).pending()
            await asyncio.sleep(POLL_SECONDS)
        if outcome.outcome == "refused":  # it has changed nothing, and its id is free
            self._written.pop((ask.viewer.name, statement.command_id), None)
        return outcome


def _known(ask: Asked, declaration: str, statement: Statement) -> Outcome | None:
    """What became of a command of this id before. Raises `Problem` if it was another command."""
    with ask.reading() as reader:
        found = _own(reader, statement)
        target = reader.primary_of(declaration)
        for one in found:
            if reader.primary_of(one.declaration) != target or _other(reader, one, statement):
                raise Problem("command-id-reused", command_id=statement.command_id)
    return found[0] if found else None


def _told(ask: Asked, declaration: str, statement: Statement) -> Outcome | None:
    """What became of this command, at its declaration or where that has sent it on to."""
    with ask.reading() as reader:
        target = reader.primary_of(declaration)
        found = _own(reader, statement)
        return next((one for one in found if reader.primary_of(one.declaration) == target), None)


def _own(reader: Reader, statement: Statement) -> list[Outcome]:
    """Results of the command, and not of another's by the same id."""
    return [one for one in reader.outcomes(statement.command_id) if one.organisation == statement.organisation]


def _other(reader: Reader, outcome: Outcome, statement: Statement) -> bool:
    """Whether what was accepted under this id says something else; of what was refused nothing is kept."""
    row = reader.declaration(outcome.declaration)
    held = _STATED_STATUS.decode(row.record).statements if row else ()
    return any(one.key == statement.key and (one.kind, one.body) != (statement.kind, statement.body) for one in held)


_STATED_STATUS = msgspec.json.Decoder(StatedStatus)
