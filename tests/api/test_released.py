"""Nothing that a client may have built on goes: the document beside the one last released, and each rule of that."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clearance.api.breaking_changes import breaking

Json = dict[str, Any]
API = Path(__file__).parents[2] / "docs" / "api"
RELEASED: Json = json.loads((API / "released.json").read_text(encoding="utf-8"))
ONE, MANY, PLAN = "/v1/declarations/{number}", "/v1/declarations", "/v1/declarations/{number}/transport-plan"


def test_what_is_in_force_breaks_nothing_of_what_was_released() -> None:
    now = json.loads((API / "openapi.json").read_text(encoding="utf-8"))
    told = "\n".join(breaking(RELEASED, now))
    assert not told, f"{told}\nkeep it; what nobody can use yet is released anew: CONTRIBUTING, Release the API"


def schema(document: Json, name: str) -> Json:
    found: Json = document["components"]["schemas"][name]
    return found


def parameter(document: Json, path: str, name: str) -> Json:
    found: list[Json] = [one for one in document["paths"][path]["get"]["parameters"] if one["name"] == name]
    return found[0]


BREAKS: dict[str, tuple[Callable[[Json], Any], str]] = {
    "an address": (lambda d: d["paths"].pop(MANY), "GET /v1/declarations: is gone"),
    "a method": (lambda d: d["paths"][PLAN].pop("put"), f"PUT {PLAN}: is gone"),
    "a status": (lambda d: d["paths"][PLAN]["put"]["responses"].pop("202"), f"PUT {PLAN}: answers no 202 any more"),
    "a parameter": (
        lambda d: d["paths"][MANY]["get"]["parameters"].remove(parameter(d, MANY, "office")),
        "GET /v1/declarations: the parameter office (query) is gone",
    ),
    "a parameter that is needed": (
        lambda d: parameter(d, MANY, "office").update(required=True),
        "GET /v1/declarations: the parameter office (query) is needed now",
    ),
    "a bound": (
        lambda d: parameter(d, MANY, "limit")["schema"].update(maximum=100),
        "GET /v1/declarations: limit: maximum is 100, was 500",
    ),
    "a scope": (
        lambda d: d["paths"][MANY]["get"].update(security=[{"key": ["ops"]}]),
        "GET /v1/declarations: asks for another key: [{'key': ['ops']}], was [{'key': ['read']}]",
    ),
    "a type of answer": (
        lambda d: d["paths"][MANY]["get"]["responses"]["200"]["content"].pop("application/json"),
        "GET /v1/declarations 200: application/json is gone",
    ),
    "a field of an answer": (
        lambda d: schema(d, "Declaration")["properties"].pop("releasable"),
        f"GET {ONE} 200.releasable: is gone",
    ),
    "a field that may be missing": (
        lambda d: schema(d, "Declaration")["required"].remove("status"),
        f"GET {ONE} 200.status: may be missing now",
    ),
    "a field that may be null": (
        lambda d: schema(d, "Declaration")["properties"].update(id={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        f"GET {ONE} 200.id: may be null now",
    ),
    "a field of another type": (
        lambda d: schema(d, "Declaration")["properties"].update(id={"type": "integer"}),
        f"GET {ONE} 200.id: is no string any more",
    ),
    "a field of a command": (
        lambda d: schema(d, "StatedPlan")["properties"].pop("vessel"),
        f"PUT {PLAN}: body.vessel: is gone",
    ),
    "a field of a command that is needed": (
        lambda d: schema(d, "StatedPlan").update(required=["vessel"]),
        f"PUT {PLAN}: body.vessel: is needed now",
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_a_client_is_told(what: str) -> None:
    change, line = BREAKS[what]
    now = copy.deepcopy(RELEASED)
    change(now)
    assert line in breaking(RELEASED, now)


GROWS: dict[str, Callable[[Json], Any]] = {
    "an address": lambda d: d["paths"].update({"/v1/more": d["paths"][MANY]}),
    "a parameter": lambda d: d["paths"][MANY]["get"]["parameters"].append(
        {"in": "query", "name": "more", "schema": {"type": "string"}}
    ),
    "a bound": lambda d: parameter(d, MANY, "limit")["schema"].update(maximum=1000),
    "a field of an answer": lambda d: schema(d, "Declaration")["properties"].update(more={"type": "string"}),
    "a field of a command": lambda d: schema(d, "StatedPlan")["properties"].update(more={"type": "string"}),
    "a refusal": lambda d: d["paths"][MANY]["get"]["responses"].update({"418": {"description": "a teapot"}}),
}


@pytest.mark.parametrize("what", GROWS)
def test_what_only_grows_breaks_nobody(what: str) -> None:
    now = copy.deepcopy(RELEASED)
    GROWS[what](now)
    assert breaking(RELEASED, now) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, ["x: 'b' is gone"]),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, []),
        ({"type": "string"}, {"type": "string", "enum": ["a"]}, ["x: is one of ['a'] now"]),
        ({"type": "string"}, {"type": "string", "pattern": "a"}, ["x: pattern is 'a', was 'none'"]),
        ({"type": "string", "pattern": "a"}, {"type": "string"}, []),
        ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 2}, ["x: minLength is 2, was 1"]),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, []),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}, ["x: is no null any more"]),
        (
            {"type": "array", "items": {"enum": ["a"]}},
            {"type": "array", "items": {"enum": ["b"]}},
            ["x[]: 'a' is gone"],
        ),
    ],
)
def test_what_is_asked_may_only_widen(old: Json, new: Json, told: list[str]) -> None:
    def document(one: Json) -> Json:
        parameters = [{"in": "query", "name": "x", "schema": one}]
        return {"paths": {"/": {"get": {"parameters": parameters, "responses": {}}}}}

    assert breaking(document(old), document(new)) == [f"GET /: {line}" for line in told]
