"""Every valid example fits its model and its schema; every invalid one is refused, for the reason it states."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from clearance.contracts import Example, examples, schema, schema_names
from clearance.contracts.schema_files import MODELS

ALL = [(name, example) for name in schema_names() for example in examples(name)]
VALID = [pair for pair in ALL if not pair[1].error]
INVALID = [pair for pair in ALL if pair[1].error]


def ids(given: object) -> str | None:
    return given.name if isinstance(given, Example) else None


@pytest.mark.parametrize("name", schema_names())
def test_every_message_has_examples_of_both_sorts(name: str) -> None:
    assert sum(other == name for other, _ in VALID) >= 3
    assert sum(other == name for other, _ in INVALID) >= 3


@pytest.mark.parametrize(("name", "example"), VALID, ids=ids)
def test_valid_example_fits(name: str, example: Example) -> None:
    Draft202012Validator(schema(name)).validate(example.value)
    read = MODELS[name].model_validate_json(json.dumps(example.value))
    assert json.loads(read.model_dump_json(exclude_unset=True)) == example.value


@pytest.mark.parametrize(("name", "example"), INVALID, ids=ids)
def test_invalid_example_is_refused_for_its_reason(name: str, example: Example) -> None:
    with pytest.raises(ValidationError, match=re.escape(example.error)) as caught:
        MODELS[name].model_validate_json(json.dumps(example.value))
    assert caught.value.error_count() == 1
    fits = Draft202012Validator(schema(name)).is_valid(example.value)
    assert fits is not example.schema_refuses


@pytest.mark.parametrize(("name", "example"), ALL, ids=ids)
def test_example_is_named_in_kebab_case_and_well_laid_out(name: str, example: Example) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", example.name)
    text = example.path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_an_example_says_its_folder() -> None:
    assert {example.path.parent.name for _, example in INVALID} == {"invalid"}
    assert all(isinstance(example.path, Path) for _, example in ALL)
