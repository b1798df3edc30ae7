"""Everything that is decided by data, read once: code tables, transitions, rules, durations, calendars.

`version` is a digest of all of it; a state remembers the version its deadline was computed with.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from clearance.contracts.codes import CODES, Codes, Meaning, load_codes
from clearance.contracts.numbers import NumberKind, load_number_kinds
from clearance.events.tables.durations import BASES, Basis, Calendar, Duration, Levels, load_calendars, load_durations
from clearance.events.tables.rule_table import RuleRow, load_rules
from clearance.events.tables.transitions import Move, load_transitions

TABLES = Path(__file__).parent


@dataclass(frozen=True)
class Tables:
    """The tables in force. Made by `load_tables`; shared by everything that folds."""

    codes: Codes
    numbers: dict[tuple[str, str], NumberKind]
    transitions: dict[tuple[str, str], Move]
    rules: dict[str, RuleRow]
    durations: list[Duration]
    calendars: dict[str, Calendar]
    version: str
    _levels: dict[tuple[str, str, str, str], tuple[tuple[Basis, Levels], ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _meanings: dict[tuple[str, str, str], tuple[Meaning, ...]] = field(default_factory=dict, repr=False, compare=False)

    def meaning(self, system: str, code: str, qualifier: str) -> tuple[Meaning, ...]:
        """Candidate meanings of a code; empty if unknown. Remembered, since the same few hundred come for ever."""
        key = (system, code, qualifier)
        found = self._meanings.get(key)
        if found is None:
            found = self.codes.meaning(*key)
            if found:  # unknown codes are unbounded in number: never remembered
                self._meanings[key] = found
        return found

    def levels(self, rule: str, authority: str, direction: str, mode: str) -> tuple[tuple[Basis, Levels], ...]:
        """The levels of a rule by the basis from which they count, the basis that goes first coming first."""
        key = (rule, authority, direction, mode)
        found = self._levels.get(key)
        if found is None:
            able = [(basis, Levels.select(self.durations, self.calendars, *key, basis)) for basis in BASES]
            found = self._levels[key] = tuple((basis, levels) for basis, levels in able if levels)
        return found


def load_tables(codes: Path = CODES, rules: Path = TABLES, durations: Path | None = None) -> Tables:
    """Read all tables; `durations` replaces the shipped durations by a file of the user's.

    Raises `InvalidTable` naming file and line.
    """
    table = load_rules(rules / "rules.csv")
    loaded = load_codes(codes)
    for system, meaning in loaded.rows():
        if meaning.alert and meaning.alert not in table:
            raise meaning.row.refuse(codes / f"{system}.csv", f"alert {meaning.alert} is not in rules.csv")
    durations = durations or rules / "durations.csv"
    return Tables(
        loaded,
        load_number_kinds(codes),
        load_transitions(rules / "transitions.csv", loaded),
        table,
        load_durations(durations, table),
        load_calendars(rules / "calendars.csv"),
        _digest([*sorted(codes.glob("*.csv")), *sorted(rules.glob("*.csv")), durations]),
    )


@cache
def default_tables() -> Tables:
    """The tables that ship with the package."""
    return load_tables()


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
