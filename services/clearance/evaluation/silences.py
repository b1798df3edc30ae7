"""For how long rules found that declarations stand still, as the fold of one seed knew it.

The surprise: no threshold is in it. What any of them would have raised, fixed or learned, follows from the silences, so
thresholds are tuned without folding a seed anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from clearance.events.anomalies.rules import findings
from clearance.events.anomalies.stay import obligations
from clearance.events.learning.course import Obligation
from clearance.events.standing.statements import Plan, plans
from clearance.events.step.declaration import Declaration
from clearance.events.tables.tables import Tables
from clearance.simulator.life import Life, Trouble

RULES = ("A03", "A04", "A05", "A13")
"""Those that speak of standing still at a stage."""


class Silence(Struct, frozen=True):
    """One finding of such a rule: of a stage that began at `since`, found from `heard` until `over`, when we heard
    otherwise; the next stage began at `ended`. None: never. The rest is what the fold knew when it began; unknown is
    empty."""

    rule: str
    since: datetime
    heard: datetime
    office: str = ""
    direction: str = ""
    mode: str = ""
    chapter: str = ""
    over: datetime | None = None
    ended: datetime | None = None


class Watched(Struct, frozen=True):
    """One filing: its silences, what is truly wrong with it of which they may speak, the transport plans with when each
    came, when customs released it, and what it had to wait for beside its stage. `filed` is the day of the first filing
    of its life."""

    declaration: str
    authority: str
    filed: date
    silences: tuple[Silence, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    plans: tuple[tuple[datetime, Plan], ...] = ()
    released_at: datetime | None = None
    obligations: tuple[Obligation, ...] = ()


class Listener:
    """Hears the states of a fold, one after another."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._found: dict[str, dict[tuple[str, datetime], Silence]] = defaultdict(dict)
        self._running: dict[str, tuple[Silence, ...]] = {}
        self._obligations: dict[str, tuple[Obligation, ...]] = {}

    def hear(self, state: Declaration, at: datetime) -> None:
        """The state of a declaration after an input that came at this time."""
        if state.track.holds or state.track.ended:
            self._obligations[state.id] = obligations(state.track, self._tables)
        found = dict(self._silent(state))
        running = {one.rule: one for one in self._running.pop(state.id, ())}
        for rule, one in running.items():
            if found.get(rule) != one.since:
                track = state.track
                ended = track.since if not state.merged_into and track.since > one.since else at
                self._found[state.id][rule, one.since] = replace(one, over=at, ended=ended)
        begun = [
            _begun(state, rule, since, at)
            for rule, since in found.items()
            if rule not in running or running[rule].since != since
        ]
        kept = [one for rule, one in running.items() if found.get(rule) == one.since]
        if begun or kept:
            self._running[state.id] = (*kept, *begun)

    def silences(self, names: Iterable[str]) -> tuple[Silence, ...]:
        """Those of one declaration under all numbers that it had; what went on under another number is one."""
        one: dict[tuple[str, datetime], Silence] = {}
        for name in names:
            for silence in (*self._found.get(name, {}).values(), *self._running.get(name, ())):
                held = one.get((silence.rule, silence.since))
                one[silence.rule, silence.since] = silence if held is None else _joined(held, silence)
        return tuple(sorted(one.values(), key=lambda silence: (silence.since, silence.rule)))

    def obligations(self, name: str) -> tuple[Obligation, ...]:
        """What a declaration had to wait for, by the number that it has in the end."""
        return self._obligations.get(name, ())

    def _silent(self, state: Declaration) -> Iterator[tuple[str, datetime]]:
        if state.merged_into or not state.track.cause:
            return
        authority = self._tables.authorities[state.authority]
        for rule, signal in findings(state.track, plans(state.facts), authority, self._tables).items():
            if rule in RULES:
                yield rule, signal.since


def _begun(state: Declaration, rule: str, since: datetime, at: datetime) -> Silence:
    told, goods = state.track.details.get, state.track.goods
    return Silence(
        rule=rule,
        since=since,
        heard=at,
        office=told("office", ""),
        direction=told("direction", ""),
        mode=told("transport_mode", ""),
        chapter=goods[0].hs_code[:2] if goods else "",
    )


def _joined(one: Silence, other: Silence) -> Silence:
    """Of two that are one: known since the first, over with the last."""
    first, last = sorted((one, other), key=lambda silence: silence.heard)
    return replace(last, heard=first.heard)


def watched(lives: Iterable[Life], listener: Listener, names: dict[str, list[str]]) -> Iterator[Watched]:
    """All filings; `names` are the numbers under which each of them was folded, by the one it has in the end."""
    for life in lives:
        for filing in range(len(life.identities)):
            mine = [post for post in life.posts if post.filing == filing]
            about = life.declaration(filing)
            yield Watched(
                declaration=about,
                authority=life.cargo.authority,
                filed=life.filed_at.date(),
                silences=listener.silences(names.get(about, ())),
                troubles=tuple(one for one in life.troubles if one.about == about and one.rule in RULES),
                plans=tuple((post.received_at, post.plan) for post in mine if post.plan is not None),
                released_at=next((post.occurred_at for post in mine if post.word.stands == "released"), None),
                obligations=listener.obligations(about),
            )
