"""Whether incidents are found that are planted into clean days of the simulator, by the code that the analyst runs.

    python -m benchmarks.incident_patterns --seeds 101-105 --json docs/benchmarks/incident_patterns.json

A week and a day are folded once for a seed; from there each pattern goes on in a process of its own, so that all have
the same past. A declaration is *stuck* when the tracker has found it overdue. It takes some minutes of one core a seed.
"""

import argparse
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.surroundings import surroundings, tell

from clearance.evaluation.folding import SeedFold
from clearance.evaluation.incidents import group_of
from clearance.evaluation.seeds import START
from clearance.events.incidents.groups import Group
from clearance.events.incidents.incident import Incident, Kind
from clearance.events.incidents.scan import LEAST
from clearance.events.incidents.waiting import STANDING_STILL
from clearance.settings.tables import default_tables
from clearance.simulator.conditions import Conditions
from clearance.simulator.direct import Told, told
from clearance.simulator.outages import Outage, Outages
from clearance.simulator.world import field

A_DAY = 5000
FORKED_AT = START + timedelta(days=8)
"""A week to learn what is usual; then a day for what is filed before a pattern begins and befalls it all the same."""
BEGINS = datetime(2026, 4, 22, 2, 2, tzinfo=UTC)
"""A Wednesday, 10:02 in Beijing."""
ENDS = BEGINS + timedelta(hours=22)
LOOKED_UNTIL = BEGINS + timedelta(hours=14)
SLOWLY = timedelta(hours=12)


def planted(office: str, chapter: str, growth: timedelta = timedelta()) -> Outage:
    """Nothing of that chapter is reviewed at that office any more."""
    return Outage(
        name=f"planted-{office}-{chapter}",
        kind="planted",
        authority="cn",
        since=BEGINS,
        until=ENDS,
        stages=frozenset({"reviewed"}),
        office=office,
        chapter=chapter,
        growth=growth,
    )


PATTERNS: Mapping[str, tuple[Outage, ...]] = {
    "3 %": (planted("3101", "85"),),
    "0.5 %": (planted("7900", "94"),),
    "two at once": (planted("3101", "85"), planted("2901", "84")),
    "slowly": (planted("3101", "85", SLOWLY),),
    "none": (),
}
"""Shares are of what is filed in China: the product of those of office and chapter in the simulator's field. Less than
half of it names its goods: the others are told of by receipts alone, and stand still unseen."""


class Planted(NamedTuple):
    """What became of one outage: when the fifth was stuck, and its incidents as opened, before or after that."""

    group: Group
    fifth_at: datetime | None
    found: list[tuple[Group, datetime]]

    @property
    def delay_minutes(self) -> float | None:
        """None where there is not exactly one."""
        if self.fifth_at is None or len(self.found) != 1:
            return None
        return (self.found[0][1] - self.fifth_at) / timedelta(minutes=1)


class Seen(NamedTuple):
    """One pattern of one seed; `others` are incidents that are of no outage."""

    planted: list[Planted]
    others: list[tuple[str, Kind, Group, datetime]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101-105")
    parser.add_argument("--a-day", type=int, default=A_DAY)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    result: dict[str, Any] = {"surroundings": surroundings(), "a_day": asked.a_day, "seeds": asked.seeds, "seen": {}}
    for seed in range(int(first), int(last or first) + 1):
        for name, seen in seen_of(seed, asked.a_day):
            print(seed, name, seen, [one.delay_minutes for one in seen.planted], flush=True)
            result["seen"].setdefault(name, []).append(seen._asdict())
    tell(result, asked.json)


def seen_of(seed: int, a_day: int, patterns: Mapping[str, tuple[Outage, ...]] = PATTERNS) -> Iterator[tuple[str, Seen]]:
    """Each pattern with what became of it."""
    conditions = Conditions(field(), seed, START, clean=True)
    count = a_day * 12  # more than is filed until the end
    stream = told(seed, START, count, declarations_per_day=a_day, conditions=conditions)
    fold = SeedFold(default_tables())
    for one in stream:
        if one.at >= FORKED_AT:
            break
        fold.take(one)
    context = get_context("fork")
    for name, outages in patterns.items():
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_go_on, args=(fold, stream, conditions, seed, outages, there))
        process.start()
        there.close()
        yield name, here.recv()
        process.join()


def _go_on(
    fold: SeedFold,
    stream: Iterator[Told],
    conditions: Conditions,
    seed: int,
    outages: tuple[Outage, ...],
    out: Connection,
) -> None:
    conditions.outages = Outages(field(), seed, START, drawn=False, planted=outages)
    lives = {}
    for one in stream:
        if one.at >= LOOKED_UNTIL:
            break
        lives[one.life.name] = one.life
        fold.take(one)
    fold.pass_time(LOOKED_UNTIL)
    befallen = {trouble.about: trouble.cause for life in lives.values() for trouble in life.troubles}
    stuck = sorted((one.at, one.about) for one in fold.raised() if one.rule in STANDING_STILL and one.at >= BEGINS)
    incidents = fold.incidents()
    seen = [_seen(outage, stuck, befallen, incidents) for outage in outages]
    named = {one for each in seen for one in each.found}
    others = [
        (one.authority, one.kind, one.group, one.opened_at)
        for one in incidents
        if (one.group, one.opened_at) not in named
    ]
    out.send(Seen(seen, others))


def _seen(
    outage: Outage, stuck: list[tuple[datetime, str]], befallen: Mapping[str, str], incidents: list[Incident]
) -> Planted:
    times = [at for at, about in stuck if befallen.get(about) == outage.name]
    of_it = [one for one in incidents if _mostly(one, outage, befallen)]
    fifth = times[LEAST - 1] if len(times) >= LEAST else None
    return Planted(group_of(outage), fifth, [(one.group, one.opened_at) for one in of_it])


def _mostly(incident: Incident, outage: Outage, befallen: Mapping[str, str]) -> bool:
    members = [befallen.get(name) == outage.name for name in incident.members]
    return 2 * sum(members) >= len(members)


if __name__ == "__main__":
    main()
