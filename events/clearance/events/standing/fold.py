"""The fold over the receipts of one declaration, in the authority's order of time.

Equal times are ordered by the rank of what the code says (`status.csv`), since second-resolution clocks cannot order a
release and a closure. A receipt that comes last in every order is added without folding the others again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from clearance.contracts.codes import UNKNOWN_RANK
from clearance.events.receipts.cap import Key
from clearance.events.receipts.facts import Fact, key_of
from clearance.events.standing.advance import ASKED, OCCURRENCES, advance, settle_query
from clearance.events.standing.disorder import course, late_keys, may_decide, outcome
from clearance.events.standing.signs import Meanings, lodges, own_conversation, own_of, stronger
from clearance.events.standing.timeline import Taken
from clearance.events.standing.track import Order, Signal, Track, headline, shown_stage
from clearance.events.tables.tables import Tables

Row = tuple[Order, Fact, Meanings]


def order_of(fact: Fact, meanings: Meanings) -> Order:
    """The order of the fold: time, rank, receipt id, code, and a time of the authority before any other."""
    receipt = fact.receipt
    rank = meanings[-1].rank if meanings else UNKNOWN_RANK
    return fact.at, rank, receipt.receipt_id, receipt.code, receipt.occurred_at is None


def fold(facts: Iterable[Fact], tables: Tables, stated: tuple[datetime, ...] = (), of_one: bool = True) -> Track:
    """All receipts, in any order, and when users stated an answer → the track. Those that may not be `of_one`
    declaration show no message as its own, and are in no order that could be wrong."""
    ordered = _ordered(facts, tables)
    late = late_keys([fact for _, fact, _ in ordered]) if of_one else NONE
    track = _folded(ordered, late, stated, tables, of_one)
    if track.suspects and of_one and (signals := _disorder(track, ordered, tables)):
        track.lasting = {**track.lasting, "A17": signals}
    return track


def _folded(
    ordered: list[Row], late: frozenset[Key], stated: tuple[datetime, ...], tables: Tables, of_one: bool = True
) -> Track:
    own = own_of(fact.receipt for _, fact, _ in ordered if of_one)
    conversation = own_conversation(ordered, own) if of_one else ""
    track = Track(of_one=of_one, late=late, own=own[0], own_about=own[1], conversation=conversation, answers=stated)
    if stated:
        track.taken = tuple(_answered(track, ordered, tables))
    else:
        track.taken = tuple(_taken(track, fact, order, meanings, tables) for order, fact, meanings in ordered)
    track.status = headline(track, tables)
    return track


def _answered(track: Track, ordered: list[Row], tables: Tables) -> Iterator[Taken]:
    """The same with the answers of users between the receipts: each ends the question that was asked until then."""
    asked = [fact for _, fact, meanings in ordered if any(meaning.status == ASKED for meaning in meanings)]
    left = list(reversed(track.answers))

    def answer() -> None:
        at = left.pop()
        settle_query(track, at, [fact for fact in asked if fact.at <= at < fact.received_at], tables)

    for order, fact, meanings in ordered:
        while left and left[-1] < order[0]:
            answer()
        yield _taken(track, fact, order, meanings, tables)
    while left:
        answer()


def _disorder(track: Track, ordered: list[Row], tables: Tables) -> tuple[Signal, ...]:
    """A17: those of the receipts out of order without which another outcome would follow from the rest."""
    whole = outcome(track, tables)
    return tuple(
        signal
        for key, signal in track.suspects
        if outcome(_folded(_without(key, ordered), NONE, track.answers, tables), tables) != whole
    )


def _without(key: Key, ordered: list[Row]) -> list[Row]:
    return [row for row in ordered if key_of(row[1].receipt) != key]


NONE: frozenset[Key] = frozenset()


def _ordered(facts: Iterable[Fact], tables: Tables) -> list[Row]:
    looked_up = [(fact, tables.meaning(*fact.receipt.says)) for fact in facts]
    keyed = [(order_of(fact, meanings), fact, meanings) for fact, meanings in looked_up]
    keyed.sort(key=lambda row: row[0])
    return keyed


def continued(track: Track, fact: Fact, tables: Tables) -> Track | None:
    """The track after one more fact, if that fact comes last in every order; None if all must be folded again.

    Whether a receipt out of order decided anything depends on all that follow it: then all are folded.
    """
    meanings = tables.meaning(*fact.receipt.says)
    order = order_of(fact, meanings)
    if track.suspects or (track.last is not None and order <= track.last) or fact.received_at < track.latest_received:
        return None
    if track.answers and order[0] <= track.answers[-1]:
        return None
    after: Track = track.__copy__()  # type: ignore[attr-defined] # msgspec has it, and does not say so
    if (fact.conversations or fact.receipt.reference) and not _tell_own(after, fact, meanings):
        return None
    meaning, effect = advance(after, fact, order, meanings, tables)
    if effect == "out_of_order":
        return None
    after.taken = (*track.taken, Taken(fact, order[0], meaning, effect, late=False))
    after.status = headline(after, tables)
    return after


def _tell_own(track: Track, fact: Fact, meanings: Meanings) -> bool:
    """Take what the fact tells of the declaration's own message; False if the receipts before it mean something else
    by that."""
    own, about = stronger((track.own, track.own_about), fact.receipt)
    conversation = fact.conversation if fact.conversations and lodges(fact.receipt, meanings, (own, about)) else ""
    if track.taken and (own != track.own or conversation not in ("", track.conversation)):
        return False
    track.own, track.own_about, track.conversation = own, about, conversation or track.conversation
    return True


def _taken(track: Track, fact: Fact, order: Order, meanings: Meanings, tables: Tables) -> Taken:
    late = bool(track.late) and key_of(fact.receipt) in track.late
    before = course(track)
    meaning, effect = advance(track, fact, order, meanings, tables)
    if (late or effect == "out_of_order") and len(track.suspects) < OCCURRENCES and may_decide(track, fact, before):
        _suspect(track, fact, "late" if late else "dated")
    return Taken(fact, order[0], meaning, effect, late)


def _suspect(track: Track, fact: Fact, says: str) -> None:
    receipt = fact.receipt
    about = {"code": receipt.code, "stage": shown_stage(track)}
    signal = Signal("A17", fact.at, (receipt.receipt_id,), says, about)
    track.suspects = (*track.suspects, (key_of(receipt), signal))
