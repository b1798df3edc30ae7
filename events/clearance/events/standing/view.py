"""What is true of a declaration: `view(facts)`, a function of the set of its facts and of nothing else."""

from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from clearance.events.receipts.facts import Facts
from clearance.events.standing import completion
from clearance.events.standing import track as tracks
from clearance.events.standing.reuse import is_contested, is_undecided, track_of
from clearance.events.standing.statements import NO_PLAN, Plan, granted, in_force, plans, withdrawn
from clearance.events.standing.timeline import Entry, entry_of
from clearance.events.standing.track import Hold, Track
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import CONDITIONAL
from clearance.events.values.goods import GoodsLine

HOLDS = frozenset({"inspection", "detained", "suspended", "held_by_agency"})
RELEASED = frozenset({"released", "exited", "closed"})
PARTIES = {
    f"{party}_{field}": (party, field) for party in ("agent", "trade", "owner") for field in ("code", "scc", "name")
}


class View(Struct, frozen=True, gc=False):
    """The answer to "where does it stand?". Lists are sorted, so equal facts give equal bytes.

    `stage` is where it stands; `status` is what to show: the stage, or before release the open obligation that
    matters most. `obligation` is the open one for which `acts` must act, also after the release, "" if there is none.
    `releasable`: released and no open hold. `stage_times`: when it first came to each stage.
    `goods`: the lines of the declaration that was sent last. `granted`: organisations that the operator lets see it,
    `withdrawn`: that he let see it once. `named_before`: codes of parties that a later message replaced, by field.
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
    obligation: str = ""
    goods: tuple[GoodsLine, ...] = ()
    granted: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    named_before: dict[str, tuple[str, ...]] = {}


def view(facts: Facts, tables: Tables, track: Track | None = None) -> View:
    """Fold the facts and say what is true. Any order, repetition or way of routing gives the identical view.

    `track` is their fold, where it is at hand.
    """
    if track is None:
        track = track_of(facts, tables)
    status = track.status
    row = tables.codes.statuses[status]
    obligation = tracks.urgent(track, tables)
    stage = tracks.shown_stage(track)
    return View(
        status=status,
        group=row.group,
        open=tracks.is_open(track, tables),
        acts=tables.codes.statuses[obligation or status].acts,
        obligation=obligation,
        stage=stage,
        since=track.since if track.cause else None,
        releasable=stage in RELEASED and (not track.holds or HOLDS.isdisjoint(tracks.kinds(track))),
        flags=_flags(facts, track, tables),
        holds=_holds(track, tables),
        stage_times=dict(sorted(track.milestones.items())),
        numbers=_numbers(facts),
        organisations=tuple(sorted(facts.organisations)),
        parties=_parties(track.details),
        details=dict(sorted(item for item in track.details.items() if item[0] not in PARTIES)),
        goods=track.goods,
        transport_plan=in_force(plans(facts)) if facts.statements else NO_PLAN,
        granted=granted(facts) if facts.statements else (),
        withdrawn=withdrawn(facts) if facts.statements else (),
        named_before=_named_before(track) if track.named_before else {},
        timeline=tuple(map(entry_of, track.taken)),
    )


def encode(shown: View) -> bytes:
    """The view as JSON, the same bytes for equal views."""
    return msgspec.json.encode(shown, order="deterministic")


def _holds(track: Track, tables: Tables) -> tuple[Hold, ...]:
    """All obligations, open and ended, in the order of their beginning."""
    if not track.ended and not track.holds:
        return ()
    every = tracks.obligations((*track.ended, *track.holds.values()), tables)
    if (due := completion.due(track)) is not None:
        every[every.index(due)] = replace(due, limit=completion.limit(track, due, tables))
    return tuple(sorted(every, key=lambda hold: (hold.since, hold.kind, hold.receipt_id)))


def _flags(facts: Facts, track: Track, tables: Tables) -> tuple[str, ...]:
    """Everything that holds beside the status, by name."""
    flags = tracks.kinds(track)
    flags |= {LASTING[rule] for rule in track.lasting}
    flags |= {flag for flag, holds in _conditions(facts, track, tables) if holds}
    return tuple(sorted(flags))


LASTING = {
    "A16": "conflicting_copies",
    "A17": "out_of_order",
    "A19": "after_end",
    "A20": "unknown_code",
    "A21": "contradiction",
    "A22": "time_in_doubt",
    "A23": "number_conflict",
}


def _conditions(facts: Facts, track: Track, tables: Tables) -> tuple[tuple[str, bool], ...]:
    return (
        ("conditional_release", track.stage == CONDITIONAL),
        (
            "awaiting_arrival",
            track.stage == "received" and _waits(facts, tables),
        ),
        ("amended", "amended" in track.seen),
        ("completion_day_assumed", completion.due(track) is not None and completion.is_assumed(track)),
        ("too_many_facts", facts.full),
        ("number_conflict", bool(facts.claims) and is_contested(facts, tables.numbers)),
        ("number_reused", bool(facts.claims) and is_undecided(facts, tables.numbers)),
        ("encoding_contradicted", "encoding" in track.details),
        ("time_written_otherwise", "time_as_written" in track.details),
    )


def _waits(facts: Facts, tables: Tables) -> bool:
    """Whether its authority holds it as received until the goods arrive."""
    return any(number.startswith(tables.awaiting) for number in facts.numbers)


def _numbers(facts: Facts) -> dict[str, tuple[str, ...]]:
    by_kind: dict[str, tuple[str, ...]] = {}
    for number in sorted(facts.numbers):
        kind, _, value = number.partition(":")
        by_kind[kind] = (*by_kind.get(kind, ()), value)
    return by_kind


def _parties(details: dict[str, str]) -> dict[str, dict[str, str]]:
    parties: dict[str, dict[str, str]] = {}
    for field in sorted(PARTIES.keys() & details.keys()):
        party, name = PARTIES[field]
        parties.setdefault(party, {})[name] = details[field]
    return parties


def _named_before(track: Track) -> dict[str, tuple[str, ...]]:
    codes: dict[str, tuple[str, ...]] = {}
    for field, code in sorted(track.named_before):
        codes[field] = (*codes.get(field, ()), code)
    return codes
