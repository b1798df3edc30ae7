"""Every file of the contracts belongs to something."""

from importlib import import_module
from pathlib import Path
from typing import Any

import clearance.contracts
from clearance.contracts import SCHEMA_SUFFIX, example_folder, schema_names, topics
from clearance.contracts.codes import STATUSES
from clearance.contracts.models.base import Wire
from clearance.contracts.schema_files import MODELS, generated
from clearance.settings.tables import default_tables

ROOT = Path(clearance.contracts.__file__).parent


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != "__pycache__"}


def test_every_topic_file_is_a_card() -> None:
    assert names(ROOT / "topics") == {f"{name}.yaml" for name in topics()}


def test_every_schema_file_has_a_model_and_every_model_a_file() -> None:
    assert names(ROOT / "schemas") == {name + SCHEMA_SUFFIX for name in MODELS}
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


def test_the_one_table_is_that_of_statuses() -> None:
    assert names(ROOT / "codes") == {STATUSES.name}


def test_every_code_table_is_of_an_authority_and_loaded() -> None:
    tables = default_tables()
    files = [path.stem for one in tables.authorities.values() for path in (one.folder / "codes").iterdir()]
    assert sorted(files) == sorted(tables.codes.systems)
    assert {system.partition("-")[0] for system in files} == set(tables.authorities)


def test_every_file_of_an_authority_is_read() -> None:
    own = {
        "authority.toml",
        "numbers.csv",
        "calendar.csv",
        "days-off.csv",
        "durations.csv",
        "kept-fields.csv",
        "offices.csv",
    }
    own |= {"transport-modes.csv", "in-advance.csv", "note-codes.csv", "note-words.csv", "supplements.csv"}
    own |= {"error-codes.csv", "pointers.csv", "tax-types.csv"}
    for authority in default_tables().authorities.values():
        assert {path.name for path in authority.folder.iterdir() if path.suffix in (".csv", ".toml")} <= own


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
