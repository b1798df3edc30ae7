"""Everything that is decided by data: authorities, code tables, transitions, rules, durations, calendars.

`version` is a digest of all of it; a state remembers the version its deadline was computed with.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clearance.contracts.codes import Codes, Meaning
from clearance.events.tables.authority import Authority, Codec, Envelope, Shortcut
from clearance.events.tables.calendars import EVERYWHERE, Calendar
from clearance.events.tables.durations import BASES, Basis, Duration, Kind, chosen
from clearance.events.tables.finding_words import FindingWords
from clearance.events.tables.incident_words import IncidentWords
from clearance.events.tables.levels import Levels
from clearance.events.tables.numbers import Numbers
from clearance.events.tables.rule_table import RuleRow
from clearance.events.tables.transitions import Move

ByBasis = tuple[tuple[Basis, Levels], ...]
PARTIES = ("trade_code", "trade_scc", "owner_code", "owner_scc", "agent_code", "agent_scc")
"""Details that name a party, in the order in which thresholds go by them: whose goods they are before who files."""


def longest(code: str, beginnings: Container[str]) -> str:
    """The longest of these beginnings with which a code begins; "" if it has none of them."""
    for length in range(len(code), 0, -1):
        if code[:length] in beginnings:
            return code[:length]
    return ""


@dataclass(frozen=True)
class Tables:
    """The tables in force. Made by `load_tables`; shared by everything that folds.

    `own_systems` are code lists that need not be named, `systems` with them those that a connection may name;
    `declarations` are systems of what was declared, `sent` those of all that is no answer. `awaiting` are the
    beginnings of numbers whose declarations wait for their goods while they are received, `offices` those of the
    codes of customs offices that are known by name. `named_offices` and `named_organisations` stand in `durations`
    or in calendars. `calendars` are the usual office hours as they ship, `office_hours` those in force by authority and
    the beginning of an office's code, with the operator's over them.
    """

    authorities: Mapping[str, Authority]
    codes: Codes
    numbers: Numbers
    transitions: dict[tuple[str, str], Move]
    rules: dict[str, RuleRow]
    finding_words: FindingWords
    incident_words: IncidentWords
    durations: list[Duration]
    calendars: Mapping[str, Calendar]
    office_hours: Mapping[str, Mapping[str, Calendar]]
    version: str
    codecs: Mapping[str, Codec]
    envelopes: Mapping[str, Envelope]
    shortcuts: tuple[Shortcut, ...]
    own_systems: frozenset[str]
    systems: frozenset[str]
    declarations: frozenset[str]
    sent: frozenset[str]
    awaiting: tuple[str, ...]
    offices: frozenset[str]
    named_offices: frozenset[str]
    named_organisations: frozenset[str]
    _levels: dict[tuple[str, tuple[str, ...]], ByBasis] = field(default_factory=dict, repr=False, compare=False)
    _meanings: dict[tuple[str, str, str], tuple[Meaning, ...]] = field(default_factory=dict, repr=False, compare=False)

    def meaning(self, system: str, code: str, qualifier: str) -> tuple[Meaning, ...]:
        """Candidate meanings of a code; empty if unknown. Remembered, since the same few hundred come for ever."""
        key = (system, code, qualifier)
        meanings = self._meanings.get(key)
        if meanings is None:
            meanings = self.codes.meaning(*key)
            if meanings:  # unknown codes are unbounded in number: never remembered
                self._meanings[key] = meanings
        return meanings

    def levels(self, rule: str, kind: Kind) -> ByBasis:
        """The levels of a rule by the basis from which they count, the basis that goes first coming first. Before those
        that count by a limit stands what fires at once. Remembered: kinds are few."""
        selected = self._levels.get((rule, kind))
        if selected is None:
            calendar = self.calendar_of(kind.authority, kind.office)
            able = {basis: Levels.of(chosen(self.durations, rule, kind, basis), calendar) for basis in BASES}
            if able["limit"]:
                able["limit"] = able["limit"].after(able["since"])
            selected = self._levels[rule, kind] = tuple((basis, levels) for basis, levels in able.items() if levels)
        return selected

    def levels_of(self, rule: str, authority: str, details: Mapping[str, str]) -> ByBasis:
        """The levels of a rule for a declaration that tells these details."""
        kind = self.kind_of(authority, details)
        selected = self._levels.get((rule, kind))
        return self.levels(rule, Kind._make(kind)) if selected is None else selected

    def calendar_of(self, authority: str, office: str) -> Calendar | None:
        """The office hours of one office, as far as its authority's calendar tells it from others."""
        hours = self.office_hours[authority]
        return hours.get(longest(office, hours) or EVERYWHERE)

    def is_open(self, authority: str) -> Callable[[str, datetime], bool]:
        """Of an office of the authority at a moment, whether it works; all hours count where there is no calendar."""

        def is_open(office: str, at: datetime) -> bool:
            calendar = self.calendar_of(authority, office)
            return calendar is None or calendar.is_open(at)

        return is_open

    def kind_of(self, authority: str, details: Mapping[str, str]) -> tuple[str, ...]:
        """The fields of `Kind` of a declaration that tells these details. Offices and organisations are text of
        messages: only those that a row of `durations` names are told apart."""
        get = details.get
        return (
            authority,
            get("direction", ""),
            get("transport_mode", ""),
            "in_advance" if "filed_in_advance" in details else "",
            longest(get("office", ""), self.named_offices) if self.named_offices else "",
            self._organisation(details) if self.named_organisations else "",
        )

    def _organisation(self, details: Mapping[str, str]) -> str:
        """Of the parties that a row names the first."""
        return next((one for field in PARTIES if (one := details.get(field, "")) in self.named_organisations), "")

    def known_office(self, office: str) -> str:
        """The office, or its district, as the tables know it; "" for one that they do not: it is text of a message."""
        return longest(office, self.offices)

    def numbers_in_name(self, name: str) -> tuple[str, ...]:
        """Numbers in the name of a received file, for a message that carries none."""
        told = (authority.numbers_in_name(name) for authority in self.authorities.values())
        return next(filter(None, told), ())

    def time_in_name(self, name: str) -> datetime | None:
        """When a received file was written, by its name. It counts for messages of authorities whose files say so."""
        told = (authority.time_in_name(name) for authority in self.authorities.values() if authority.time_in_name)
        return next(filter(None, told), None)
