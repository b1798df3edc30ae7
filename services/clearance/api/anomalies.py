"""`/v1/anomalies`: what is wrong, with the evidence."""

from typing import Any

from fastapi import APIRouter, Request, Response

from clearance.api import answers, links, models, paging, parameters
from clearance.api.asked import Ask
from clearance.api.problems import Problem, documented
from clearance.store.found import WantedAnomalies
from clearance.store.queries import finding

router = APIRouter(tags=["anomalies"])


@router.get(
    "/v1/anomalies",
    summary="What is wrong",
    response_model=models.Anomalies,
    responses=documented("cursor-of-another-epoch"),
)
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
    """What is wrong, that opened last first. Without `state`, only what is open."""
    states = () if "any" in state else tuple(state)
    wanted = WantedAnomalies(states, tuple(rule), tuple(severity), office, direction, opened_since)
    with ask.reading() as connection:
        rows, more = paging.anomalies(connection, wanted, paging.read(cursor, ask.epoch), limit, ask.epoch)
    address = links.to_next("/v1/anomalies", request.query_params.multi_items(), paging.opaque(more))
    response.headers.update(links.link_header(address))
    return models.Anomalies(anomalies=[answers.anomaly(row, ask.words) for row in rows], next=address)


@router.get(
    "/v1/anomalies/{anomaly}",
    summary="One anomaly",
    response_model=models.Anomaly,
    responses=documented("unknown-anomaly"),
)
def anomaly(anomaly: parameters.AnomalyId, ask: Ask) -> Any:
    """One anomaly, open or closed."""
    with ask.reading() as connection:
        found = finding(connection, anomaly)
    if found is None:
        raise Problem("unknown-anomaly", anomaly=anomaly)
    return answers.anomaly(found, ask.words)
