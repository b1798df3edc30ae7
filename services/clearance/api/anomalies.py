"""`/v1/anomalies`: what is wrong, with the evidence."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from clearance.api import answers, links, listing, models, paging, parameters
from clearance.api.admission import Guarded
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.request import Ask, Asked
from clearance.store.rows import Finding, WantedAnomalies

router = APIRouter(tags=["anomalies"], route_class=Guarded)


@router.get(
    "/v1/anomalies",
    summary="What is wrong",
    response_model=models.Anomalies,
    responses={**listing.DOCUMENTED, **documented("cursor-of-another-epoch")},
)
@question("list")
def anomalies(
    ask: Ask,
    request: Request,
    response: Response,
    state: parameters.States = ["open"],  # noqa: B006 # read only, and shown as the default
    rule: parameters.Rules = [],  # noqa: B006
    severity: parameters.Severities = [],  # noqa: B006
    office: parameters.Office = None,
    direction: parameters.Direction = None,
    opened_since: parameters.OpenedSince = None,
    limit: parameters.Limit = 50,
    cursor: parameters.Cursor = None,
    format: parameters.Format = None,  # noqa: A002 # the name in the address
) -> Any:
    """What is wrong: what has a limit by that, the earliest first, then the rest, what opened last first. Without
    `state`, only what is open."""
    states = () if "any" in state else tuple(state)
    wanted = WantedAnomalies(
        states=states,
        rules=tuple(rule),
        severities=tuple(severity),
        office=office,
        direction=direction,
        opened_since=opened_since,
    )
    place = paging.read(cursor, ask.epoch, ask.viewer, paging.FindingCursor)
    if (kind := listing.wanted(ask, format, request)) != "json":
        return listing.as_sheet(ask, "anomalies", kind, partial(_rows, ask, wanted), place)
    rows, more = _page(ask, wanted, limit, place)
    address = links.to_next("/v1/anomalies", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    return models.Anomalies(anomalies=[answers.anomaly(row, ask.words) for row in rows], next=address)


def _page(
    ask: Asked, wanted: WantedAnomalies, limit: int, place: paging.FindingCursor | None
) -> tuple[list[Finding], paging.FindingCursor | None]:
    with ask.reading() as reader:
        return paging.anomalies(reader, wanted, place, limit, ask.epoch)


def _rows(ask: Asked, wanted: WantedAnomalies, place: paging.FindingCursor | None) -> listing.Page:
    """A page of a sheet."""
    rows, more = _page(ask, wanted, parameters.MOST, place)
    return [answers.anomaly(row, ask.words).model_dump(mode="json") for row in rows], more


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
    return answers.anomaly(found, ask.words)
