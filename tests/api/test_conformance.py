"""The API against its own document: whatever a client sends, fitting or not, the answer is one that it describes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as limits
from schemathesis import Case
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.api.served import served
from tests.helpers.extent import examples

FILLED_WITH = ("held-then-released", "rejected-and-left", "uk-export-exits", "one-entry-number-two-declarations")
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
described = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "api" / "openapi.json")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server with a filled store, and a key that it lets in everywhere."""
    with served(tmp_path_factory.mktemp("store"), {}) as (server, system):
        system.play(*FILLED_WITH)
        yield server.url, server.keys[""]


@pytest.fixture(autouse=True)
def _guesses_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each refused key is told why, however many are tried from this address in a minute."""
    monkeypatch.setattr("clearance.access.gate.GUESSES", 1_000_000)


ROWS = {"/v1/registrations"}
"""Whatever is sent there is rows of text: a bad one is refused by itself, in an answer of status 200."""


# positive_data_acceptance: that text is printable, and a cursor one of ours, no JSON Schema can say
@described.parametrize()
@limits(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_one_that_the_document_describes(case: Case[Any], address: tuple[str, str]) -> None:
    url, key = address
    shown = {"Authorization": f"Bearer {key}"}
    excluded: list[Any] = [positive_data_acceptance, *([negative_data_rejection] if case.path in ROWS else [])]
    case.call_and_validate(base_url=url, headers=shown, excluded_checks=excluded)
