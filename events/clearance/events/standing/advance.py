"""One receipt more: how it moves a declaration, what it opens and ends, what is odd about it.

`advance` is one step of the fold. The tables decide: what the code means, and what that does where the declaration
stands.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from clearance.contracts.codes import Meaning
from clearance.events.receipts.facts import Fact
from clearance.events.standing import limits
from clearance.events.standing.signs import signs
from clearance.events.standing.track import (
    AMENDING,
    BEFORE_RELEASE,
    RELEASED,
    Hold,
    HoldKey,
    Order,
    Signal,
    Track,
    amending,
    outlives,
    shown_stage,
)
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import OBLIGATION, Move
from clearance.events.values.receipt import Receipt

OCCURRENCES = 20
ASKED, RESOLVED = "query_raised", "query_resolved"
NOTED = {"amendment_granted": "request_granted", "amended": "amended"}
"""Marks that are remembered, under the name of what they tell."""
HISTORY = {"received": "received", **dict.fromkeys(("reviewed", *RELEASED), "accepted")}
CANCELLED = "cancellation_granted"
NONE_GRANTED: frozenset[str] = frozenset()
PARTY_CODES = frozenset(f"{party}_{field}" for party in ("agent", "trade", "owner") for field in ("code", "scc"))
TIME_IN_DOUBT = "time_in_doubt"
"""The detail by which a codec tells that a time is absent where there should be one, or before the declaration."""
AHEAD = timedelta(minutes=5)
"""By how much the authority's clock may be ahead of ours (domain catalogue A22)."""
EXPORTED = frozenset({"exited", "exit_proof_due"})
"""Only goods that leave the country have these."""


def advance(
    track: Track, fact: Fact, order: Order, meanings: tuple[Meaning, ...], tables: Tables
) -> tuple[Meaning | None, str]:
    """Take one receipt, whose code may have these meanings; returns what it means here and what it does."""
    receipt = fact.receipt
    at = order[0]
    track.last = order
    if fact.received_at > track.latest_received:
        track.latest_received = fact.received_at
    _note(track, fact, at, tables)
    meaning = meanings[0] if len(meanings) == 1 else _choose(meanings, track.seen | signs(fact, track))
    if meaning is None:
        _flag(track, "A20", at, receipt, {"code": receipt.code, "system": receipt.system})
        return None, "unknown"
    if meaning.kind == "kept":
        return meaning, "kept"
    if track.mark_signal is not None:
        track.mark_signal = None
    effect = EFFECTS[meaning.kind](track, fact, at, meaning, tables)
    if meaning.status in EXPORTED or "begun" not in track.seen:
        _remember(track, meaning)
    return meaning, effect


def settle_query(track: Track, at: datetime, unseen: list[Fact], tables: Tables) -> None:
    """A user has answered what customs asked: that ends what a receipt would that says so. The first of the questions
    that had not been received by then opens it anew; if it is the one that opened it, nothing has been answered."""
    held = next((hold for hold in track.holds.values() if hold.kind == ASKED), None)
    left = [fact for fact in unseen if held is not None and fact.at >= held.since]
    if held is None or held.receipt_id in {fact.receipt.receipt_id for fact in left}:
        return
    _end(track, tables.codes.ended_by[RESOLVED], at)
    for fact in left:
        _take_up(track, fact, fact.at, ASKED, held.alert)


def _remember(track: Track, meaning: Meaning) -> None:
    """What later receipts may depend on."""
    if meaning.status in EXPORTED:
        track.seen |= {"export"}
    if meaning.kind != "mark":
        track.seen |= {"begun"}


def _note(track: Track, fact: Fact, at: datetime, tables: Tables) -> None:
    """What a receipt tells whatever its code: details, whether its id was used before."""
    receipt = fact.receipt
    details = receipt.details
    if details and not details.items() <= track.details.items():
        _merge_details(track, fact, at)
    if receipt.goods:
        track.goods = receipt.goods
    stated = receipt.occurred_at
    if stated is not None and stated > fact.received_at and stated - fact.received_at > AHEAD:
        _doubt(track, at, receipt, "ahead")
    elif details and TIME_IN_DOUBT in details:
        _doubt(track, at, receipt, details[TIME_IN_DOUBT])
    if receipt.receipt_id in track.ids:
        _flag(track, "A16", at, receipt, {"receipt": receipt.receipt_id})
    track.ids |= {receipt.receipt_id}
    if receipt.system in tables.declarations:
        track.sent_at = at
    elif receipt.system not in tables.sent:
        track.answered_at = at


def _doubt(track: Track, at: datetime, receipt: Receipt, why: str) -> None:
    """A22: the time of a receipt cannot be right."""
    about = {"code": receipt.code, "stated": receipt.authority_time}
    _flag(track, rule="A22", since=at, receipt=receipt, about=about, says=why)


def _merge_details(track: Track, fact: Fact, at: datetime) -> None:
    details = fact.receipt.details
    before, now = track.details.get("direction"), details.get("direction")
    if before and now and before != now:
        about = {"before": before, "now": now}
        _flag(track, rule="A21", since=at, receipt=fact.receipt, about=about, says="direction")
    elif "contradiction" in details:
        _flag(track, "A21", at, fact.receipt, {"what": details["contradiction"]})
    if now == "export" and "export" not in track.seen:
        track.seen |= {"export"}
    if track.details and (replaced := PARTY_CODES & track.details.keys() & details.keys()):
        track.named_before |= {(field, track.details[field]) for field in replaced} - details.items()
    track.details = {**track.details, **details}


def _choose(meanings: tuple[Meaning, ...], told: frozenset[str]) -> Meaning | None:
    """The first meaning all of whose signs are there."""
    return next((meaning for meaning in meanings if meaning.when <= told), None)


def _flag(track: Track, rule: str, since: datetime, receipt: Receipt, about: dict[str, str], says: str = "") -> None:
    """Raise a lasting signal. Each occurrence counts; beyond `OCCURRENCES` of one rule they say nothing new."""
    before = track.lasting.get(rule, ())
    if len(before) < OCCURRENCES:
        track.lasting = {**track.lasting, rule: (*before, Signal(rule, since, (receipt.receipt_id,), says, about))}


def _move(track: Track, fact: Fact, at: datetime, meaning: Meaning, tables: Tables) -> str:
    """A receipt that says where the declaration stands: the transition table decides."""
    stage, receipt = meaning.stage, fact.receipt
    move = tables.transitions[track.stage, stage]
    if move in ("late", "after_end", "reopen"):
        move = _excused(move, track, receipt.occurred_at is not None)
    if move == "after_end":
        _flag(track, "A19", at, receipt, {"code": receipt.code, "stage": shown_stage(track)})
        return "after_end"
    if stage not in track.milestones:
        track.milestones = {**track.milestones, stage: at}
    if stage in HISTORY and HISTORY[stage] not in track.seen:
        track.seen |= {HISTORY[stage]}
    if move in ("advance", "revoke"):
        _enter(track, fact, at, meaning)
        return "moved"
    if move == "late" and meaning.alert:  # it cannot move the declaration any more, and somebody must know
        track.mark_signal = _signal(meaning, fact, at, {"stage": shown_stage(track)})
        return "noted"
    if move == "late":
        return "out_of_order"
    _pass(track, at, meaning, receipt)
    return "noted"


def _excused(move: Move, track: Track, timed: bool) -> Move:
    """What an amendment allows; and a receipt without a time of its own is never out of order."""
    if move == "reopen":
        return "revoke" if amending(track) else "after_end"
    return "fill" if amending(track) or (move == "late" and not timed) else move


def _enter(track: Track, fact: Fact, at: datetime, meaning: Meaning) -> None:
    receipt = fact.receipt
    track.stage, track.since, track.cause = meaning.stage, at, receipt.receipt_id
    track.stage_signal = _signal(meaning, fact, at, {}) if meaning.alert else None
    _pass(track, at, meaning, receipt)
    if meaning.opens:
        _take_up(track, fact, at, meaning.opens, "")


def _pass(track: Track, at: datetime, meaning: Meaning, receipt: Receipt) -> None:
    """What a stage ends. Before the release it is the answer to no request but that of its own reference."""
    _end(track, meaning.ends, at, receipt.reference if meaning.stage in BEFORE_RELEASE else None)


def _end(track: Track, kinds: frozenset[str], at: datetime, reference: str | None = None) -> None:
    """Close the open obligations of these kinds; of requests that of the reference, all if it is None."""
    if not track.holds or not kinds:
        return
    over = {key for key, hold in track.holds.items() if hold.kind in kinds and _answers(reference, hold)}
    if over:
        track.ended = (
            *track.ended,
            *(replace(track.holds[key], until=at, limit=None, limit_in_doubt=False) for key in sorted(over)),
        )
        track.holds = {key: hold for key, hold in track.holds.items() if key not in over}


def _answers(reference: str | None, hold: Hold) -> bool:
    return reference is None or hold.kind not in AMENDING or hold.reference == reference


def _answered(track: Track, receipt: Receipt) -> str:
    """The reference of the request that a receipt answers: its own, else that of the only one that is open."""
    still_open = {hold.reference for hold in track.holds.values() if hold.kind in AMENDING}
    return still_open.pop() if not receipt.reference and len(still_open) == 1 else receipt.reference


def _open(track: Track, fact: Fact, at: datetime, meaning: Meaning, tables: Tables) -> str:
    """A receipt that opens an obligation, or sets a flag, beside the stage."""
    kind, receipt = meaning.status, fact.receipt
    ended = tables.transitions[track.stage, OBLIGATION] == "after_end" and not outlives(kind, track, tables)
    if ended and not amending(track):
        _flag(track, "A19", at, receipt, {"code": receipt.code, "stage": shown_stage(track)})
        return "after_end"
    _end(track, meaning.ends, at)
    return _take_up(track, fact, at, kind, meaning.alert)


def _take_up(track: Track, fact: Fact, at: datetime, kind: str, alert: str) -> str:
    """Open the obligations that the receipt speaks of; of those that are open it is the last word."""
    effect = "noted"
    for key in limits.keys(track, fact.receipt, kind, alert):
        held = track.holds.get(key)
        if held is None:
            effect = "opened"
        track.holds = {**track.holds, key: _begun(fact, at, key) if held is None else _retold(held, fact, at)}
    return effect


def _begun(fact: Fact, at: datetime, key: HoldKey) -> Hold:
    (kind, reference, alert), told = key, limits.until(fact, at, key[1])
    return Hold(
        kind=kind,
        since=at,
        receipt_id=fact.receipt.receipt_id,
        code=fact.receipt.code,
        alert=alert,
        reference=reference,
        limit=told.limit,
        limit_in_doubt=told.in_doubt,
    )


def _retold(held: Hold, fact: Fact, at: datetime) -> Hold:
    """An open obligation after one receipt more that speaks of it."""
    receipt, told = fact.receipt, limits.until(fact, at, held.reference)
    if not receipt.text and not receipt.particulars:
        return held
    if told.limit is None:
        return replace(held, latest_receipt_id=receipt.receipt_id)
    return replace(held, latest_receipt_id=receipt.receipt_id, limit=told.limit, limit_in_doubt=told.in_doubt)


def _mark(track: Track, fact: Fact, at: datetime, meaning: Meaning, tables: Tables) -> str:
    """A receipt that is noted and may end obligations, and moves nothing."""
    receipt = fact.receipt
    _end(track, meaning.ends, at, _answered(track, receipt))
    if meaning.status in NOTED:
        track.seen |= {NOTED[meaning.status]}
    _note_request(track, receipt.reference, meaning.status)
    if meaning.alert:
        track.mark_signal = _signal(meaning, fact, at, {})
    return "noted"


def _note_request(track: Track, reference: str, status: str) -> None:
    """Of requests granted, those that may have been cancellations: a correction shows that its own was none; one under
    the declaration's own reference, or none, that all before it were none."""
    named = {reference} - {"", track.own}
    if status == "amended":
        track.amended_by |= named
        track.granted = track.granted - named if named & track.granted else NONE_GRANTED
    elif status == "amendment_granted" and not named & track.amended_by:
        track.granted |= {reference}
    else:
        return
    track.seen = track.seen | {CANCELLED} if track.granted else track.seen - {CANCELLED}


def _signal(meaning: Meaning, fact: Fact, at: datetime, about: dict[str, str]) -> Signal:
    return Signal(
        rule=meaning.alert,
        since=at,
        receipts=(fact.receipt.receipt_id,),
        says=meaning.status,
        about=about,
        limit=limits.armed(limits.until(fact, at)),
    )


EFFECTS = {"stage": _move, "obligation": _open, "flag": _open, "mark": _mark}
