"""Who may ask what: `Guarded` routes let in keys with the scope of `route-scopes.csv`, before anything else is read.

The surprise: there is no other way to make a route. One that is not in the table is refused when its module is loaded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import Field
from starlette.exceptions import HTTPException

from clearance.access.gate import Gate, Refused
from clearance.access.quotas import Standing
from clearance.access.verdicts import Key, Refusal
from clearance.api.problems import Problem
from clearance.contracts.tables import InvalidTable, Row, index
from clearance.store.errors import StoreError
from clearance.store.parties import of_organisation
from clearance.store.viewer import EVERYBODY, Viewer

REALM = 'Bearer realm="clearance"'
BEARER = "bearer"
TABLE = Path(__file__).parent / "route-scopes.csv"
COSTS = Path(__file__).parent / "route-costs.csv"
PROBLEMS: dict[Refusal, str] = {
    "mistyped": "key-mistyped",
    "unknown": "key-unknown",
    "expired": "key-expired",
    "revoked": "key-revoked",
    "lacking": "scope-lacking",
}
REFUSALS = ("key-missing", *PROBLEMS.values(), "over-quota", "too-many-guesses")
"""What any guarded route may answer."""


class RouteScope(Row):
    """The scope that a route asks for; without one it is open to all, and `why` says why."""

    route: str
    scope: Literal["", "read", "command", "file", "ingest", "ops"] = ""
    why: str = ""


@cache
def route_scopes() -> dict[str, str]:
    """Scopes by the name of the route. Raises `InvalidTable`."""
    rows = index(TABLE, ((row.route, row) for row in RouteScope.read(TABLE)))
    for row in rows.values():
        if not row.scope and not row.why:
            raise row.refuse(TABLE, "a route without a scope is open to all: say why")
    return {name: row.scope for name, row in rows.items()}


class RouteCost(Row):
    """What one request of a route is charged to the quota, where it is not 1."""

    route: str
    cost: int = Field(ge=1)
    why: str


@cache
def route_costs() -> dict[str, int]:
    """Costs by the name of the route, of those that do not cost 1. Raises `InvalidTable`."""
    return {row.route: row.cost for row in index(COSTS, ((row.route, row) for row in RouteCost.read(COSTS))).values()}


class Guarded(APIRoute):
    """A route that asks for a key. Raises `InvalidTable` if the table does not say for which scope."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # a coroutine is one
        if self.name not in route_scopes():
            raise InvalidTable(f"{TABLE}:1: lacks the route {self.name!r}: say which scope it asks for")
        scope, answered, template = route_scopes()[self.name], super().get_route_handler(), self.path
        cost = route_costs().get(self.name, 1)

        async def admitted(request: Request) -> Response:
            gate: Gate | None = request.app.state.gate
            request.state.viewer, request.state.declaration, request.state.key = EVERYBODY, "", None
            if gate is None or not scope:
                return await answered(request)
            key = request.state.key = _admit(gate, request, scope, template)
            _charge(gate, key, request, cost)
            request.state.viewer = viewer_of(gate, key)
            response = await _audited(gate, key, request, template, answered)
            if response.status_code == HTTPStatus.NOT_MODIFIED:
                request.state.standing = gate.charge(key, -cost)
            response.headers.update(request.state.standing.headers())
            return response

        return admitted


def _charge(gate: Gate, key: Key, request: Request, cost: int) -> None:
    """Raises `Problem` if the quota is used up."""
    standing = gate.charge(key, cost)
    if standing.refused:
        raise _over("over-quota", standing)
    request.state.standing, request.state.charge = standing, partial(gate.charge, key)


def _over(slug: str, standing: Standing) -> Problem:
    return Problem(slug, standing.headers(), limit=standing.limit, seconds=standing.seconds)


async def _audited(
    gate: Gate, key: Key, request: Request, template: str, answered: Callable[[Request], Any]
) -> Response:
    """The answer, noted in the audit log however it ends."""
    try:
        response: Response = await answered(request)
    except BaseException as error:
        gate.note(key, request.method, template, request.state.declaration, _status_of(error))
        raise
    gate.note(key, request.method, template, request.state.declaration, response.status_code)
    return response


def _status_of(error: BaseException) -> int:
    """What `refusals` answers for it; 499 if the client went before."""
    if isinstance(error, HTTPException):
        return error.status_code
    known = {RequestValidationError: 422, StoreError: 503, asyncio.CancelledError: 499}
    return next((status for kind, status in known.items() if isinstance(error, kind)), 500)


def _admit(gate: Gate, request: Request, scope: str, template: str) -> Key:
    """Raises `Problem`, and `StoreAway`."""
    given = request.headers.getlist("authorization")
    key = shown_key(given[0]) if len(given) == 1 else None
    if key is None:
        gate.refused["missing"] += 1
        _guessed(gate, request)
        raise Problem("key-missing", {"WWW-Authenticate": REALM})
    try:
        return gate.admit(key, scope)
    except Refused as refused:
        _guessed(gate, request)
        if refused.reason == "lacking" and refused.key is not None:
            gate.note(refused.key, request.method, template, "", 403)
            told = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{scope}"'}
            raise Problem("scope-lacking", told, scope=scope) from None
        told = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
        raise Problem(PROBLEMS[refused.reason], told) from None


def shown_key(authorization: str) -> str | None:
    """The key in such a header; None if it shows none."""
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == BEARER else None


def _guessed(gate: Gate, request: Request) -> None:
    """Raises `Problem` if too many keys of this client were refused; who shows a good one is not asked from where."""
    standing = gate.guessed(request.client.host if request.client else "")
    if standing.refused:
        raise _over("too-many-guesses", standing)


def readmitted(request: Request, scope: str) -> Viewer:
    """Who still asks, after a while of waiting. Raises `Problem` for a key that lets in no longer, and `StoreAway`."""
    gate: Gate | None = request.app.state.gate
    if gate is None:
        return EVERYBODY
    return viewer_of(gate, _admit(gate, request, scope, request.url.path))


def viewer_of(gate: Gate, key: Key) -> Viewer:
    """The operator sees what everybody would; an organisation what names it or a grant shows it."""
    if key.holder == "operator":
        return EVERYBODY
    who = f"{key.holder} {key.name}"
    if key.holder != "organisation":
        return Viewer(who)
    return Viewer(who, (*gate.held.identifiers.get(key.name, ()), of_organisation(key.name)), key.name)
