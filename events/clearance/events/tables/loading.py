"""The tables read and held against each other: those of this folder, the canonical statuses, those of authorities.

Which authorities there are is not looked up here: whoever runs hands them in.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from clearance.contracts.codes import STATUSES, Codes, load_codes, load_statuses
from clearance.contracts.tables import InvalidTable
from clearance.events.tables.authority import Authority
from clearance.events.tables.calendars import Calendar, load_own_calendars
from clearance.events.tables.durations import ANY, Duration, Group, load_durations
from clearance.events.tables.finding_words import FindingWords, load_finding_words
from clearance.events.tables.incident_words import load_incident_words
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.rule_table import RuleRow, load_rules
from clearance.events.tables.tables import Tables
from clearance.events.tables.transitions import load_transitions

TABLES = Path(__file__).parent


def load_tables(
    authorities: Iterable[Authority],
    rules: Path = TABLES,
    durations: Path | None = None,
    statuses: Path = STATUSES,
    calendar: Path | None = None,
) -> Tables:
    """Read all tables; `durations` and `calendar` are files of the operator's, whose rows are preferred to those that
    ship.

    Raises `InvalidTable` naming file and line.
    """
    given = sorted(authorities, key=lambda authority: authority.profile.name)
    by_name = {authority.profile.name: authority for authority in given}
    _check_distinct(given)
    table = load_rules(rules / "rules.csv")
    codes = _codes(given, statuses, table)
    words = load_finding_words(rules)
    rows = _durations(by_name, table, rules / "durations.csv", durations)
    _check_sentences(rows, words)
    hours = _office_hours(by_name, calendar)
    profiles = [authority.profile for authority in given]
    own = frozenset(profile.system for profile in profiles if profile.system)
    declarations = frozenset[str]().union(*(profile.declarations for profile in profiles))
    return Tables(
        authorities=by_name,
        codes=codes,
        numbers=Numbers({name: each.kinds for name, each in by_name.items()}, profiles[0].example),
        transitions=load_transitions(rules / "transitions.csv", codes),
        rules=table,
        finding_words=words,
        incident_words=load_incident_words(rules),
        durations=rows,
        calendars={name: each.calendar for name, each in by_name.items() if each.calendar is not None},
        office_hours=hours,
        version=_version(given, [statuses, *sorted(rules.glob("*.csv"))], durations, calendar),
        codecs={root: codec for authority in given for root, codec in authority.codecs.items()},
        envelopes={root: envelope for authority in given for root, envelope in authority.envelopes.items()},
        shortcuts=tuple(authority.shortcut for authority in given if authority.shortcut),
        own_systems=own,
        systems=own.union(*(profile.dialects for profile in profiles)),
        declarations=declarations,
        sent=declarations.union(*(profile.requests for profile in profiles)),
        offices=frozenset[str]().union(*(each.offices for each in given)),
        named_offices=frozenset(row.office for row in rows).union(*hours.values()) - {ANY},
        named_organisations=frozenset(row.organisation for row in rows) - {ANY},
        awaiting=tuple(f"{each.primary}:" for each in given if each.profile.received_awaits_arrival),
    )


def _check_distinct(authorities: Sequence[Authority]) -> None:
    """One of each name, and one for each root element. Raises `InvalidTable`."""
    if not authorities:
        raise InvalidTable("no authority is installed: install clearance again, it brings some")
    taken: dict[str, Authority] = {}
    for authority in authorities:
        for what in (f"the name {authority.profile.name}", *authority.codecs, *authority.envelopes):
            if (other := taken.setdefault(what, authority)) is not authority:
                raise InvalidTable(f"{authority.folder}:1: {other.folder} has {what} already; uninstall one of them")


def _codes(authorities: Iterable[Authority], statuses: Path, rules: Mapping[str, RuleRow]) -> Codes:
    paths = {path.stem: path for authority in authorities for path in authority.code_tables}
    profiles = [authority.profile for authority in authorities]
    dialects = {dialect: profile.system for profile in profiles for dialect in profile.dialects}
    codes = load_codes(paths.values(), load_statuses(statuses), dialects)
    for system, meaning in codes.rows():
        if meaning.alert and not (meaning.alert in rules and rules[meaning.alert].raised):
            raise meaning.row.refuse(paths[system], f"alert {meaning.alert} is no rule of rules.csv that is raised")
    return codes


def _durations(
    authorities: Mapping[str, Authority], rules: Mapping[str, RuleRow], general: Path, own: Path | None
) -> list[Duration]:
    """Those of all tables. Raises `InvalidTable`, also where two tables that ship say the same of the same."""
    rows = load_durations(general, rules, authorities)
    held: dict[Group, Duration] = {row.group: row for row in rows}
    for name, authority in authorities.items():
        if (path := authority.folder / "durations.csv").exists():
            more = load_durations(path, rules, authorities, of=name)
            if again := next((row for row in more if row.group in held), None):
                raise again.refuse(path, f"{held[again.group].place} is for the same declarations: leave one out")
            rows += more
            held |= {row.group: row for row in more}
    return rows + (load_durations(own, rules, authorities, own=True) if own else [])


def _office_hours(by_name: Mapping[str, Authority], own: Path | None) -> Mapping[str, Mapping[str, Calendar]]:
    """Those of each authority by the beginning of an office's code, the operator's over those that ship."""
    given = {name: (each.offices, each.calendars) for name, each in by_name.items()}
    preferred = load_own_calendars(own, given) if own else {}
    return {name: {**shipped, **preferred.get(name, {})} for name, (_, shipped) in given.items()}


def _check_sentences(rows: Iterable[Duration], words: FindingWords) -> None:
    """Each level says a sentence that there is. Raises `InvalidTable`."""
    for row in rows:
        if row.says and (row.rule, row.says) not in words.sentences:
            raise InvalidTable(f"{row.place}: says: {row.rule} has no sentence {row.says!r} in finding-words.csv")


def _version(
    authorities: Iterable[Authority], paths: Iterable[Path], durations: Path | None, calendar: Path | None
) -> str:
    digest = hashlib.sha256()
    for authority in authorities:
        digest.update(authority.identity)
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for what, own in ((b"durations", durations), (b"calendar", calendar)):
        if own is not None:
            digest.update(b"the operator's " + what + b"\0" + own.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
