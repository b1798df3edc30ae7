"""`/v1/anomalies`: what is wrong, with the evidence."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import Depends, Request, Response
from msgspec.structs import replace

from clearance.api import answers, links, listing, lookup, models, paging, parameters
from clearance.api.page import page
from clearance.api.position import BEHIND, reached
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.request import Ask, Asked
from clearance.store.rows import Finding, Stored, WantedAnomalies

router = page("anomalies")


@router.get(
    "/v1/anomalies",
    dependencies=[Depends(reached)],
    summary="What is wrong",
    response_model=models.Anomalies,
    responses={
        **listing.DOCUMENTED,
        **documented("cursor-of-another-epoch", "several-declarations", "unknown-number", *BEHIND),
    },
)
@question("list")
def anomalies(
    ask: Ask,
    request: Request,
    response: Response,
    state: parameters.States = [],  # noqa: B006 # read only, and shown as the default
    rule: parameters.Rules = [],  # noqa: B006
    severity: parameters.Severities = [],  # noqa: B006
    office: parameters.Office = None,
    direction: parameters.Direction = None,
    opened_since: parameters.OpenedSince = None,
    updated_since: parameters.UpdatedSince = None,
    declaration: parameters.DeclarationFilter = None,
    unacknowledged: parameters.Unacknowledged = None,
    assignee: parameters.Assignee = None,
    limit: parameters.Limit = 50,
    cursor: parameters.Cursor = None,
    format: parameters.Format = None,  # noqa: A002 # the name in the address
) -> Any:
    """What is wrong: what has a limit by that, the earliest first, then the rest, what opened last first. Without
    `state`, only what is open. With `updated_since` all that changed from then on, in that order, so that who keeps a
    copy can go on after a crash."""
    wanted = WantedAnomalies(
        states=_states(state, updated_since),
        rules=tuple(rule),
        severities=tuple(severity),
        office=office,
        direction=direction,
        opened_since=opened_since,
        updated_since=updated_since,
        acknowledged=None if unacknowledged is None else not unacknowledged,
        assignee=assignee,
    )
    if declaration is not None:
        wanted = replace(wanted, declaration=_declaration(ask, declaration))
    place = paging.read(cursor, ask.epoch, ask.viewer, paging.FindingCursor)
    if (kind := listing.wanted(ask, format, request)) != "json":
        return listing.as_sheet(ask, "anomalies", kind, partial(_rows, ask, wanted), place)
    rows, more = _page(ask, wanted, limit, place)
    address = links.to_next("/v1/anomalies", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    return models.Anomalies(anomalies=rows, next=address)


def _declaration(ask: Asked, number: str) -> str:
    """The id of the declaration that a number means. Raises `Problem`."""
    with ask.reading() as reader:
        return lookup.the_one(reader, number, ask.words).id


def _states(state: Sequence[str], updated_since: datetime | None) -> tuple[str, ...]:
    """The states wanted; () for all."""
    return () if "any" in state else tuple(state) or (() if updated_since else ("open",))


def _page(
    ask: Asked, wanted: WantedAnomalies, limit: int, place: paging.FindingCursor | None
) -> tuple[list[models.AnomalyRow], paging.FindingCursor | None]:
    with ask.reading() as reader:
        rows, more = paging.anomalies(reader, wanted, place, limit, ask.epoch)
        ids = {row.declaration for row in rows}
        of, within = {row.id: row for row in reader.declarations(ids)}, reader.incidents_with(ids)
    return [_row(row, of.get(row.declaration), within.get(row.declaration, ""), ask) for row in rows], more


def _row(found: Finding, of: Stored | None, incident: str, ask: Asked) -> models.AnomalyRow:
    return answers.anomaly_in_list(found, of, incident, ask.words, ask.organisation)


def _rows(ask: Asked, wanted: WantedAnomalies, place: paging.FindingCursor | None) -> listing.Page:
    """A page of a sheet."""
    rows, more = _page(ask, wanted, parameters.MOST, place)
    return [row.model_dump(mode="json") for row in rows], more


@router.get(
    "/v1/anomalies/{anomaly}",
    summary="One anomaly",
    response_model=models.Anomaly,
    responses=documented("unknown-anomaly"),
)
@question("cheap")
def anomaly(anomaly: parameters.AnomalyId, ask: Ask) -> Any:
    """One anomaly, open or closed."""
    with ask.reading() as reader:
        found = reader.anomaly(anomaly)
    if found is None:
        raise Problem("unknown-anomaly", anomaly=anomaly)
    return answers.anomaly(found, ask.words, ask.organisation)
