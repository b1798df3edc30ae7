"""The API against its own document: whatever a client sends, fitting or not, the answer is one that it describes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as limits
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.api.served import Served, served

FILLED_WITH = ("held-then-released", "rejected-and-left", "uk-export-exits", "one-entry-number-two-declarations")
schemathesis.serializer.alias("application/x-ndjson", "text/plain")
described = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "api" / "openapi.json")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With a filled store."""
    with served(tmp_path_factory.mktemp("store"), {}) as (there, system):
        system.play(*FILLED_WITH)
        yield there


# positive_data_acceptance: that text is printable, and a cursor one of ours, no JSON Schema can say
@described.parametrize()
@limits(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_answer_is_one_that_the_document_describes(case: Case[Any], server: Served) -> None:
    case.call_and_validate(base_url=server.url, headers=server.shows(""), excluded_checks=[positive_data_acceptance])
