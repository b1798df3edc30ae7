"""Which thresholds apply to which declarations, and which rows they come before: for whoever asks, not for the fold."""

from collections.abc import Iterable, Iterator
from itertools import product

from msgspec import Struct

from clearance.events.tables.durations import ANY, BASES, Basis, Duration, Group, Kind, chosen
from clearance.events.tables.tables import Tables, longest


class Threshold(Struct, frozen=True):
    """The levels of a rule by one basis, as rows give them, and the rows that would have counted without them."""

    rule: str
    basis: Basis
    rows: tuple[Duration, ...]
    before: tuple[Duration, ...]


def kinds(tables: Tables, asked: Kind) -> list[Kind]:
    """All that thresholds tell apart; of a field that `asked` tells only that. An office and an organisation that rows
    name are taken one at a time."""
    rows = tables.durations
    authorities = [asked.authority] if asked.authority else [*tables.authorities]
    places = [(name, one) for name in authorities for one in _offices(tables, name, asked.office)]
    organisations = [asked.organisation] if asked.organisation else ["", *sorted(tables.named_organisations)]
    directions = [asked.direction] if asked.direction else [*sorted({row.direction for row in rows} - {ANY}), ""]
    named_modes = sorted({row.transport_mode for row in rows} - {ANY})
    modes = [asked.transport_mode] if asked.transport_mode else [*named_modes, ""]
    return [
        Kind(
            authority=name,
            direction=direction,
            transport_mode=mode,
            filed="in_advance" if in_advance else "",
            office=office,
            organisation=organisation,
        )
        for (name, office), organisation, direction, mode, in_advance in product(
            places, organisations, directions, modes, (0, 1)
        )
    ]


def _offices(tables: Tables, authority: str, asked: str) -> list[str]:
    """The office of an authority that is asked for as rows name it; else those that rows name, "" for all others."""
    if asked:
        return [longest(asked, tables.named_offices)]
    return ["", *sorted({row.office for row in tables.durations if row.authority == authority} - {ANY})]


def applying(tables: Tables, asked: Kind) -> Iterator[Threshold]:
    """Those that some declaration of what is asked for has: by rule, by basis, the most specific first."""
    every = kinds(tables, asked)
    for rule, basis in product(tables.rules, BASES):
        rows = [row for row in tables.durations if (row.rule, row.basis) == (rule, basis)]
        yield from _of(rows, rule, basis, every) if rows else ()


def _of(rows: list[Duration], rule: str, basis: Basis, every: Iterable[Kind]) -> Iterator[Threshold]:
    won: dict[tuple[bool | int, ...], dict[Group, tuple[list[Duration], dict[str, Duration]]]] = {}
    for kind in every:
        if counted := chosen(rows, rule, kind, basis):
            _, before = won.setdefault(counted[0].specific, {}).setdefault(counted[0].group, (counted, {}))
            before |= {row.place: row for row in rows if row.applies(kind, basis) and row not in counted}
    for specific in sorted(won, reverse=True):
        for counted, before in won[specific].values():
            yield Threshold(rule, basis, tuple(counted), tuple(before.values()))
