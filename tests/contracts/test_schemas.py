"""The committed schemas are those of the models, and a version is never replaced by one that refuses its records."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from clearance.contracts import SCHEMA_SUFFIX, schema
from clearance.contracts.models.compatibility import compatibility
from clearance.contracts.schema_files import MODELS, SCHEMAS, IncompatibleSchema, expected, generated, write


@pytest.mark.parametrize("name", MODELS)
def test_committed_schema_is_that_of_the_model(name: str) -> None:
    held = (SCHEMAS / (name + SCHEMA_SUFFIX)).read_text(encoding="utf-8")
    assert held == expected()[name + SCHEMA_SUFFIX], "run python -m clearance.contracts.schema_files"


@pytest.mark.parametrize("name", MODELS)
def test_model_still_accepts_what_its_committed_version_accepts(name: str) -> None:
    assert compatibility(schema(name), generated(name)) == []


@pytest.mark.parametrize("name", MODELS)
def test_schema_is_valid_and_closed(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    for path, part in objects(schema(name), name):
        assert part["additionalProperties"] is False, path
        optional = {field for field, inside in part["properties"].items() if "default" in inside}
        assert {*part["required"]} == part["properties"].keys() - optional, path


@pytest.mark.parametrize("name", MODELS)
def test_every_field_is_described(name: str) -> None:
    for path, part in objects(schema(name), name):
        assert part["description"], path
        for field, inside in part["properties"].items():
            assert inside.get("description", "").endswith("."), f"{path}.{field}"


def objects(root: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield name, root
    for title, part in root.get("$defs", {}).items():
        yield f"{name} {title}", part


def test_writing_makes_all_files_and_then_changes_nothing(tmp_path: Path) -> None:
    assert write(tmp_path) == sorted(expected())
    assert write(tmp_path) == []


def test_writing_takes_a_compatible_change(tmp_path: Path) -> None:
    write(tmp_path)
    path = tmp_path / ("clock.v1" + SCHEMA_SUFFIX)
    older = {**json.loads(path.read_text(encoding="utf-8")), "description": "other words"}
    path.write_text(json.dumps(older), encoding="utf-8")
    assert write(tmp_path) == [path.name]
    assert path.read_text(encoding="utf-8") == expected()[path.name]


def test_writing_refuses_to_replace_a_wider_version(tmp_path: Path) -> None:
    write(tmp_path)
    path, missing = tmp_path / ("clock.v1" + SCHEMA_SUFFIX), tmp_path / ("link.v1" + SCHEMA_SUFFIX)
    wider = json.loads(path.read_text(encoding="utf-8"))
    wider["required"].remove("backfill")
    path.write_text(json.dumps(wider), encoding="utf-8")
    missing.unlink()
    with pytest.raises(IncompatibleSchema, match=r"clock\.v1\.schema\.json: backfill: now required\n.*\(v2\)"):
        write(tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == wider
    assert not missing.exists()


def test_unknown_schema_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"there are analyst-part\.v1"):
        schema("clock")
