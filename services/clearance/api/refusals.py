"""What the framework or the store refuses, and what is our own fault, turned into problems."""

import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from clearance.api.invalid_values import Fault
from clearance.api.problems import Problem, answer, refused_values
from clearance.store.errors import StoreError

Answered = Callable[[Request, Any], Awaitable[JSONResponse]]
BY_STATUS = {400: "malformed-request", 404: "unknown-route", 405: "method-not-allowed", 413: "body-too-large"}
"""What the framework refuses, by its status."""


def add_to(app: FastAPI, routes: Iterable[BaseRoute]) -> None:
    """Let the app answer every refusal as a problem. `routes` are those that `Allow` may name methods of."""
    methods: dict[str, set[str]] = {}
    for route in routes:
        if isinstance(route, Route):
            methods.setdefault(route.path, set()).update(route.methods or ())
    app.state.methods = methods
    for error, answered in ((HTTPException, _refused), (RequestValidationError, _invalid), (StoreError, _store_away)):
        app.add_exception_handler(error, _with_standing(answered))


def bug(error: Exception, method: str, path: str, accept_language: str) -> JSONResponse:
    """What nobody expected: logged with its traceback under an id, and answered without what is inside."""
    error_id = uuid.uuid4().hex[:12]
    structlog.get_logger().error("request failed", error_id=error_id, method=method, path=path, exc_info=error)
    return answer("internal-error", accept_language, error_id=error_id)


def _with_standing(answered: Answered) -> Answered:
    """The answer also says what is left of the quota, of a request that was charged to one."""

    async def told(request: Request, error: Any) -> JSONResponse:
        answer = await answered(request, error)
        if (standing := getattr(request.state, "standing", None)) is not None:
            answer.headers.update(standing.headers())
        return answer

    return told


def _spoken(request: Request) -> str:
    return request.headers.get("accept-language", "")


async def _refused(request: Request, error: Any) -> JSONResponse:
    headers = dict(error.headers or {})
    if isinstance(error, Problem):
        return answer(error.slug, _spoken(request), headers, **error.members)
    if "Allow" in headers:
        headers["Allow"] = _allowed(request, headers["Allow"])
    return answer(BY_STATUS[error.status_code], _spoken(request), headers)


def _allowed(request: Request, by_framework: str) -> str:
    """All methods of the address: the framework names those of one route, and not that HEAD goes where GET goes."""
    path = getattr(request.scope.get("route"), "path", "")
    found = {*request.app.state.methods.get(path, ()), *by_framework.split(", ")}
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))


async def _invalid(request: Request, error: Any) -> JSONResponse:
    errors = error.errors()
    if any(one["type"] == "json_invalid" for one in errors):
        return answer("malformed-request", _spoken(request))
    problem = refused_values([_fault(one) for one in errors])
    return answer(problem.slug, _spoken(request), **problem.members)


def _fault(error: dict[str, Any]) -> Fault:
    """Where an invalid value stood and what is wrong with it; the value itself is not repeated."""
    place, *rest = error["loc"]
    name = ".".join(str(part) for part in rest if not isinstance(part, int) and part != "[key]") or str(place)
    return Fault(str(place), name, error["type"], error.get("ctx", {}), error["msg"])


async def _store_away(request: Request, error: Exception) -> JSONResponse:
    structlog.get_logger().error("store away", error=str(error))
    return answer("store-unreachable", _spoken(request), state="broken")
