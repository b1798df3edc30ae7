"""A registration as a declaration that nothing is known of yet: what its organisation sees until customs has spoken.

The surprise: it is made when it is asked for, and stands nowhere. Its deadlines are those of A01, counted from the time
of filing, and of its plan's cut-off, by the same table and code as any other; they fire for whoever asks after it.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from clearance.access import registrations
from clearance.access.registrations import Kind, Registration
from clearance.api import lookup
from clearance.api.links import without_slashes_undone
from clearance.api.lookup import meanings, respelt
from clearance.api.problems import Problem, broken
from clearance.api.request import Asked
from clearance.events.anomalies import lifecycle
from clearance.events.anomalies.ledger import Cause, Ledger
from clearance.events.receipts.facts import Facts, Statement
from clearance.events.standing.statements import plans
from clearance.events.standing.track import Signal, Track
from clearance.events.standing.view import PARTIES, view
from clearance.events.step.declaration import Declaration
from clearance.events.step.state_records import encode_state
from clearance.events.tables.transitions import START
from clearance.kafka.clients import partition_of
from clearance.settings.clock import utc_now
from clearance.settings.tables import default_tables
from clearance.store.rows import Meant, Stored

UNANSWERED = "A01"
AWAITING = START
"""Where a declaration stands that nothing is seen of."""
MOST_OPENED = 64
"""More anomalies than a registration can have by time alone; how many there are is part of its version."""
MOST_MARKED = 5000
"""Registrations by which declarations can be chosen: the store is asked for each."""
OWN_REFERENCE = "reference:"
"""Before a reference of the organisation's own, where a number is asked for."""


def as_declaration(given: Registration, now: datetime, partitions: int) -> Stored:
    """As a store of so many partitions would hold it at this time. Its version is the time of its last change."""
    tables, state = default_tables(), _state(given, now)
    shown = view(state.facts, tables, state.track)
    return Stored(
        id=given.declaration,
        partition=partition_of(given.declaration.encode(), partitions),
        epoch=0,
        src=state.src,
        authority=state.authority,
        status=shown.status,
        group=shown.group,
        open=shown.open,
        direction="",
        office="",
        transport_mode="",
        since=None,
        applied_at=given.changed_at,
        record=encode_state(state, tables),
        seq=0,
        merged_into="",
    )


def _state(given: Registration, now: datetime) -> Declaration:
    tables, authority = default_tables(), given.declaration.partition(":")[0]
    named = {of: given.parties.get(party, {}).get(field, "") for of, (party, field) in PARTIES.items()}
    track = Track(
        stage_signal=Signal(UNANSWERED, given.filed_at, ()), details={of: one for of, one in named.items() if one}
    )
    facts = Facts(numbers=frozenset({given.declaration.partition(":")[2]}), statements=_stated(given))
    settled = lifecycle.settle(
        ledger=Ledger(),
        track=track,
        plans=plans(facts),
        authority=authority,
        tables=tables,
        cause=Cause(now, "clock"),
        now=now,
    )
    return Declaration(
        id=given.declaration,
        facts=facts,
        ledger=_dated(settled.ledger),
        track=track,
        deadline=settled.deadline,
        src=MOST_OPENED * int(given.changed_at.timestamp() * 1000) + len(settled.ledger.anomalies),
    )


def _dated(ledger: Ledger) -> Ledger:
    """Each anomaly opened at its deadline: the time of asking would give each answer other bytes under one ETag."""
    dated = {
        key: replace(one, turns=tuple(replace(turn, at=one.deadline) for turn in one.turns))
        for key, one in ledger.anomalies.items()
    }
    return replace(ledger, anomalies=dated)


def _stated(given: Registration) -> dict[str, Statement]:
    """The plan as a statement of the declaration."""
    if given.plan is None:
        return {}
    command = given.plan.command_id
    return {command: Statement(command, "transport_plan", given.changed_at, "", given.plan.body)}


def seen_or_registered(ask: Asked, number: str) -> tuple[Stored, bool]:
    """What is known of a declaration, and True; of one that is not seen, what the organisation has registered itself,
    and False: no log tells when that changes. Raises `Problem`."""
    if number.startswith(OWN_REFERENCE):
        return seen_or_registered(ask, _of_own_reference(ask, number).declaration)
    try:
        with ask.reading() as reader:
            return lookup.the_one(reader, number, ask.words), True
    except Problem as problem:
        return registered_instead(problem, ask, number), False


def _of_own_reference(ask: Asked, number: str) -> Registration:
    """The registration that bears it. Raises `Problem`: none, or several."""
    reference = without_slashes_undone(number.removeprefix(OWN_REFERENCE))
    found = bearing(ask, [("reference", reference)], lookup.LISTED + 1) if ask.keeps_registrations else []
    if not found:
        raise Problem("unknown-number", number=number)
    if len(found) == 1:
        return found[0]
    rows = [seen_or_registered(ask, one.declaration)[0] for one in found[: lookup.LISTED]]
    listed = [lookup.shown(row, ["reference"], ask.words) for row in rows]
    complete = len(found) <= lookup.LISTED
    raise Problem("several-declarations", number=number, count=len(listed), complete=complete, declarations=listed)


def bearing(ask: Asked, marks: Iterable[tuple[Kind, str]], limit: int) -> list[Registration]:
    """Registrations of the organisation that asks with all of these marks; at most `limit`."""
    return registrations.those(ask.access, ask.organisation, marks, "", limit)


def marked(ask: Asked, marks: list[tuple[Kind, str]]) -> tuple[str, ...] | None:
    """The numbers that the organisation has registered with these marks; None without marks. Raises `Problem`."""
    found = bearing(ask, marks, MOST_MARKED + 1) if marks else None
    if found is not None and len(found) > MOST_MARKED:
        why = f"more than {MOST_MARKED:,} registrations bear it: use one that fewer bear, or GET /v1/registrations"
        raise broken(marks[0][0], why, "query")
    return None if found is None else tuple(one.declaration for one in found)


def registered(ask: Asked, number: str) -> Registration | None:
    """What the organisation that asks has registered under a number, if that can mean but one declaration."""
    ids = registrable(number) if ask.keeps_registrations else []
    return registrations.the_one(ask.access, ask.organisation, ids[0]) if len(ids) == 1 else None


def registered_instead(problem: Problem, ask: Asked, number: str) -> Stored:
    """What the organisation has registered itself of a declaration that it does not see, which is not to be kept, since
    no log tells when it changes. Raises the `Problem` if that is another, or nothing is registered."""
    own = registered(ask, number) if problem.slug == "unknown-number" else None
    if own is None:
        raise problem
    return as_declaration(own, utc_now(), ask.partitions)


def registrable(number: str) -> list[str]:
    """The declaration ids that a number may be meant as, by its form alone: as it is written, else as is meant. A kind
    of number without a form of its own has to be named."""
    plain = without_slashes_undone(number)
    return _ids(meanings(plain), named=True) or _ids(respelt(plain), named=False)


def _ids(meant: Iterable[Meant], named: bool) -> list[str]:
    found = (
        f"{authority}:{row.kind}:{one.value}"
        for one in meant
        for authority, rows in default_tables().numbers.of.items()
        for row in rows.values()
        if one.authority in ("", authority) and one.kind in ("", row.kind) and row.role != "search"
        if row.accepts(one.value) and (row.pattern or (named and one.kind))
    )
    return list(dict.fromkeys(found))
