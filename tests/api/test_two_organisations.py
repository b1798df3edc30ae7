"""Two organisations ask one server, each with a key of its own, in sequences that the API's document suggests.

They take turns, so each asks for what answers to the other name. Every answer is one that the document describes, and
none holds what is the other's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as limits
from schemathesis import Case
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    use_after_free,
)
from tests.api.served import Served, served
from tests.api.test_isolation import through
from tests.helpers.extent import some_or_all

from clearance.settings.clock import monotonic

DOCUMENT = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"
STORIES = {"acme": ("held-then-released", "uk-export-exits"), "rival": ("rejected-and-left", "suspended-and-waiting")}
EXCLUDED = [
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    ensure_resource_availability,
    use_after_free,
]
"""What no JSON Schema can say, what is so for one organisation only, requests without a key, which soon get 429, and
values of another type, which are strings in a query (`test_conformance` looks at each route alone)."""
NAMED_BY = {
    "/v1/declarations": ("number", "/declarations/0/id"),
    "/v1/changes": ("number", "/declarations/0/id"),
    "/v1/anomalies": ("anomaly", "/anomalies/0/id"),
}
"""Which answers name what, and as which parameter others take it."""
Named = dict[str, set[str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    named = {name: f"connection:{name}-broker" for name in STORIES}
    with served(tmp_path_factory.mktemp("store"), named) as (there, system):
        for name, story in ((name, story) for name, stories in STORIES.items() for story in stories):
            system.take(through(f"{name}-broker", story))
        yield there


def linked() -> dict[str, Any]:
    """The document, and from what names a declaration or an anomaly a link to each route that takes one."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    for path, (parameter, pointer) in NAMED_BY.items():
        document["paths"][path]["get"]["responses"]["200"]["links"] = {
            f"{method}{nth}": {
                "operationRef": f"#/paths/{other.replace('/', '~1')}/{method}",
                "parameters": {f"path.{parameter}": f"$response.body#{pointer}"},
            }
            for nth, (other, methods) in enumerate(document["paths"].items())
            for method in methods
            if f"{{{parameter}}}" in other and (method, other) != ("put", "/v1/declarations/{number}")
        }
    return document


def own_names(server: Served) -> Named:
    """What only answers to each may hold; the examples of the document anybody may send."""
    anybodys = DOCUMENT.read_text()
    found: Named = {}
    for name in STORIES:
        with httpx.Client(base_url=server.url, headers=server.shows(name)) as client:
            rows = client.get("/v1/declarations").json()["declarations"]
            messages = [one for row in rows for one in client.get(row["links"]["messages"]).json()["messages"]]
            anomalies = client.get("/v1/anomalies?state=any").json()["anomalies"]
        names = {*(row["id"] for row in [*rows, *anomalies]), *(one["message_id"] for one in messages)}
        found[name] = {one for one in names if one not in anybodys}
    return found


def machine(server: Served) -> type[APIStateMachine]:
    """Calls that lead to each other."""
    described = schemathesis.openapi.from_dict(linked())
    described.apply_stateful_inference(None)
    names = own_names(server)
    assert all(names.values())

    class Sequences(described.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.asks, self.other = STORIES

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            self.asks, self.other = self.other, self.asks
            return {"base_url": server.url, "headers": server.shows(self.asks)}

        def validate_response(self, response: Any, case: Case[Any], *_: Any, **__: Any) -> None:
            case.validate_response(response, excluded_checks=EXCLUDED)
            assert response.status_code < 500
            told = response.content if response.status_code < 300 else b""
            assert [one for one in names[self.other] if one.encode() in told] == []

    return Sequences


@pytest.mark.parametrize("seconds", some_or_all(4, 1800))
def test_no_sequence_of_calls_leads_to_what_is_anothers(server: Served, seconds: float) -> None:
    sequences, end = machine(server), monotonic() + seconds
    while monotonic() < end:
        sequences.run(
            settings=limits(
                max_examples=5, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
            )
        )
