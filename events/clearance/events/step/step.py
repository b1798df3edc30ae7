"""`step`: one input folded into one declaration. Pure; the same log gives the same states, events and numbers.

An input that adds no fact, number, pointer, result or firing returns the same state, before any table is read.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from clearance.events.anomalies import lifecycle
from clearance.events.learning.expectations import Expectations
from clearance.events.log.inputs import BackfillEnd, Clock, Command, FactsInput, Input, Link, Message, RelatedInput
from clearance.events.receipts import cap
from clearance.events.receipts.facts import Claim, Fact, Facts, merge, plausible_stamp, with_receipts
from clearance.events.receipts.related import later
from clearance.events.standing.fold import continued
from clearance.events.standing.reuse import track_of
from clearance.events.standing.statements import answers
from clearance.events.standing.track import Track
from clearance.events.step import linking, reusable_number
from clearance.events.step.commands import on_command
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyClosed, Changed, Data, Merged, Step
from clearance.events.step.settle import cause_of, changed, number, settle
from clearance.events.tables.tables import Tables


def step(declaration: Declaration, given: Input, tables: Tables, expectations: Expectations | None = None) -> Step:
    """Fold `given` into `declaration`. Never raises for what an authority or a user can send. Where time passes, stays
    are judged by `expectations`."""
    handler = HANDLERS.get(type(given))
    if handler is None:
        return _on_time(declaration, given, tables, expectations)
    return handler(declaration, given, tables)


def _same(declaration: Declaration, outcome: str = "duplicate") -> Step:
    return Step(declaration, outcome=outcome)  # type: ignore[arg-type]


def _on_message(declaration: Declaration, given: Message, tables: Tables) -> Step:
    new = _facts(declaration, given, tables)
    if not declaration.id.startswith(tables.numbers.reusable):
        return _take(declaration, given, new, tables)
    kept, facts, passed_on = reusable_number.parted(declaration, given, new, tables.numbers)
    taken = _take(declaration, kept, facts, tables)
    if not passed_on:
        return taken
    if taken.outcome != "applied":
        return number(declaration, given, [], passed_on)
    return replace(taken, sends=(*taken.sends, *passed_on))


def _facts(declaration: Declaration, given: Message, tables: Tables) -> list[Fact]:
    """The receipts of a message as it brought them."""
    conversations = (given.conversation,) if given.conversation else ()
    stamp, facts = given.stated_at, []
    if stamp is not None and not tables.authorities[declaration.authority].time_in_name:
        stamp = None
    for receipt in given.receipts:
        stated_at = plausible_stamp(stamp, given.at, receipt) if stamp is not None else None
        facts.append(Fact(receipt, given.at, given.message_id, stated_at, conversations))
    return facts


def _take(declaration: Declaration, given: Message, new: list[Fact], tables: Tables) -> Step:
    """A message whose receipts are all filed here."""
    held = declaration.facts
    receipts, entered = with_receipts(held.receipts, new)
    numbers, organisations = held.numbers, held.organisations
    for receipt in given.receipts:
        if not numbers.issuperset(receipt.numbers):
            numbers = numbers.union(receipt.numbers)
    if given.organisation and given.organisation not in organisations:
        organisations |= {given.organisation}
    if receipts is held.receipts and numbers is held.numbers and organisations is held.organisations:
        return _same(declaration)
    if not held.numbers:
        numbers |= {declaration.number}
    facts = Facts(receipts, held.statements, held.claims, numbers, organisations, related=held.related)
    return _absorb(declaration, facts, entered, given, tables)


def _on_facts(declaration: Declaration, given: FactsInput, tables: Tables) -> Step:
    held = declaration.facts
    new = linking.as_facts(given)
    facts = merge(held, replace(new, numbers=new.numbers | {declaration.number}))
    if facts is held:
        return _same(declaration)
    entered = [fact for key, fact in linking.added(held, facts).receipts.items() if key in new.receipts]
    return _absorb(declaration, facts, entered, given, tables)


def _absorb(declaration: Declaration, facts: Facts, entered: list[Fact], given: Input, tables: Tables) -> Step:
    """The facts have changed: fold them, tell the new numbers, pass on what an alias holds for those it leads to."""
    held = declaration.facts
    fresh = facts.numbers - held.numbers if facts.numbers is not held.numbers else NOTHING
    sends = linking.tell(declaration, fresh, given, tables.numbers) if fresh else []
    if declaration.merged_into or facts.claims:
        for primary in reusable_number.primaries(declaration, tables.numbers):
            sends += linking.forward(primary, linking.added(held, facts), given)
        declaration = reusable_number.standing(declaration, facts, tables.numbers)
    track = _track(declaration.track, held, facts, entered, tables)
    data: list[Data] = [changed(declaration, facts, track, entered, fresh=fresh, tables=tables)]
    return settle(declaration=declaration, facts=facts, track=track, given=given, tables=tables, data=data, sends=sends)


NOTHING: frozenset[str] = frozenset()
NO_CLAIMS: frozenset[Claim] = frozenset()


def _track(track: Track, held: Facts, facts: Facts, entered: list[Fact], tables: Tables) -> Track:
    if facts.statements is not held.statements and answers(facts) != track.answers:
        return track_of(facts, tables)
    if facts.receipts is held.receipts and facts.claims is held.claims:
        return track
    if not facts.claims and len(entered) == 1 and _only_adds(entered[0], held, facts):
        longer = continued(track, entered[0], tables)
        if longer is not None:
            return longer
    return track_of(facts, tables)


def _only_adds(fact: Fact, held: Facts, facts: Facts) -> bool:
    """Whether all that was held is there as it was, beside the one fact. A light one in a short set leaves none out."""
    count = len(facts.receipts)
    if count != len(held.receipts) + 1:
        return False
    light = count <= cap.FIRST and not cap.weighs(fact)
    return light or held.receipts.items() <= facts.receipts.items()


def _on_link(declaration: Declaration, given: Link, tables: Tables) -> Step:
    if tables.numbers.role(declaration.authority, declaration.number) == "primary":
        return _same(declaration, "ignored")
    known = reusable_number.primaries(declaration, tables.numbers)
    if not known:
        return _become_pointer(declaration, given)
    claim = Claim(declaration.id, given.primary)
    if given.primary in known or claim in declaration.facts.claims:
        return _same(declaration)
    if declaration.id.startswith(tables.numbers.reusable):
        return _lead_to_another(declaration, known, given, tables)
    facts = replace(declaration.facts, claims=declaration.facts.claims | {claim})
    told = linking.forward(given.primary, Facts(claims=frozenset({claim})), given)
    taken = _absorb(declaration, facts, [], given, tables)
    return replace(taken, sends=(*taken.sends, *told))


def _lead_to_another(declaration: Declaration, known: tuple[str, ...], given: Link, tables: Tables) -> Step:
    """A reusable alias that a further primary names: each gets the claims, that one then all that is held."""
    held = declaration.facts
    facts = replace(held, claims=held.claims | reusable_number.claims(declaration, known, given.primary))
    told = linking.forward(given.primary, Facts(claims=facts.claims), given)
    told += linking.forward(given.primary, replace(held, claims=NO_CLAIMS), given)
    taken = _absorb(declaration, facts, [], given, tables)
    return replace(taken, sends=(*taken.sends, *told))


def _become_pointer(declaration: Declaration, given: Link) -> Step:
    facts = replace(declaration.facts, numbers=declaration.facts.numbers | {declaration.number})
    ledger, closed = lifecycle.merge_all(declaration.ledger, cause_of(given))
    after = replace(
        declaration, facts=facts, ledger=ledger, merged_into=given.primary, deadline=None, deferral=None, backfill=""
    )
    data: list[Data] = [Merged(given.primary), *(AnomalyClosed(anomaly) for anomaly in closed)]
    return number(after, given, data, linking.forward(given.primary, facts, given))


def _on_related(declaration: Declaration, given: RelatedInput, tables: Tables) -> Step:
    """What is not known here, and what follows another number, is related to nothing. Whoever tells it learns from the
    event what counts."""
    if not declaration.seq or declaration.merged_into:
        return _same(declaration, "ignored")
    related = later(declaration.facts.related, given.related)
    if related is declaration.facts.related:
        return _same(declaration)
    status = declaration.track.status
    return settle(
        declaration=declaration,
        facts=replace(declaration.facts, related=related),
        track=declaration.track,
        given=replace(given, backfill=declaration.backfill),
        tables=tables,
        data=[Changed(status, status, related=related)],
        sends=[],
    )


def _on_time(declaration: Declaration, given: Input, tables: Tables, expectations: Expectations | None) -> Step:
    """Time has passed, or the history is whole: what is due by then fires."""
    is_meant = False
    if isinstance(given, Clock):
        is_meant = declaration.deadline is not None and declaration.deadline <= given.at
    elif isinstance(given, BackfillEnd):
        is_meant = bool(declaration.backfill) and declaration.backfill == given.backfill
    if not is_meant:
        return _same(declaration, "ignored")
    return settle(
        declaration=declaration,
        facts=declaration.facts,
        track=declaration.track,
        given=given,
        tables=tables,
        data=[],
        sends=[],
        now=given.at,
        expectations=expectations,
    )


HANDLERS: dict[type[Input], Callable[[Declaration, Any, Tables], Step]] = {
    Message: _on_message,
    FactsInput: _on_facts,
    Link: _on_link,
    Command: on_command,
    RelatedInput: _on_related,
}
