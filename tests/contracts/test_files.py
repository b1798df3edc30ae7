"""Every file of the contracts belongs to something."""

from importlib import import_module
from pathlib import Path
from typing import Any

import clearance.contracts
from clearance.contracts import example_folder, load_codes, load_number_kinds, schema_names, topics
from clearance.contracts.codes import CODES, OTHER_TABLES
from clearance.contracts.models.base import Wire
from clearance.contracts.schema_files import MODELS, SUFFIX, generated

ROOT = Path(clearance.contracts.__file__).parent
LOADED = {"status", "numbers", "cn-transport-mode"}
"""Tables that are no code list; each has a loader of its own."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != "__pycache__"}


def test_every_topic_file_is_a_card() -> None:
    assert names(ROOT / "topics") == {f"{name}.yaml" for name in topics()}


def test_every_schema_file_has_a_model_and_every_model_a_file() -> None:
    assert names(ROOT / "schemas") == {name + SUFFIX for name in MODELS}
    assert schema_names() == sorted(MODELS)


def test_versions_count_from_one_without_a_gap() -> None:
    found: dict[str, set[int]] = {}
    for name in MODELS:
        message, _, version = name.rpartition(".v")
        found.setdefault(message, set()).add(int(version))
    for message, versions in found.items():
        assert versions == {*range(1, len(versions) + 1)}, message


def test_every_example_belongs_to_a_message() -> None:
    folders = {example_folder(name) for name in MODELS}
    assert set((ROOT / "examples").iterdir()) == folders
    for folder in folders:
        assert {path.suffix for path in folder.iterdir()} == {".json", ""}
        assert [path.name for path in folder.iterdir() if path.is_dir()] == ["invalid"]
        assert {path.suffix for path in (folder / "invalid").iterdir()} == {".json"}


def test_every_table_is_loaded() -> None:
    assert LOADED == OTHER_TABLES
    files = {path.stem for path in CODES.glob("*.csv")}
    assert names(CODES) == {f"{name}.csv" for name in files}
    assert files == load_codes().systems | LOADED


def test_every_code_table_is_of_an_authority() -> None:
    authorities = {authority for authority, _ in load_number_kinds()}
    assert {system.partition("-")[0] for system in load_codes().systems} == authorities


def test_every_model_is_part_of_a_message() -> None:
    used: set[str] = set()
    for name in MODELS:
        schema: dict[str, Any] = generated(name)
        used |= {schema["title"], *schema.get("$defs", {})}
    assert {model.__name__ for model in Wire.__subclasses__()} == used


def test_every_module_of_models_is_used() -> None:
    modules = {path.stem for path in (ROOT / "models").glob("*.py")} - {"__init__", "base", "compatibility"}
    for module in sorted(modules):
        loaded = import_module(f"clearance.contracts.models.{module}")
        assert any(model.__module__ == loaded.__name__ for model in Wire.__subclasses__()), module


def test_the_public_names_exist() -> None:
    assert [name for name in clearance.contracts.__all__ if not hasattr(clearance.contracts, name)] == []
