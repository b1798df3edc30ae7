"""How long may a declaration stand still: `durations.csv`, by rule and by the kind of declaration.

The table beside this is for any authority, each authority brings one of its own, and whoever runs clearance may lay a
file over both. A rule has levels: the first fires after the shortest time, each further one raises the severity. Level
1 after zero seconds fires at once. `calendar` working counts only the office hours of the authority's `calendar.csv`.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple, Self

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from clearance.contracts.tables import Row, index
from clearance.events.tables.authority import Authority
from clearance.events.tables.rule_table import RuleRow

Mode = Literal["sea", "rail", "road", "air", "post", "none", "other"]
"""How goods travel."""

Filed = Literal["", "in_advance"]
"""Whether a declaration is known to be filed before its goods arrive."""

Severity = Literal["info", "medium", "high", "critical"]
Basis = Literal["since", "arrival", "departure", "cut_off", "limit"]
"""From when the time counts: since the finding began; the goods' arrival, the vessel's departure or the cut-off
(transport plan); or the limit that the authority has set. Before a limit or a cut-off `after` is negative."""

BASES: tuple[Basis, ...] = ("limit", "cut_off", "departure", "arrival", "since")
"""The first basis for which a row applies and a time is known is the one that counts."""
BEFORE = frozenset({"limit", "cut_off"})
"""Those before which something may be told."""
ANY: Literal["*"] = "*"
Group = tuple[str, ...]


class Kind(NamedTuple):
    """What thresholds go by of a declaration; "" for what it does not tell. `office` is as far as a row names it, and
    `organisation` an identifier of a party that a row names."""

    authority: str
    direction: str = ""
    transport_mode: str = ""
    filed: Filed = ""
    office: str = ""
    organisation: str = ""


class Duration(Row):
    """One level of one rule. `*` stands for any; `office` for all offices whose code begins so; `organisation` for the
    identifier of a party that the declaration names: a customs code or a 统一社会信用代码."""

    rule: str
    authority: str = ANY
    office: str = Field(ANY, pattern=r"^(\*|[0-9A-Z]{1,10})$")
    organisation: str = Field(ANY, pattern=r"^(\*|[0-9A-Z]{5,35})$")
    direction: Literal["*", "import", "export"] = ANY
    transport_mode: Literal["*"] | Mode = ANY
    filed: Literal["*", "in_advance"] = ANY
    basis: Basis
    level: int = Field(ge=1)
    after: timedelta
    calendar: Literal["always", "working"]
    severity: Severity
    says: str = ""
    source: str
    _table: str = PrivateAttr("")
    _own: bool = PrivateAttr(False)

    @field_validator("after", mode="wrap")
    @classmethod
    def _written_as_iso_8601(cls, written: str, parse: ValidatorFunctionWrapHandler) -> timedelta:
        try:
            after: timedelta = parse(written)
        except ValidationError as error:
            raise ValueError(f"{written!r} is no ISO 8601 duration, such as PT45M, PT4H or P3D") from error
        return after

    @field_validator("after")
    @classmethod
    def _before_a_limit_only(cls, after: timedelta, info: ValidationInfo) -> timedelta:
        if after < timedelta() and info.data.get("basis") not in BEFORE:
            raise ValueError("only what counts by a limit or a cut-off may come before it")
        return after

    @field_validator("calendar")
    @classmethod
    def _forwards_only(cls, calendar: str, info: ValidationInfo) -> str:
        if calendar == "working" and info.data.get("after", timedelta()) < timedelta():
            raise ValueError("office hours are counted forwards only, and this comes before its limit")
        return calendar

    def entered(self, authority: str, table: str, own: bool) -> Self:
        """The row as it stands among those of all tables."""
        row = self.model_copy(update={"authority": authority})
        row._table, row._own = table, own
        return row

    @property
    def place(self) -> str:
        """Table and line."""
        return f"{self._table}:{self.line}"

    def applies(self, kind: Kind, basis: Basis) -> bool:
        wanted = (kind.authority, kind.direction, kind.transport_mode, kind.filed, kind.organisation)
        mine = (self.authority, self.direction, self.transport_mode, self.filed, self.organisation)
        if self.basis != basis or not all(m in (ANY, w) for m, w in zip(mine, wanted, strict=True)):
            return False
        return self.office == ANY or kind.office.startswith(self.office)

    @property
    def specific(self) -> tuple[bool | int, ...]:
        """The greatest is preferred: a row of the operator's before any other, then one for the organisation, for the
        office (the more exact one), for the authority, the direction, the mode, for how it was filed."""
        exact = len(self.office) if self.office != ANY else 0
        rest = (self.authority, self.direction, self.transport_mode, self.filed)
        return self._own, self.organisation != ANY, exact, *(cell != ANY for cell in rest)

    @property
    def group(self) -> Group:
        """What the levels of one row of levels have in common."""
        kind = (self.authority, self.office, self.organisation, self.direction, self.transport_mode, self.filed)
        return (self.rule, *kind, self.basis)


def chosen(rows: Iterable[Duration], rule: str, kind: Kind, basis: Basis) -> list[Duration]:
    """The rows that count for a kind of declaration, by level: of those that apply the most specific."""
    able = [row for row in rows if row.rule == rule and row.applies(kind, basis)]
    most = max((row.specific for row in able), default=None)
    return sorted((row for row in able if row.specific == most), key=lambda row: row.level)


def load_durations(
    path: Path,
    rules: Mapping[str, RuleRow],
    authorities: Mapping[str, Authority],
    *,
    of: str = "",
    own: bool = False,
) -> list[Duration]:
    """All rows; levels of one group count 1, 2, … without a gap and never grow shorter. Raises `InvalidTable`.

    `of`: whose table it is, in which no row names an authority. In others `*` is any of `authorities`. `own`: it is the
    operator's, and is preferred to all others.
    """
    table = f"{of}/{path.name}" if of else path.name
    rows = [_of(path, row, authorities, of).entered(of or row.authority, table, own) for row in Duration.read(path)]
    index(path, (((row.group, row.level), row) for row in rows))
    last: dict[Group, Duration] = {}
    for row in rows:
        before = last.get(row.group)
        if row.rule not in rules:
            raise row.refuse(path, f"rule {row.rule} is not in rules.csv")
        if not rules[row.rule].raised:
            raise row.refuse(path, f"rule {row.rule} is not raised: {rules[row.rule].evidence}")
        if row.level != (before.level + 1 if before else 1):
            raise row.refuse(path, "levels must count 1, 2, 3 in the order of the lines")
        if before and before.calendar == row.calendar and row.after <= before.after:
            raise row.refuse(path, "a higher level must come later than the one before it")
        last[row.group] = row
    return rows


def _of(path: Path, row: Duration, authorities: Mapping[str, Authority], of: str) -> Duration:
    """The row, if it fits the authorities. Raises `InvalidTable`."""
    if of and row.authority != ANY:
        raise row.refuse(path, f"authority: this is the table of {of}; leave the column out")
    name = of or row.authority
    if name not in {ANY, *authorities}:
        raise row.refuse(path, f"authority {row.authority!r} is not installed; there are {', '.join(authorities)}")
    meant = authorities.values() if name == ANY else [authorities[name]]
    if row.calendar == "working" and (without := [one.profile.name for one in meant if one.calendar is None]):
        raise row.refuse(path, f"calendar: {without[0]} has no office hours, so nothing can count by them")
    if row.office != ANY and name == ANY:
        raise row.refuse(path, "office: say whose it is, in the column authority")
    if row.office != ANY and not row.office.startswith(tuple(authorities[name].offices)):
        raise row.refuse(path, f"office {row.office!r} is none that {name} is known to have (its offices.csv)")
    return row
