"""What readers ask the store, through `reader`. Each function is one question on an open connection, for a viewer.

The surprise: what is shown of a declaration lies in its status record, as the tracker wrote it; the columns beside it
are there to be searched by.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    asc,
    bindparam,
    desc,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression

from clearance.events.anomalies.ledger import Turn
from clearance.events.standing.timeline import Entry
from clearance.events.step.outputs import CommandResult, Event
from clearance.store.rows import (
    Finding,
    FindingPlace,
    Folded,
    Meant,
    Outcome,
    Place,
    Stored,
    WantedAnomalies,
    WantedDeclarations,
)
from clearance.store.schema import anomalies, declarations, events, handlings, numbers, progress
from clearance.store.viewer import EVERYBODY, SOMEBODY, Viewer, among, has_few, parameters, visible

S = TypeVar("S", bound=Struct)
CARRIER = declarations.alias("one")
HAND = handlings.c


def progress_of_all(connection: Connection) -> list[Folded]:
    """The progress of every partition that has any, by partition."""
    return _all(connection, _progress(), Folded)


@cache
def _progress() -> Select[Any]:
    return _select(progress, Folded).order_by(progress.c.partition)


def declaration(connection: Connection, viewer: Viewer, declaration: str) -> Stored | None:
    """One declaration by its id; a pointer is answered with itself."""
    query = _select(declarations, Stored).where(declarations.c.id == declaration, *_seen(viewer))
    rows = _all(connection, query, Stored)
    return rows[0] if rows else None


def primary_of(connection: Connection, viewer: Viewer, declaration: str) -> str:
    """What a pointer leads to; any other id itself."""
    primary = declarations.c.merged_into
    query = select(primary).where(declarations.c.id == declaration, *_seen(viewer), *visible(viewer, primary))
    return connection.execute(query).scalar() or declaration


def declarations_of(connection: Connection, viewer: Viewer, ids: Iterable[str]) -> list[Stored]:
    """Declarations by id, those that changed last first."""
    query = _declarations_of(viewer == EVERYBODY)
    return _all(connection, query, Stored, {"ids": list(ids), **parameters(viewer)})


@cache
def _declarations_of(everybody: bool) -> Select[Any]:
    ids = declarations.c.id.in_(bindparam("ids", expanding=True))
    query = _select(declarations, Stored).where(ids, *_seen(EVERYBODY if everybody else SOMEBODY))
    return query.order_by(declarations.c.applied_at.desc(), declarations.c.id)


def carriers(connection: Connection, viewer: Viewer, meant: Iterable[Meant], limit: int) -> list[str]:
    """Ids of the declarations that carry a number, in any of its meanings; at most `limit`. A pointer gives its
    primary, as soon as the store has that and says that the viewer may see it."""
    ways = [*meant]
    query = _carriers(viewer == EVERYBODY, tuple((bool(one.kind), bool(one.authority)) for one in ways))
    values = {f"{name}_{at}": value for at, one in enumerate(ways) for name, value in one._asdict().items() if value}
    return list(connection.execute(query, {"most": limit, **values, **parameters(viewer)}).scalars())


@cache
def _carriers(everybody: bool, shape: tuple[tuple[bool, bool], ...]) -> Select[Any]:
    """For numbers of which it is said or not of which kind they are, and whose."""
    ways = [
        and_(
            numbers.c.value == bindparam(f"value_{at}"),
            *([numbers.c.kind == bindparam(f"kind_{at}")] if has_kind else []),
            *([CARRIER.c.authority == bindparam(f"authority_{at}")] if has_authority else []),
        )
        for at, (has_kind, has_authority) in enumerate(shape)
    ]
    query = _carrying(EVERYBODY if everybody else SOMEBODY, []).where(or_(*ways))
    return query.order_by("target").limit(bindparam("most"))


def carriers_of_each(
    connection: Connection, viewer: Viewer, values: Iterable[str], limit: int
) -> list[tuple[str, Meant]]:
    """The same for many numbers: who carries which of these values, at most `limit` times."""
    query = _carrying(viewer, [CARRIER.c.authority, numbers.c.kind, numbers.c.value])
    rows = connection.execute(query.where(numbers.c.value.in_(list(values))).limit(limit))
    return [(target, Meant(*meant)) for target, *meant in rows]


def _carrying(viewer: Viewer, shown: list[ColumnElement[Any]]) -> Select[Any]:
    """Whoever carries a number; in place of a pointer its `target`."""
    primary = declarations.alias("primary")
    target = func.coalesce(primary.c.id, CARRIER.c.id)
    leads = and_(primary.c.id == CARRIER.c.merged_into, *visible(viewer, primary.c.id, primary.c.merged_into))
    joined = numbers.join(CARRIER, CARRIER.c.id == numbers.c.declaration).outerjoin(primary, leads)
    query = select(target.label("target"), *shown).distinct().select_from(joined)
    return query.where(*visible(viewer, CARRIER.c.id, CARRIER.c.merged_into))


def carried(connection: Connection, viewer: Viewer, ids: Iterable[str], values: Iterable[str]) -> set[tuple[str, str]]:
    """Which of these declarations carry which of these values: (declaration, `kind:value`)."""
    query = select(numbers.c.declaration, numbers.c.kind, numbers.c.value).where(
        numbers.c.declaration.in_(list(ids)), numbers.c.value.in_(list(values)), *visible(viewer, numbers.c.declaration)
    )
    return {(declaration, f"{kind}:{value}") for declaration, kind, value in connection.execute(query)}


def newest(
    connection: Connection, viewer: Viewer, wanted: WantedDeclarations, before: Place | None, limit: int
) -> list[Stored]:
    """Declarations that changed before a place, those that changed last first."""
    below = [] if before is None else [_place(declarations, "applied_at") < _given(declarations, "applied_at", before)]
    return _listed(connection=connection, viewer=viewer, wanted=wanted, where=below, limit=limit, direction=desc)


def changed(
    connection: Connection, viewer: Viewer, wanted: WantedDeclarations, after: Place, limit: int
) -> list[Stored]:
    """Declarations that changed after a place, in the order in which they did."""
    above = _place(declarations, "applied_at") > _given(declarations, "applied_at", after)
    return _listed(connection=connection, viewer=viewer, wanted=wanted, where=[above], limit=limit, direction=asc)


def anomalies_of(
    connection: Connection, viewer: Viewer, wanted: WantedAnomalies, after: FindingPlace | None, limit: int
) -> list[Finding]:
    """Anomalies behind a place: by their limits, the earliest first, then those without, opened last first. Both are
    read in order from an index of their own."""
    column, few = anomalies.c, has_few(connection, viewer)
    query = _wanted_anomalies(wanted, viewer, few).where(*(among if few else visible)(viewer, column.declaration))
    newest_first = (column.opened_at.desc(), column.id.desc())
    found: list[Finding] = []
    if after is None or after.limit is not None:
        by_limit = query.where(column.limit.is_not(None), *_behind(after))
        found = _findings(connection, by_limit.order_by(column.limit, *newest_first).limit(limit))
    if len(found) < limit:
        before = _behind(after) if after is not None and after.limit is None else []
        # for PostgreSQL NULL is no order: of any state it takes the index only if that is asked for in its order
        none = () if wanted.states else (column.limit.desc(),)
        rest = query.where(column.limit.is_(None), *before).order_by(*none, *newest_first)
        found += _findings(connection, rest.limit(limit - len(found)))
    return found


def changed_anomalies(
    connection: Connection, viewer: Viewer, wanted: WantedAnomalies, after: Place, limit: int
) -> list[Finding]:
    """Anomalies that changed after a place, in the order in which they did."""
    column, few = anomalies.c, has_few(connection, viewer)
    above = _place(anomalies, "applied_at") > _given(anomalies, "applied_at", after)
    query = _wanted_anomalies(wanted, viewer, few).where(
        above, *(among if few else visible)(viewer, column.declaration)
    )
    return _findings(connection, query.order_by(column.applied_at, column.id).limit(limit))


def _behind(place: FindingPlace | None) -> list[ColumnElement[bool]]:
    """Of those with a limit, or of those without, whichever the place is among."""
    if place is None:
        return []
    older = _place(anomalies, "opened_at") < _given(anomalies, "opened_at", Place(place.at, place.id))
    if place.limit is None:
        return [older]
    return [or_(anomalies.c.limit > place.limit, and_(anomalies.c.limit == place.limit, older))]


def _wanted_anomalies(wanted: WantedAnomalies, viewer: Viewer, few: bool) -> Select[Any]:
    column, organisation = anomalies.c, viewer.organisation
    return _select(anomalies, Finding).where(
        *_standing(_unsought(column.state, few), wanted.states, organisation),
        *_one_of(column.rule, wanted.rules),
        *_one_of(column.severity, wanted.severities),
        *_equal(column.office, wanted.office),
        *_equal(column.direction, wanted.direction),
        *_equal(column.declaration, wanted.declaration),
        *_acknowledged(wanted.acknowledged, organisation),
        *([] if wanted.assignee is None else [_handled(organisation, HAND.assignee == wanted.assignee)]),
        *([] if wanted.opened_since is None else [column.opened_at >= wanted.opened_since]),
    )


def _standing(state: ColumnElement[str], states: tuple[str, ...], organisation: str) -> list[ColumnElement[bool]]:
    """In one of these states for an organisation: the one in which it has closed it, else as for all."""
    if not states or not organisation:
        return _one_of(state, states)
    as_for_all = and_(state.in_(states), ~_handled(organisation, HAND.closed > ""))
    if states == ("open",):
        return [as_for_all]
    return [or_(as_for_all, _handled(organisation, HAND.closed.in_(states)))]


def _acknowledged(wanted: bool | None, organisation: str) -> list[ColumnElement[bool]]:
    noted = _handled(organisation, HAND.acknowledged)
    return [] if wanted is None else [noted if wanted else ~noted]


def _handled(organisation: str, what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the organisation has done that about an anomaly."""
    done = select(HAND.anomaly).where(HAND.anomaly == anomalies.c.id, HAND.organisation == organisation, what)
    return done.correlate(anomalies).exists()


def _findings(connection: Connection, query: Select[Any]) -> list[Finding]:
    return [_finding(row._mapping) for row in connection.execute(query)]


def anomaly(connection: Connection, viewer: Viewer, anomaly: str) -> Finding | None:
    """One anomaly by its id."""
    query = _select(anomalies, Finding).where(anomalies.c.id == anomaly, *visible(viewer, anomalies.c.declaration))
    row = connection.execute(query).first()
    return None if row is None else _finding(row._mapping)


def outcomes(connection: Connection, viewer: Viewer, command_id: str) -> list[Outcome]:
    """What became of a command of the viewer's own: one result, or several where an id was given to commands of several
    declarations. Everybody is told of all."""
    query = select(events.c.value).where(events.c.command_id == command_id, *visible(viewer, events.c.declaration))
    rows = connection.execute(query.order_by(events.c.epoch.desc(), events.c.declaration, events.c.seq)).scalars()
    told = [_EVENT.decode(value) for value in rows]
    return [
        Outcome(
            command_id=command_id,
            declaration=one.declaration,
            outcome=one.data.outcome,
            reason=one.data.reason,
            at=one.at,
            organisation=one.data.organisation,
        )
        for one in told
        if isinstance(one.data, CommandResult) and (viewer == EVERYBODY or one.data.organisation == viewer.organisation)
    ]


def _listed(
    connection: Connection,
    viewer: Viewer,
    wanted: WantedDeclarations,
    where: list[ColumnElement[bool]],
    limit: int,
    direction: Callable[[ColumnElement[Any]], UnaryExpression[Any]],
) -> list[Stored]:
    """The first rows of each status wanted, each read in order from an index, and of these the first."""
    column, few = declarations.c, has_few(connection, viewer)
    seen = among(viewer, column.id) if few else _seen(viewer)
    query = _select(declarations, Stored).where(*_wanted(wanted, few), *where, *seen)
    order = (direction(column.applied_at), direction(column.id))
    if wanted.statuses is None:
        return _all(connection, query.order_by(*order).limit(limit), Stored)
    each = [query.where(_unsought(column.status, few) == one).order_by(*order).limit(limit) for one in wanted.statuses]
    if not each:
        return []
    both = union_all(*(select(one.subquery()) for one in each)).subquery()
    return _all(
        connection, select(both).order_by(direction(both.c.applied_at), direction(both.c.id)).limit(limit), Stored
    )


def _seen(viewer: Viewer) -> list[ColumnElement[bool]]:
    return visible(viewer, declarations.c.id, declarations.c.merged_into)


def _wanted(wanted: WantedDeclarations, few: bool) -> list[ColumnElement[bool]]:
    """All but the status."""
    column = declarations.c
    return [
        _unsought(column.merged_into) == "",  # nearly all: no index on it is of use here
        *_equal(_unsought(column.office, few), wanted.office),
        *_equal(column.direction, wanted.direction),
        *_equal(column.open, wanted.open),
        *([] if wanted.updated_since is None else [column.applied_at >= wanted.updated_since]),
        *([] if wanted.numbers is None else [column.id.in_(_carriers_of_one(wanted.numbers))]),
    ]


def _carriers_of_one(written: tuple[str, ...]) -> Select[Any]:
    """Ids of what carries one of these numbers, written `authority:kind:value`."""
    one = declarations.alias("one")
    found = select(numbers.c.declaration).join_from(numbers, one, one.c.id == numbers.c.declaration)
    whole = one.c.authority + ":" + numbers.c.kind + ":" + numbers.c.value
    return found.where(numbers.c.value.in_([number.split(":", 2)[2] for number in written]), whole.in_(written))


def _unsought(column: ColumnElement[str], few: bool = True) -> ColumnElement[str]:
    """The column so that no index on it is taken, which SQLite would: who has `few` rows is found by these."""
    return column + "" if few else column


@cache
def _select(table: Table, struct: type[Struct]) -> Select[Any]:
    """Built once: naming a row's columns costs as much as reading one."""
    return select(*(table.c[name] for name in struct.__struct_fields__))


def _all(
    connection: Connection, query: Select[Any], struct: type[S], given: Mapping[str, object] | None = None
) -> list[S]:
    return [struct(*row) for row in connection.execute(query, given)]


def _finding(row: Any) -> Finding:
    decoded = {name: decoder.decode(row[name]) for name, decoder in IN_JSON.items()}
    return Finding(**{**row, **decoded})


IN_JSON: dict[str, msgspec.json.Decoder[Any]] = {
    "receipts": msgspec.json.Decoder(tuple[str, ...]),
    "about": msgspec.json.Decoder(dict[str, str]),
    "lines": msgspec.json.Decoder(tuple[Entry, ...]),
    "turns": msgspec.json.Decoder(tuple[Turn, ...]),
}


def _one_of(column: ColumnElement[str], values: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return [column.in_(values)] if values else []


def _equal(column: ColumnElement[Any], value: object) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _place(table: Table, by: str) -> ColumnElement[Any]:
    return tuple_(table.c[by], table.c.id)


def _given(table: Table, by: str, place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place.at, table.c[by].type), literal(place.id, table.c.id.type))


_EVENT = msgspec.json.Decoder(Event)
