"""`/v1/anomalies`: what is wrong, with the evidence."""

from typing import Any

from fastapi import APIRouter, Request, Response

from clearance.api import answers, links, models, paging, parameters
from clearance.api.admission import Guarded
from clearance.api.problems import Problem, documented
from clearance.api.questions import question
from clearance.api.request import Ask
from clearance.store.rows import WantedAnomalies

router = APIRouter(tags=["anomalies"], route_class=Guarded)


@router.get(
    "/v1/anomalies",
    summary="What is wrong",
    response_model=models.Anomalies,
    responses=documented("cursor-of-another-epoch"),
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
    with ask.reading() as reader:
        place = paging.read(cursor, ask.epoch, ask.viewer, paging.FindingCursor)
        rows, more = paging.anomalies(reader, wanted, place, limit, ask.epoch)
    address = links.to_next("/v1/anomalies", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    return models.Anomalies(anomalies=[answers.anomaly(row, ask.words) for row in rows], next=address)


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
