"""`/v1/anomalies`: what is wrong, with the evidence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from msgspec.structs import replace

from clearance.api import answers, links, lookup, models, paging, parameters
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
    responses=documented("cursor-of-another-epoch", "several-declarations", "unknown-number"),
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
    limit: parameters.Limit = 50,
    cursor: parameters.Cursor = None,
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
    )
    with ask.reading() as reader:
        if declaration is not None:
            of = lookup.the_one(reader, declaration, ask.words).id
            wanted = replace(wanted, declaration=of)
        place = paging.read(cursor, ask.epoch, ask.viewer, paging.FindingCursor)
        rows, more = paging.anomalies(reader, wanted, place, limit, ask.epoch)
        of_them = {row.id: row for row in reader.declarations({row.declaration for row in rows})}
    address = links.to_next("/v1/anomalies", request.query_params.multi_items(), paging.opaque(more, ask.viewer))
    response.headers.update(links.link_header(address))
    shown = [answers.anomaly_in_list(row, of_them.get(row.declaration), ask.words) for row in rows]
    return models.Anomalies(anomalies=shown, next=address)


def _states(state: Sequence[str], updated_since: datetime | None) -> tuple[str, ...]:
    """The states wanted; () for all."""
    return () if "any" in state else tuple(state) or (() if updated_since else ("open",))


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
