"""The committed documents are drawn from the code and the cards as they are now, and hold an example of everything."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from tests.api.client import Client

from clearance.contracts import SCHEMA_SUFFIX, schema_names, topics
from clearance.contracts.asyncapi import drawn

API = Path(__file__).parents[2] / "docs" / "api"
DRAWN = runpy.run_path(str(API / "draw.py"))
Json = dict[str, Any]


@pytest.mark.parametrize("name", [*DRAWN["draw"]()])
def test_a_document_is_drawn_from_what_is_in_force(name: str) -> None:
    assert (API / name).read_text(encoding="utf-8") == DRAWN["draw"]()[name], "out of date: run `make draw`"


@pytest.fixture(scope="module")
def openapi() -> Json:
    document: Json = json.loads((API / "openapi.json").read_text(encoding="utf-8"))
    return document


def answers(document: Json) -> Iterator[tuple[str, str, str, Json]]:
    """Operation, status, media type and content of every answer."""
    for item in document["paths"].values():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                for media_type, content in answer.get("content", {}).items():
                    yield operation["operationId"], status, media_type, content


def test_the_served_document_is_the_committed_one(client: Client, openapi: Json) -> None:
    assert client.get("/openapi.json").json() == openapi
    assert openapi["openapi"].startswith("3.1.")


def test_every_answer_has_examples_that_fit_its_schema(openapi: Json) -> None:
    registry: Registry[Any] = Registry().with_resource("urn:openapi", DRAFT202012.create_resource(openapi))
    for operation, status, media_type, content in answers(openapi):
        if "json" not in media_type:
            continue
        assert content["examples"], (operation, status)
        for example in content["examples"].values():
            assert example["value"], (operation, status)
            schema = {"$ref": f"urn:openapi{content['schema']['$ref']}"}
            Draft202012Validator(schema, registry=registry).validate(example["value"])


def test_every_refusal_is_a_problem_with_an_example_by_its_name(openapi: Json) -> None:
    for operation, status, media_type, content in answers(openapi):
        if status[0] not in "345":
            continue
        assert media_type == "application/problem+json", (operation, status)
        for slug, example in content["examples"].items():
            assert example["value"]["type"].endswith(f"/{slug}")
            assert str(example["value"]["status"]) == status


def test_words_are_shown_in_both_languages(openapi: Json) -> None:
    examples = openapi["paths"]["/v1/declarations/{number}"]["get"]["responses"]["200"]["content"]["application/json"]
    shown = {language: example["value"]["status"]["words"] for language, example in examples["examples"].items()}
    assert shown == {"en": "goods are to be presented for inspection", "zh": "查验"}


def test_every_answer_under_v1_names_the_freshness_headers(openapi: Json) -> None:
    for path, item in openapi["paths"].items():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                let_in = path.startswith("/v1/") and status not in ("401", "403", "429")
                assert ("Clearance-As-Of" in answer.get("headers", {})) == let_in


def test_the_topics_are_all_described_with_who_writes_and_reads_them() -> None:
    document = drawn(topics(), "1")
    assert set(document["channels"]) == set(topics())
    for name, card in topics().items():
        does = {one for one in document["operations"] if one.endswith((f"-writes-{name}", f"-reads-{name}"))}
        assert len(does) == len(card.writers) + len(card.readers)


def test_every_message_names_a_schema_that_is_there() -> None:
    found = set()
    for message in drawn(topics(), "1")["components"]["messages"].values():
        if "payload" in message:
            reference = message["payload"]["schema"]["$ref"]
            assert (API / reference).resolve().is_file()
            found.add(Path(reference).name.removesuffix(SCHEMA_SUFFIX))
            assert message["examples"]
    assert found == set(schema_names())
