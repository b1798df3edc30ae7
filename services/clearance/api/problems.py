"""Everything that goes wrong, as RFC 9457 problems. Which there are stands in `problems.csv`.

A problem is raised as the exception `Problem`, anywhere; `refusals.py` answers it.
"""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from clearance.api.invalid_values import WRITTEN, Fault
from clearance.api.words import Language, chosen
from clearance.contracts.tables import Row, index

PAGES = "/problems"
"""Before the name of a problem, at any server: what it is called stays, and a page tells of it (`problem_pages.py`)."""
PROBLEM_JSON = "application/problem+json"
COMMON = ("foreign-host", "invalid-parameter", "internal-error", "store-unreachable", "busy", "takes-too-long")
RETRY_SECONDS = 5
RETRIED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Answers that say after how long to try again."""


class ProblemRow(Row):
    """One sort of problem; the details may name its members in braces."""

    slug: str = Field(pattern=r"^[a-z-]+$")
    status: int = Field(ge=300, le=599)
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str


@cache
def problem_rows() -> dict[str, ProblemRow]:
    """The table by the name of the problem. Raises `InvalidTable`."""
    path = Path(__file__).parent / "problems.csv"
    return index(path, ((row.slug, row) for row in ProblemRow.read(path)))


class ProblemBody(BaseModel):
    """A problem by RFC 9457. Further members say what it is about; they depend on `type`."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(
        description="Which sort of problem: an address of this API that never changes. "
        "Compare it whole; whoever opens it reads what to do."
    )
    title: str = Field(description="The sort of problem in words, in the language asked for.")
    status: int = Field(description="The status code of the answer.")
    detail: str = Field(description="What is wrong this time and what to do about it, in the language asked for.")


class Problem(HTTPException):
    """A problem to be answered. `members` are shown beside its text, and named by it."""

    def __init__(self, slug: str, headers: dict[str, str] | None = None, **members: Any) -> None:
        self.slug, self.members = slug, members
        super().__init__(problem_rows()[slug].status, headers=headers)


def invalid(where: str, name: str, kind: str, **about: Any) -> Problem:
    """One value is refused; `kind` is a row of `invalid-values.csv`."""
    return refused_values([Fault(where, name, kind, about)])


def broken(name: str, why: str, where: str = "body") -> Problem:
    """One value, or a place in a body, is refused, for a reason that is written out in English."""
    return refused_values([Fault(where, name, WRITTEN, {}, why)])


def refused_values(faults: list[Fault]) -> Problem:
    """All values that are refused, in one problem."""
    names = ", ".join(dict.fromkeys(one.name for one in faults))
    return Problem("invalid-parameter", names=names, errors=faults)


def body(slug: str, language: Language, **members: Any) -> dict[str, Any]:
    """The problem as JSON."""
    row = problem_rows()[slug]
    title, detail = (row.title_zh, row.detail_zh) if language == "zh" else (row.title_en, row.detail_en)
    if faults := members.get("errors"):
        members["errors"] = [one.told(language) if isinstance(one, Fault) else one for one in faults]
    return {
        "type": f"{PAGES}/{slug}",
        "title": title,
        "status": row.status,
        "detail": detail.format(**members),
        **members,
    }


def answer(slug: str, accept_language: str, headers: dict[str, str] | None = None, **members: Any) -> JSONResponse:
    """The problem as an answer."""
    language = chosen(accept_language)
    given = {"Content-Language": language, **(headers or {})}
    status = problem_rows()[slug].status
    if status in RETRIED:
        given.setdefault("Retry-After", str(RETRY_SECONDS))
    return JSONResponse(body(slug, language, **members), status, given, media_type=PROBLEM_JSON)


def documented(*slugs: str, common: bool = True) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: the problems that an operation may answer; with `common` also those that any may."""
    found: dict[int | str, dict[str, Any]] = {}
    for slug in (*slugs, *(COMMON if common else ())):
        row = problem_rows()[slug]
        schema = {"$ref": "#/components/schemas/Problem"}
        empty: dict[str, Any] = {
            "description": row.title_en,
            "content": {PROBLEM_JSON: {"schema": schema, "examples": {}}},
        }
        found.setdefault(row.status, empty)["content"][PROBLEM_JSON]["examples"][slug] = {}
    return found
