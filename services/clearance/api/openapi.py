"""The OpenAPI document: what FastAPI draws from the code, with headers and examples.

It is served at `/openapi.json`, and committed as `docs/api/openapi.json` by `docs/api/draw.py`.
"""

import json
from functools import cache
from threading import Lock
from typing import Any, get_args

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi

from clearance.api import examples
from clearance.api.admission import REFUSALS, route_scopes
from clearance.api.freshness import AS_OF, LAG_SECONDS, STALE, STATE, STREAM_TIME
from clearance.api.freshness_states import State as Freshness
from clearance.api.next_check import NEXT_CHECK
from clearance.api.position import POSITION
from clearance.api.problems import PROBLEM_JSON, RETRIED, ProblemBody, body, documented
from clearance.api.words import Language
from clearance.events.anomalies.handling import BY_HAND

Json = dict[str, Any]
ADDRESS = "/openapi.json"
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TIME: Json = {"type": "string", "format": "date-time"}
HEADERS: dict[str, Json] = {
    STATE: {
        "description": "What the answer is as to its age: `live`; `catching_up`, behind and moving; `stale`, behind "
        "and standing still; `rebuilding`, from a store that is being filled or of the epoch before.",
        "schema": {"enum": list(get_args(Freshness))},
    },
    AS_OF: {
        "description": "What the tracker had folded by this time, by its clock, is in the answer. Absent while the "
        "store is being filled.",
        "schema": TIME,
    },
    LAG_SECONDS: {"description": "How long ago that was when this was answered [s].", "schema": {"type": "number"}},
    STREAM_TIME: {
        "description": "The last clock folded: deadlines up to then have fired. In a simulation it is simulated time.",
        "schema": TIME,
    },
    STALE: {
        "description": "Since when nothing of a part of the log that the answer speaks of is folded, because it is "
        "parked. Absent while all are.",
        "schema": TIME,
    },
    "Content-Language": {"description": "The language of the words.", "schema": {"enum": list(LANGUAGES)}},
    "ETag": {"description": "The version of what is shown; strong, weak in gzip.", "schema": {"type": "string"}},
    NEXT_CHECK: {
        "description": "In how many seconds it pays to ask for this declaration again: a tenth of how long its step "
        "has lasted, from 10 to 900, at the next deadline at the latest; a day if nothing is to come. In a simulation "
        "they are simulated seconds.",
        "schema": {"type": "integer"},
    },
    POSITION: {
        "description": "Where that lies in the log. As `min_position` of a question it says: with this in the answer.",
        "schema": {"type": "string"},
    },
    "Link": {"description": 'The next page, `rel="next"`.', "schema": {"type": "string"}},
    "Location": {"description": "Where to ask what became of the command.", "schema": {"type": "string"}},
    "WWW-Authenticate": {
        "description": "How to show a key, and why this one is refused (RFC 6750).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "What may be asked of this process in a window of `w` seconds: `q`. Absent where no key is "
        "asked for. By draft-ietf-httpapi-ratelimit-headers.",
        "schema": {"type": "string"},
        "example": '"requests";q=6000;w=60',
    },
    "RateLimit": {
        "description": "What is left of it: `r`, for `t` seconds more.",
        "schema": {"type": "string"},
        "example": '"requests";r=5999;t=23',
    },
    "Retry-After": {"description": "After how long to try again [s].", "schema": {"type": "integer"}},
}
KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "clr_ and 43 characters",
    "description": "A key that whoever runs the API issues (`clearance keys issue`). Its scopes say what it allows.",
}
FRESH = (STATE, AS_OF, LAG_SECONDS, STREAM_TIME, STALE)
LIMITS = ("RateLimit-Policy", "RateLimit")
COMMANDS = (*BY_HAND, "mute", "state_transport_plan", "answer_query", "grant", "withdraw_grant")
FURTHER: dict[tuple[str, str], tuple[str, ...]] = {
    ("declaration", "200"): ("ETag", NEXT_CHECK),
    ("declaration", "304"): ("ETag", NEXT_CHECK),
    ("transport_plan", "200"): ("ETag",),
    ("state_transport_plan", "412"): ("ETag",),
    ("declarations", "200"): ("Link",),
    ("anomalies", "200"): ("Link",),
    **{(command, "200"): (POSITION,) for command in COMMANDS},
    **{(command, "202"): ("Location", POSITION) for command in COMMANDS},
    **{("bring_messages", status): (POSITION,) for status in ("200", "422", "503")},
}
"""Headers of single answers."""


def add_to(app: FastAPI) -> None:
    """Let the app serve the document. It takes a second to draw and is large: drawn and written once, in a thread."""
    drawing = Lock()

    def document() -> Json:
        with drawing:
            if app.openapi_schema is None:
                app.openapi_schema = drawn(app)
            return app.openapi_schema

    @cache
    def written() -> bytes:
        return json.dumps(document(), ensure_ascii=False).encode()

    async def served(_: Request) -> Response:
        return Response(await run_in_threadpool(written), media_type="application/json")

    app.openapi = document  # type: ignore[method-assign] # as FastAPI documents it
    app.add_route(ADDRESS, served, include_in_schema=False)


def drawn(app: FastAPI) -> Json:
    """The whole document."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, tags=app.openapi_tags, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = ProblemBody.model_json_schema()
    document["components"]["headers"] = HEADERS
    document["components"]["securitySchemes"] = {"key": KEY}
    for path, item in document["paths"].items():
        for operation in item.values():
            _guard(operation)
            for status, answer in operation["responses"].items():
                _complete(operation["operationId"], path, status, answer)
    return document


def _guard(operation: Json) -> None:
    """Which key an operation asks for, and how it refuses others."""
    if scope := route_scopes()[operation["operationId"]]:
        operation["security"] = [{"key": [scope]}]
        for status, refusal in documented(*REFUSALS, common=False).items():
            shown = operation["responses"].setdefault(str(status), refusal)["content"][PROBLEM_JSON]["examples"]
            shown.update(refusal["content"][PROBLEM_JSON]["examples"])
        operation["responses"] = dict(sorted(operation["responses"].items()))


def _complete(operation: str, path: str, status: str, answer: Json) -> None:
    """Headers and examples of one answer."""
    fresh = ("Content-Language", *(() if status in ("401", "403", "429") else FRESH))
    names = (*(fresh if path.startswith("/v1/") else ()), *FURTHER.get((operation, status), ()))
    if status in ("401", "403"):
        names = (*names, "WWW-Authenticate")
    if path.startswith("/v1/") and status != "401":
        names = (*names, *LIMITS)
    if int(status) in RETRIED:
        names = (*names, "Retry-After")
    if names:
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    content = answer.get("content", {})
    for slug, one in content.get(PROBLEM_JSON, {}).get("examples", {}).items():
        one["value"] = body(slug, "en", **examples.PROBLEM_MEMBERS[slug])
    if "application/json" in content:
        shown = {language: examples.example(operation, status, language) for language in LANGUAGES}
        content["application/json"]["examples"] = {language: {"value": value} for language, value in shown.items()}


def as_text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
