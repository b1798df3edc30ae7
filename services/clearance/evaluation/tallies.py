"""What was raised beside what is true, counted for each rule and simulated day.

Twice: against the labels, which say what the durations in force must find (a fixed rule is exact or it is broken), and
against the troubles, which say what is truly wrong (a fixed rule is as good as its durations fit).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from msgspec import Struct, field

from clearance.evaluation.folding import Raised
from clearance.simulator.life import Life, Trouble

WARNS_OF = {"A11": "A12"}
"""Rules that speak of a trouble before it begins, with the rule that speaks of it then."""
OF_TROUBLES = ("A01", "A03", "A04", "A05", "A06", "A11", "A12", "A13")
"""Rules that speak of a trouble. For the others only the labels know what is right."""


class Tally(Struct):
    """Counts of one rule on one day. Against the labels anomalies with their deadlines count; against the troubles
    declarations, however many levels opened. `delays` are seconds from when a trouble could be known; none for one that
    had been raised before, since a step that was slow was then held as well."""

    labelled: int = 0
    raised: int = 0
    right: int = 0
    troubles: int = 0
    found: int = 0
    alarms: int = 0
    true_alarms: int = 0
    delays: list[float] = field(default_factory=list)


Days = dict[date, Tally]
"""By the day on which the declaration's first filing was made."""


def tallies(lives: Iterable[Life], raised: Iterable[Raised], rules: Iterable[str]) -> dict[str, Days]:
    """By rule and day; `rules` are those whose labels count, all that there are."""
    counted: dict[str, Days] = defaultdict(lambda: defaultdict(Tally))
    by_declaration: dict[str, list[Raised]] = defaultdict(list)
    for one in raised:
        by_declaration[one.about].append(one)
    for life in lives:
        mine = [one for filing in range(len(life.identities)) for one in by_declaration[life.declaration(filing)]]
        _against_labels(life, mine, set(rules), counted)
        _against_troubles(life, mine, counted)
    return {rule: dict(days) for rule, days in counted.items()}


def _against_labels(life: Life, mine: list[Raised], rules: set[str], counted: dict[str, Days]) -> None:
    day = life.filed_at.date()
    wanted = {(one.about, one.follows, one.by) for one in life.labels if one.follows in rules}
    opened = {(one.about, one.rule, one.deadline) for one in mine}
    for about, rule, deadline in wanted | opened:
        tally = counted[rule][day]
        tally.labelled += (about, rule, deadline) in wanted
        tally.raised += (about, rule, deadline) in opened
        tally.right += (about, rule, deadline) in wanted & opened


def _against_troubles(life: Life, mine: list[Raised], counted: dict[str, Days]) -> None:
    day = life.filed_at.date()
    for rule in OF_TROUBLES:
        spoken_of = [one for one in life.troubles if one.rule == WARNS_OF.get(rule, rule)]
        of_rule = [one for one in mine if one.rule == rule]
        true: set[str] = set()
        for trouble in spoken_of:
            tally = counted[rule][day]
            tally.troubles += 1
            if (at := _first(trouble, rule, of_rule)) is not None:
                tally.found += 1
                delay = (at - trouble.due).total_seconds()
                tally.delays.append(delay if rule in WARNS_OF else max(delay, 0.0))
                true.add(trouble.about)
        if of_rule:
            counted[rule][day].alarms += len({one.about for one in of_rule})
            counted[rule][day].true_alarms += len(true)


def _first(trouble: Trouble, rule: str, raised: list[Raised]) -> datetime | None:
    """When the trouble was first spoken of, before it was over; what warns of it may do so before it begins."""
    at = (
        one.at
        for one in raised
        if one.about == trouble.about
        and (rule in WARNS_OF or one.at >= trouble.since)
        and (trouble.until is None or one.at <= trouble.until)
    )
    return min(at, default=None)
