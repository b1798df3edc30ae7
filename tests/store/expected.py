"""What the store must hold, computed from the states and events of the fold and from nothing that the store uses."""

from functools import lru_cache
from hashlib import sha256

import msgspec
from sqlalchemy import Engine, select
from tests.helpers.partition_logs import TABLES

from clearance.events.anomalies.handling import handling_of, state_for
from clearance.events.anomalies.ledger import anomaly_id
from clearance.events.log.input_records import InputRecord, read_input
from clearance.events.receipts.formats import parse
from clearance.events.standing.spans import SPANS, begun, first, lengths
from clearance.events.standing.view import view
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import Event
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import parse_utc
from clearance.kafka.names import BASE
from clearance.kafka.wire import event_record, status_record
from clearance.store.positions import Place
from clearance.store.schema import (
    anomalies,
    declarations,
    event_heads,
    events,
    former_parties,
    handlings,
    messages,
    numbers,
    parties,
    spans,
)

from .written import Record, Written

KINDS = (("uscc", "scc"), ("customs", "code"))
Rows = dict[str, set[tuple[object, ...]]]


@lru_cache(maxsize=4)
def expected(log: Written) -> Rows:
    """By table, the columns that `held` reads; of a log that is written."""
    states = log.states.values()
    return {
        "declarations": {_declaration(state) for state in states},
        "numbers": {row for state in states for number in state.facts.numbers for row in _numbers(state.id, number)},
        "parties": {row for state in states for row in _parties(state)},
        "former_parties": {row for state in states for row in _former_parties(state)},
        "anomalies": {row for state in states for row in _anomalies(state)},
        "handlings": {row for state in states for row in _handlings(state)},
        "spans": {row for state in states for row in _spans(state)},
        "events": {_event(one) for one in log.events},
        "messages": {row for place in log.records if place[0] == BASE.inputs for row in _messages(log, place)},
        "event_heads": {(state.id, state.epoch, state.seq, False) for state in states if state.seq},
    }


def _numbers(declaration: str, number: str) -> set[tuple[object, ...]]:
    """A number within its sender is found without it too."""
    kind, value = number.split(":", 1)
    alone = (
        {(declaration, kind.removeprefix("sender-"), value.split("/", 1)[1])} if kind.startswith("sender-") else set()
    )
    return {(declaration, kind, value)} | alone


def _parties(state: Declaration) -> set[tuple[object, ...]]:
    """Whoever a message names, the connections, and whom the operator lets see it."""
    shown = view(state.facts, TABLES)
    codes = [(kind, one.get(field, "")) for one in shown.parties.values() for kind, field in KINDS]
    connections = [("connection", one) for one in state.facts.organisations]
    granted = [("organisation", one) for one in shown.granted]
    return {(state.id, f"{kind}:{value}") for kind, value in (*codes, *connections, *granted) if value}


def _former_parties(state: Declaration) -> set[tuple[object, ...]]:
    """Whoever another took the place of, and who was granted sight for a time; unless they see it again."""
    shown = view(state.facts, TABLES)
    codes = [
        (kind, code)
        for replaced, those in shown.named_before.items()
        for code in those
        for kind, field in KINDS
        if replaced.rpartition("_")[2] == field
    ]
    withdrawn = [("organisation", one) for one in shown.withdrawn]
    once: set[tuple[object, ...]] = {(state.id, f"{kind}:{value}") for kind, value in (*codes, *withdrawn)}
    return once - _parties(state)


def held(engine: Engine) -> Rows:
    """What is in the store."""
    one, wrong, told = declarations.c, anomalies.c, events.c
    asked = {
        "declarations": select(
            *(one.id, one.epoch, one.src, one.seq, one.status, one.group, one.open, one.since, one.merged_into),
            *(one.authority, one.office, one.direction, one.transport_mode, one.record),
        ),
        "numbers": select(numbers),
        "parties": select(parties.c.declaration, parties.c.identifier),
        "former_parties": select(former_parties.c.declaration, former_parties.c.identifier),
        "anomalies": select(
            *(wrong.id, wrong.declaration, wrong.rule, wrong.severity, wrong.level, wrong.state, wrong.opened_at),
            *(wrong.since, wrong.limit, wrong.says, wrong.acknowledged_by, wrong.turns, wrong.office, wrong.direction),
        ),
        "handlings": select(handlings),
        "spans": select(spans),
        "events": select(told.declaration, told.epoch, told.seq, told.type, told.at, told.command_id, told.value),
        "messages": select(messages),
        "event_heads": select(event_heads),
    }
    with engine.connect() as connection:
        return {name: {tuple(row) for row in connection.execute(query)} for name, query in asked.items()}


def _declaration(state: Declaration) -> tuple[object, ...]:
    shown = view(state.facts, TABLES)
    details = (shown.details.get(name, "") for name in ("office", "direction", "transport_mode"))
    version = (state.id, state.epoch, state.src, state.seq)
    standing = (shown.status, shown.group, shown.open, shown.since, state.merged_into)
    return (*version, *standing, state.authority, *details, status_record(state, TABLES).value)


def _anomalies(state: Declaration) -> list[tuple[object, ...]]:
    details = view(state.facts, TABLES).details
    where = (details.get("office", ""), details.get("direction", ""))
    return [
        (
            *(anomaly_id(state.id, one.rule, one.deadline), state.id, one.rule, one.severity, one.level, one.state),
            *(one.deadline, one.since, one.limit, one.says, one.acknowledged_by, _json(one.turns), *where),
        )
        for one in state.ledger.anomalies.values()
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _handlings(state: Declaration) -> list[tuple[object, ...]]:
    """What each organisation has done; of a closing by the operator the anomaly itself tells."""
    return [
        (
            anomaly_id(state.id, one.rule, one.deadline),
            organisation,
            state.id,
            "" if state_for(one, organisation) == one.state else state_for(one, organisation),
            bool(handling_of(one, organisation).acknowledged_by),
            handling_of(one, organisation).assignee,
        )
        for one in state.ledger.anomalies.values()
        for organisation in {turn.organisation for turn in one.turns if turn.command_id}
    ]


def _spans(state: Declaration) -> list[tuple[object, ...]]:
    shown = view(state.facts, TABLES)
    ended, running = lengths(shown.stage_times), begun(shown.stage_times)
    details = [shown.details.get(name, "") for name in ("office", "direction", "transport_mode")]
    group = (state.authority, *details)
    return [
        (state.id, span.name, at, ended.get(span.name), span.name in running and shown.open, *group)
        for span in SPANS
        if not state.merged_into and (at := first(shown.stage_times, span.begins)) is not None
    ]


def _messages(log: Written, place: Place) -> list[tuple[object, ...]]:
    """The first copy of each message that the fold takes."""
    first: dict[tuple[bytes | None, str], tuple[object, ...]] = {}
    for record in log.records[place]:
        head = dict(record.headers)
        if head.get("kind") == b"message" and record.key and _is_taken(record):
            value = record.value or b""
            name = sha256(value).hexdigest()
            lies = (record.key.decode(), name, place[1], record.offset)
            said = (parse_utc(head["received-at"].decode()), head["organisation"].decode())
            format_ = parse(value, TABLES, system=head.get("system", b"").decode())[0].format
            first.setdefault((record.key, name), (*lies, format_, len(value), *said))
    return [*first.values()]


def _is_taken(record: Record) -> bool:
    try:
        read_input(InputRecord((record.key or b"").decode(), record.value or b"", record.headers), TABLES)
    except InvalidMessage:
        return False
    return True


def _event(one: Event) -> tuple[object, ...]:
    command_id = getattr(one.data, "command_id", None)
    kind = one.data.__struct_config__.tag
    return (one.declaration, one.epoch, one.seq, kind, one.at, command_id, event_record(one).value)
