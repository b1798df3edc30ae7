"""What is true of a declaration: `view(facts)`, a function of the set of its facts and of nothing else."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from clearance.contracts.codes import Meaning
from clearance.events import track as tracks
from clearance.events.facts import Fact, Facts, key_of
from clearance.events.fold import fold
from clearance.events.statements import NO_PLAN, Plan, plan
from clearance.events.tables import Tables
from clearance.events.track import Hold, Track
from clearance.events.transitions import CONDITIONAL

Effect = Literal["moved", "noted", "opened", "out_of_order", "after_end", "kept", "unknown"]
"""What a receipt did: moved the declaration to another stage; opened an obligation; was noted without moving anything;
came at a time when it could not move it (out_of_order, after_end); is known to say nothing of it; is not known."""

HOLDS = frozenset({"inspection", "detained", "suspended"})
RELEASED = frozenset({"released", "exited", "closed"})
PARTIES = ("agent", "trade", "owner")
PARTY_FIELDS = ("code", "scc", "name")


class Entry(Struct, frozen=True, gc=False):
    """One line of the timeline. `clock` says whose time `at` is; `late`: received after a later one had been."""

    at: datetime
    clock: Literal["authority", "received"]
    authority_time: str
    precision: str
    received_at: datetime
    receipt_id: str
    system: str
    code: str
    status: str
    effect: Effect
    zh: str
    en: str
    text: str
    format: str
    message_id: str
    late: bool


class View(Struct, frozen=True):
    """The answer to "where does it stand?". Lists are sorted, so equal facts give equal bytes.

    `stage` is where it stands; `status` is what to show: the stage, or before release the open obligation that
    matters most. `releasable`: released and no open hold. `stage_times`: when it first came to each stage.
    """

    status: str
    group: str
    open: bool
    acts: str
    stage: str
    since: datetime | None
    releasable: bool
    flags: tuple[str, ...]
    holds: tuple[Hold, ...]
    stage_times: dict[str, datetime]
    numbers: dict[str, tuple[str, ...]]
    organisations: tuple[str, ...]
    parties: dict[str, dict[str, str]]
    details: dict[str, str]
    transport_plan: Plan
    timeline: tuple[Entry, ...]


def view(facts: Facts, tables: Tables, track: Track | None = None) -> View:
    """Fold the facts and say what is true. Any order, repetition or way of routing gives the identical view.

    `track` is their fold, where it is at hand.
    """
    if track is None:
        track = fold(facts.receipts.values(), tables)
    status = track.status
    row = tables.codes.statuses[status]
    holds = sorted((*track.ended, *track.holds.values()), key=lambda hold: (hold.since, hold.kind, hold.receipt_id))
    stage = tracks.shown_stage(track)
    return View(
        status=status,
        group=row.group,
        open=tracks.is_open(track, tables),
        acts=tables.codes.statuses[tracks.urgent(track, tables) or status].acts,
        stage=stage,
        since=track.since if track.cause else None,
        releasable=stage in RELEASED and not HOLDS & track.holds.keys(),
        flags=_flags(facts, track),
        holds=tuple(holds),
        stage_times=dict(sorted(track.milestones.items())),
        numbers=_numbers(facts),
        organisations=tuple(sorted(facts.organisations)),
        parties=_parties(track.details),
        details=dict(sorted(item for item in track.details.items() if not _is_party(item[0]))),
        transport_plan=plan(facts) if facts.statements else NO_PLAN,
        timeline=_timeline(track),
    )


def encode(one: View) -> bytes:
    """The view as JSON, the same bytes for equal views."""
    return msgspec.json.encode(one, order="deterministic")


def _flags(facts: Facts, track: Track) -> tuple[str, ...]:
    """Everything that holds beside the status, by name."""
    found = set(track.holds)
    found |= {flag for rule, flag in LASTING.items() if rule in track.lasting}
    found |= {flag for flag, holds in _conditions(facts, track) if holds}
    return tuple(sorted(found))


LASTING = {
    "A16": "conflicting_copies",
    "A17": "out_of_order",
    "A19": "after_end",
    "A20": "unknown_code",
    "A21": "contradiction",
}


def _conditions(facts: Facts, track: Track) -> tuple[tuple[str, bool], ...]:
    return (
        ("conditional_release", track.stage == CONDITIONAL),
        ("awaiting_arrival", track.stage == "received" and "mrn" in {n.partition(":")[0] for n in facts.numbers}),
        ("amended", "amended" in track.seen),
        ("awaiting_exit", "awaiting_exit" in track.seen and track.stage in ("released", CONDITIONAL)),
        ("too_many_facts", facts.full),
        ("number_conflict", bool(facts.claims)),
    )


def _numbers(facts: Facts) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for number in sorted(facts.numbers):
        kind, _, value = number.partition(":")
        found[kind] = (*found.get(kind, ()), value)
    return found


def _is_party(field: str) -> bool:
    return field.partition("_")[0] in PARTIES and field.partition("_")[2] in PARTY_FIELDS


def _parties(details: dict[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field, value in sorted(details.items()):
        if _is_party(field):
            party, _, name = field.partition("_")
            found.setdefault(party, {})[name] = value
    return found


def _timeline(track: Track) -> tuple[Entry, ...]:
    """In the order of (time, receipt id, code); the rank of equal times orders the fold, not the list."""
    entries = [_entry(fact, meaning, effect, track) for fact, meaning, effect in track.taken]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.receipt_id, entry.code)))


def _entry(fact: Fact, meaning: Meaning | None, effect: str, track: Track) -> Entry:
    receipt = fact.receipt
    return Entry(
        at=fact.at,
        clock="authority" if receipt.occurred_at else "received",
        authority_time=receipt.authority_time,
        precision=receipt.precision,
        received_at=fact.received_at,
        receipt_id=receipt.receipt_id,
        system=receipt.system,
        code=receipt.code,
        status=meaning.status if meaning else "",
        effect=effect,  # type: ignore[arg-type]
        zh=meaning.row.zh if meaning else "未知代码",
        en=meaning.row.en if meaning else "unknown code",
        text=receipt.text,
        format=receipt.format,
        message_id=fact.message_id,
        late=key_of(receipt) in track.late,
    )
