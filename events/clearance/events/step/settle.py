"""What every step ends with: anomalies brought up to date, and the events numbered."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from clearance.events.anomalies import lifecycle
from clearance.events.anomalies.evidence import evidence
from clearance.events.anomalies.ledger import COHORT, NAMELESS, Anomaly, Cause
from clearance.events.anomalies.stay import obligations
from clearance.events.learning.course import MOST_CHAPTERS, Course
from clearance.events.learning.expectations import LONGEST_NAME, Expectations
from clearance.events.learning.judged import Judged
from clearance.events.log.inputs import (
    BackfillEnd,
    Clock,
    Command,
    FactsInput,
    Input,
    Link,
    Message,
    RelatedInput,
    Send,
)
from clearance.events.receipts.facts import Fact, Facts
from clearance.events.standing.statements import in_force, plans
from clearance.events.standing.track import NEVER, Track, is_open
from clearance.events.step import linking
from clearance.events.step.declaration import Declaration
from clearance.events.step.outputs import AnomalyClosed, AnomalyOpened, Changed, Data, Event, Step
from clearance.events.tables.tables import Tables
from clearance.events.values.goods import GoodsLine


def settle(
    declaration: Declaration,
    facts: Facts,
    track: Track,
    given: Input,
    tables: Tables,
    data: list[Data],
    sends: list[Send],
    now: datetime | None = None,
    expectations: Expectations | None = None,
) -> Step:
    """Bring anomalies and deadline up to date with the track, then number the events."""
    backfill = _backfill(declaration, given) if given.backfill or declaration.backfill else ""
    cause, settled = cause_of(given), lifecycle.Settled(declaration.ledger)
    if not declaration.merged_into and not backfill:
        settled = lifecycle.settle(
            ledger=declaration.ledger,
            track=track,
            plans=plans(facts),
            authority=declaration.authority,
            tables=tables,
            cause=cause,
            now=now,
            expectations=expectations,
            related=facts.related,
        )
        if settled.changes:
            data += [_told(each, track) for each in settled.changes]
    after = Declaration(
        id=declaration.id,
        facts=facts,
        ledger=settled.ledger,
        track=track,
        merged_into=declaration.merged_into,
        deadline=settled.deadline,
        deferral=settled.deferral,
        tables=tables.version,
        backfill=backfill,
        src=given.position,
        seq=declaration.seq + len(data),
        epoch=declaration.epoch,
    )
    return Step(after, _events(after, given, cause.name, data), tuple(sends))


def _told(anomaly: Anomaly, track: Track) -> AnomalyOpened | AnomalyClosed:
    if anomaly.state == "open":
        return AnomalyOpened(anomaly, evidence(track, anomaly.receipts), _judged(anomaly))
    return AnomalyClosed(anomaly)


def _judged(anomaly: Anomaly) -> Judged | None:
    """That a stay is too long by what was learned, once: what is found anew has been said before."""
    cohort = anomaly.about.get(COHORT)
    if cohort is None or len(anomaly.turns) > 1:
        return None
    return Judged(tuple("" if name == NAMELESS else name for name in cohort.split(" ")), overdue=True)


def rearmed(state: Declaration, tables: Tables) -> Declaration:
    """A state read back: its next deadline by the tables now in force, and what may put it off."""
    if state.merged_into or state.backfill or not state.tables:
        return state
    if state.tables == tables.version and state.deadline is None:
        return state
    settled = lifecycle.settle(
        ledger=state.ledger,
        track=state.track,
        plans=plans(state.facts),
        authority=state.authority,
        tables=tables,
        cause=REARMED,
        related=state.facts.related,
    )
    return replace(state, deadline=settled.deadline, deferral=settled.deferral, tables=tables.version)


REARMED = Cause(NEVER, "tables")
"""Of what is computed and not kept."""


def number(declaration: Declaration, given: Input, data: list[Data], sends: list[Send]) -> Step:
    """A step that changed neither facts nor findings."""
    after = replace(declaration, src=given.position, seq=declaration.seq + len(data))
    return Step(after, _events(after, given, _cause(given), data), tuple(sends))


def changed(
    declaration: Declaration, facts: Facts, track: Track, entered: list[Fact], fresh: frozenset[str], tables: Tables
) -> Changed:
    """What entered the facts. All but receipts and numbers are rare, and are looked for only where they changed."""
    held = declaration.facts
    before, now, numbers = declaration.track.status, track.status, tuple(sorted(fresh)) if fresh else ()
    course = _course(declaration, facts, track, tables)
    same = facts.statements is held.statements and facts.claims is held.claims
    if same and facts.organisations is held.organisations:
        return Changed(before, now, tuple(entered), numbers=numbers, course=course)
    more = linking.added(held, facts)
    statements, claims = tuple(more.statements.values()), tuple(sorted(more.claims))
    return Changed(
        before=before,
        status=now,
        receipts=tuple(entered),
        statements=statements,
        numbers=numbers,
        claims=claims,
        organisations=tuple(sorted(more.organisations)),
        course=course,
    )


def _course(declaration: Declaration, facts: Facts, track: Track, tables: Tables) -> Course | None:
    """Where a declaration has come to, if that has changed."""
    held, before = declaration.facts, declaration.track
    same_plan = facts.statements is held.statements or _arrival(facts) == _arrival(held)
    if not track.cause or (same_plan and _runs_alike(before, track)):
        return None
    course = course_of(facts, track, tables)
    if before.since == track.since and before.stage == track.stage and before.cause:
        return None if course == course_of(held, before, tables) else course
    return course


def _runs_alike(before: Track, track: Track) -> bool:
    """Whether all that a course is made of is the same object still: nearly always, where a receipt moves nothing."""
    return track is before or (
        track.milestones is before.milestones
        and track.details is before.details
        and track.holds is before.holds
        and track.ended is before.ended
        and track.goods is before.goods
        and track.since == before.since
        and track.stage == before.stage
        and track.taken[:1] == before.taken[:1]
    )


def course_of(facts: Facts, track: Track, tables: Tables) -> Course:
    """The course that the receipts and the plan tell. What tells it apart from others is text of messages."""
    told = track.details.get
    return Course(
        stage=track.stage,
        since=track.since,
        stage_times=track.milestones,
        open=is_open(track, tables),
        office=told("office", "")[:LONGEST_NAME],
        direction=told("direction", ""),
        transport_mode=told("transport_mode", "")[:LONGEST_NAME],
        chapters=_chapters(track.goods) if track.goods else (),
        broker=(told("agent_code") or told("agent_scc", ""))[:LONGEST_NAME],
        trader=(told("trade_code") or told("trade_scc", ""))[:LONGEST_NAME],
        format=track.taken[0].fact.receipt.format if track.taken else "",
        arrived_at=_arrival(facts),
        obligations=obligations(track, tables),
    )


def _arrival(facts: Facts) -> datetime | None:
    return in_force(plans(facts)).arrived_at if facts.statements else None


def _chapters(goods: Iterable[GoodsLine]) -> tuple[str, ...]:
    return tuple(sorted({line.hs_code[:2] for line in goods} - {""}))[:MOST_CHAPTERS]


def _backfill(declaration: Declaration, given: Input) -> str:
    """Nothing is wrong yet with a declaration known only from history that is not complete."""
    if isinstance(given, BackfillEnd):
        return ""
    if not given.backfill:
        return ""
    born = not declaration.seq
    return given.backfill if born else declaration.backfill


def _events(after: Declaration, given: Input, cause: str, data: list[Data]) -> tuple[Event, ...]:
    """The events of one step, the last with the number that the state after it holds."""
    seq, notify = after.seq - len(data), not (given.backfill or given.quiet)
    events = []
    for what in data:
        seq += 1
        events.append(
            Event(
                declaration=after.id,
                epoch=after.epoch,
                seq=seq,
                src=given.position,
                at=given.at,
                cause=cause,
                data=what,
                notify=notify,
            )
        )
    return tuple(events)


def cause_of(given: Input) -> Cause:
    """The input, as what follows from it names it."""
    return Cause(given.at, _cause(given))


def _cause(given: Input) -> str:
    if isinstance(given, Message):
        return given.message_id
    if isinstance(given, Command):
        return given.statement.command_id
    return CAUSES[type(given)]


CAUSES: dict[type[Input], str] = {
    Clock: "clock",
    Link: "link",
    FactsInput: "facts",
    BackfillEnd: "backfill-end",
    RelatedInput: "related",
}
