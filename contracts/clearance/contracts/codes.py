"""What the wire codes mean: code tables per system, joined with the one table of canonical statuses.

A *system* is a code list (of its authority, whose name it begins with); the same letter means different things in
different systems, so a code is only ever looked up within its own. See `docs/codes.md`, drawn from these tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from clearance.contracts.tables import Row, index

STATUSES = Path(__file__).parent / "codes" / "status.csv"

UNKNOWN_RANK = 33
"""Rank of receipts that move nothing: after what brings a declaration in, before what decides it."""

Sign = Literal["begun", "received", "accepted", "cancellation_granted", "export", "own", "request"]
"""What a code's meaning may depend on. Of what came earlier in the order of the fold: any stage or obligation (begun),
a reception, an acceptance or release (accepted), a granted request that no amendment has used (cancellation_granted),
that the goods leave the country (export). Of the receipt itself: it answers the declaration's own message (own), or
another message about it (request)."""


def _split(cell: object) -> object:
    return cell.split() if isinstance(cell, str) else cell


WORDS = BeforeValidator(_split)
"""A cell of several words, with blanks between them."""


class Status(Row):
    """One canonical status. `kind` stage: where the declaration stands; obligation: something open beside it, for which
    somebody must act; flag: true beside it until something ends it; mark: noted on the timeline only. `rank` orders
    receipts of equal time; `precedence` says which open obligation is shown as the headline (1 first, 0 never); `ends`
    names the obligations and flags that a receipt with this status ends."""

    status: str = Field(pattern=r"^[a-z_]+$")
    kind: Literal["stage", "obligation", "flag", "mark"]
    rank: int = Field(ge=0)
    group: Literal["in_preparation", "in_process", "action_required", "cleared", "rejected", "cancelled"]
    open: bool
    acts: Literal["declarant", "trader", "carrier", "customs", "nobody"]
    precedence: int = Field(ge=0)
    ends: Annotated[frozenset[str], WORDS] = frozenset()
    zh: str
    en: str


class CodeRow(Row):
    """One code of one system. A row without a status is kept and flagged: it stands on the timeline and moves nothing,
    for the stated `reason`. One with `when` holds only where all these signs do. `keeps` are obligations that it does
    not end although its status does, `opens` is one that begins when the stage is reached."""

    code: str
    qualifier: str = ""
    when: Annotated[frozenset[Sign], WORDS] = frozenset()
    status: str = ""
    conditional: bool = False
    keeps: Annotated[frozenset[str], WORDS] = frozenset()
    opens: str = ""
    alert: str = Field(default="", pattern=r"^(A\d\d)?$")
    zh: str
    en: str
    reason: str = ""
    source: str

    @property
    def signs(self) -> str:
        """The signs of `when` in words, in one order; empty if it has none."""
        return " and ".join(sorted(self.when))


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code says, ready for the fold: the row, its status, and the stage or obligation it touches."""

    system: str  # the table that says so
    row: CodeRow
    status: str
    kind: str
    stage: str  # the stage it moves to, "" if none; "released_conditionally" is a stage of its own
    rank: int
    ends: frozenset[str]
    alert: str
    when: frozenset[Sign]
    opens: str = ""  # the obligation that begins when the stage is reached


@dataclass(frozen=True)
class Codes:
    """All code tables. `meaning` is the one way in.

    `dialects` are systems with meanings of their own, by the system that says what they leave out.
    """

    statuses: dict[str, Status]
    meanings: dict[tuple[str, str, str], tuple[Meaning, ...]]
    dialects: Mapping[str, str]

    @cached_property
    def systems(self) -> frozenset[str]:
        return frozenset(system for system, _, _ in self.meanings)

    def meaning(self, system: str, code: str, qualifier: str) -> tuple[Meaning, ...]:
        """Candidates, history-dependent ones first; empty for a code that the table does not hold."""
        get = self.meanings.get
        return (
            get((system, code, qualifier))
            or get((system, code, ""))
            or get((system, "*", ""))
            or get((self.dialects.get(system, ""), code, qualifier), ())
        )

    @cached_property
    def ended_by(self) -> dict[str, frozenset[str]]:
        """The obligations and flags that a receipt of a status ends, one by one; by status."""
        return {name: _ends(row, self.statuses) for name, row in self.statuses.items()}

    def rows(self) -> Iterator[tuple[str, Meaning]]:
        """Every row with its system, in the order of the files."""
        for (system, _, _), meanings in self.meanings.items():
            for meaning in meanings:
                yield system, meaning


def load_statuses(path: Path = STATUSES) -> dict[str, Status]:
    """The canonical statuses by name. Raises `InvalidTable` naming file and line."""
    statuses = index(path, ((row.status, row) for row in Status.read(path)))
    _check_ends(path, statuses)
    return statuses


def load_codes(tables: Iterable[Path], statuses: dict[str, Status], dialects: Mapping[str, str]) -> Codes:
    """Read code tables, one system each, named as their files. Raises `InvalidTable` naming file and line."""
    meanings: dict[tuple[str, str, str], tuple[Meaning, ...]] = {}
    for path in tables:
        _add(path, statuses, meanings)
    return Codes(statuses, meanings, dialects)


def _check_ends(path: Path, statuses: dict[str, Status]) -> None:
    able = {"all", *_beside(statuses)}
    for row in statuses.values():
        if unknown := row.ends - able:
            raise row.refuse(path, f"ends: {sorted(unknown)} are no obligations")


def _add(path: Path, statuses: dict[str, Status], into: dict[tuple[str, str, str], tuple[Meaning, ...]]) -> None:
    rows = CodeRow.read(path)
    index(path, (((row.code, row.qualifier, row.when), row) for row in rows))
    for row in sorted(rows, key=lambda row: not row.when):  # what needs a sign is tried first
        key = (path.stem, row.code, row.qualifier)
        into[key] = (*into.get(key, ()), _meaning(path, statuses, row))


def _meaning(path: Path, statuses: dict[str, Status], row: CodeRow) -> Meaning:
    if not row.status:
        _check_kept(path, row)
        return Meaning(
            system=path.stem,
            row=row,
            status="",
            kind="kept",
            stage="",
            rank=UNKNOWN_RANK,
            ends=frozenset(),
            alert=row.alert,
            when=row.when,
        )
    status = statuses.get(row.status)
    if status is None:
        raise row.refuse(path, f"status {row.status!r} is not in status.csv")
    stage = row.status if status.kind == "stage" else ""
    stage += "_conditionally" if row.conditional else ""
    if row.conditional and row.status != "released":
        raise row.refuse(path, f"conditional: only a release can be, and this is {row.status}")
    _check_obligations(path, statuses, row)
    return Meaning(
        system=path.stem,
        row=row,
        status=row.status,
        kind=status.kind,
        stage=stage,
        rank=status.rank,
        ends=_ends(status, statuses) - row.keeps,
        alert=row.alert,
        when=row.when,
        opens=row.opens,
    )


def _check_obligations(path: Path, statuses: dict[str, Status], row: CodeRow) -> None:
    opens = {row.opens} - {""}
    for column, names in (("keeps", row.keeps), ("opens", opens)):
        if wrong := [name for name in sorted(names) if name not in statuses or statuses[name].kind != "obligation"]:
            raise row.refuse(path, f"{column} {wrong[0]!r}, which is no obligation of status.csv")
    if opens and statuses[row.status].kind != "stage":
        raise row.refuse(path, f"opens {row.opens!r}: only a stage opens an obligation, and {row.status} is none")


def _check_kept(path: Path, row: CodeRow) -> None:
    if not row.reason:
        raise row.refuse(path, "a code without a status needs a reason")
    if row.alert:
        raise row.refuse(path, f"alert {row.alert}: a code without a status moves nothing and sets off no rule")


def _ends(status: Status, statuses: dict[str, Status]) -> frozenset[str]:
    if "all" not in status.ends:
        return status.ends
    return frozenset(_beside(statuses))


def _beside(statuses: dict[str, Status]) -> list[str]:
    """What stands beside the stage until something ends it: obligations and flags."""
    return [name for name, row in statuses.items() if row.kind in ("obligation", "flag")]
