"""`/healthz`, `/readyz`, `/metrics`: for whoever runs the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from clearance.api.freshness import PARTITIONS
from clearance.api.problems import Problem, documented
from clearance.settings.clock import utc_now
from clearance.store.reader import reading
from clearance.store.rows import Folded
from clearance.store.viewer import EVERYBODY

router = APIRouter(tags=["operations"])


class Alive(BaseModel):
    """The process lives."""

    state: Literal["alive"] = "alive"


class Ready(BaseModel):
    """It answers, from a store that is complete and not too old."""

    state: Literal["ready"] = "ready"


@router.get("/healthz", summary="Does the process live?", response_model=Alive)
async def health() -> Any:
    """Whether the process lives. Says nothing of the store or the broker."""
    return Alive()


@router.get(
    "/readyz",
    summary="Is it ready?",
    response_model=Ready,
    responses=documented("store-unreachable", "restoring", common=False),
)
def readiness(request: Request) -> Any:
    """Whether answers are complete and fresh. `restoring`: wait, it will be; `broken`: the store cannot be reached."""
    store = request.app.state.stores.current.engine
    with reading(store, EVERYBODY) as reader:
        progress = reader.progress()
    age = oldest_seconds(progress, utc_now())
    if len(progress) < PARTITIONS or age > request.app.state.settings.api_stale_seconds:
        raise Problem("restoring", state="restoring", known=len(progress), partitions=PARTITIONS, oldest_seconds=age)
    return Ready()


def oldest_seconds(progress: Sequence[Folded], now: datetime) -> float:
    """The age of the oldest progress, in tenths of a second; 0 without any. A partition that is parked does not count:
    its answers say so, and the others are to be had."""
    folded = [one for one in progress if one.parked_since is None]
    return round(max(((now - one.wall_time).total_seconds() for one in folded), default=0.0), 1)


@router.get(
    "/metrics",
    summary="For Prometheus",
    response_class=Response,
    responses={200: {"description": "Prometheus text format.", "content": {"text/plain": {}}}},
)
async def metrics(request: Request) -> Response:
    """What Prometheus scrapes."""
    return Response(generate_latest(request.app.state.registry), media_type=CONTENT_TYPE_LATEST)
