"""States as bytes and back: the value of a `declaration-status` record. What can be derived is not stored."""

from datetime import datetime

import msgspec
from msgspec import Struct

from clearance.events.anomalies.ledger import Anomaly, Ledger, Result
from clearance.events.log.upcasting import VERSIONS, up_to_date
from clearance.events.receipts.cap import cap_order
from clearance.events.receipts.facts import Claim, Fact, Facts, Statement, key_of
from clearance.events.receipts.related import UNRELATED, Related
from clearance.events.standing.reuse import left_out, track_of
from clearance.events.standing.view import View, view
from clearance.events.step.declaration import Declaration
from clearance.events.step.settle import rearmed
from clearance.events.tables.tables import Tables


class StatusRecord(Struct, frozen=True, kw_only=True, gc=False):
    """The whole state of one declaration, and its view for readers who do not fold."""

    schema_version: int = VERSIONS["status"]
    declaration: str
    epoch: int
    src: int
    seq: int
    deadline: datetime | None
    tables: str
    merged_into: str
    backfill: str
    receipts: tuple[Fact, ...]
    statements: tuple[Statement, ...]
    claims: tuple[Claim, ...]
    numbers: tuple[str, ...]
    organisations: tuple[str, ...]
    results: dict[str, Result]
    anomalies: tuple[Anomaly, ...]
    view: View
    related: Related | None = None


def encode_state(declaration: Declaration, tables: Tables) -> bytes:
    """The state as JSON; equal states give equal bytes."""
    facts, ledger = declaration.facts, declaration.ledger
    record = StatusRecord(
        declaration=declaration.id,
        epoch=declaration.epoch,
        src=declaration.src,
        seq=declaration.seq,
        deadline=declaration.deadline,
        tables=declaration.tables,
        merged_into=declaration.merged_into,
        backfill=declaration.backfill,
        receipts=_receipts(declaration, tables),
        statements=tuple(facts.statements[key] for key in sorted(facts.statements)),
        claims=tuple(sorted(facts.claims)),
        numbers=tuple(sorted(facts.numbers)),
        organisations=tuple(sorted(facts.organisations)),
        results=dict(sorted(ledger.results.items())),
        anomalies=tuple(ledger.anomalies[key] for key in sorted(ledger.anomalies)),
        view=view(facts, tables, declaration.track),
        related=None if facts.related is UNRELATED else facts.related,
    )
    return _DETERMINISTIC.encode(record)


def _receipts(declaration: Declaration, tables: Tables) -> tuple[Fact, ...]:
    """In the order of the fold, then those that do not count."""
    taken = tuple(taken.fact for taken in declaration.track.taken)
    if not declaration.facts.claims:
        return taken
    out = left_out(declaration.facts, tables.numbers)
    return (*taken, *(out[key] for key in sorted(out, key=cap_order)))


def decode_state(data: bytes, tables: Tables) -> Declaration:
    """The state of a record. Raises `msgspec.DecodeError` for bytes that are none, and `NewerVersion`."""
    record = _STATUS_RECORD.decode(up_to_date("status", data))
    facts = Facts(
        {key_of(fact.receipt): fact for fact in record.receipts},
        {statement.key: statement for statement in record.statements},
        frozenset(record.claims),
        frozenset(record.numbers),
        frozenset(record.organisations),
        related=record.related or UNRELATED,
    )
    anomalies = {(one.rule, one.deadline): one for one in record.anomalies}
    still_open = frozenset(key for key, one in anomalies.items() if one.state == "open")
    state = Declaration(
        id=record.declaration,
        facts=facts,
        ledger=Ledger(record.results, anomalies, still_open),
        track=track_of(facts, tables),
        merged_into=record.merged_into,
        deadline=record.deadline,
        tables=record.tables,
        backfill=record.backfill,
        src=record.src,
        seq=record.seq,
        epoch=record.epoch,
    )
    return rearmed(state, tables) if state.tables == tables.version else state


_DETERMINISTIC = msgspec.json.Encoder(order="deterministic")
_STATUS_RECORD = msgspec.json.Decoder(StatusRecord)
