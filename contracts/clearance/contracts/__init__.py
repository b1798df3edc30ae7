"""What goes over the wire: topic cards, JSON Schemas, examples, code tables. Readable without Python.

The models behind the schemas are in `clearance.contracts.models`; `schema_files` draws the files from them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clearance.contracts.cards import Card, InvalidCard, load_cards, topic, topics
from clearance.contracts.tables import InvalidTable

__all__ = [
    "SCHEMA_BASE",
    "SCHEMA_SUFFIX",
    "Card",
    "Example",
    "InvalidCard",
    "InvalidTable",
    "example_folder",
    "examples",
    "load_cards",
    "schema",
    "schema_names",
    "topic",
    "topics",
]

ROOT = Path(__file__).parent
SCHEMA_SUFFIX = ".schema.json"
SCHEMA_BASE = "https://clearance.example/schemas/"
"""What the address of every schema begins with."""


@dataclass(frozen=True, slots=True)
class Example:
    """One value of a message, named after what is special in it. `error` is "" for a valid one, else a part of what
    its refusal says; `schema_refuses` is false where a JSON Schema cannot say what is wrong."""

    name: str
    path: Path
    value: Any
    error: str = ""
    schema_refuses: bool = True


def schema_names() -> list[str]:
    """Every message with its version, as in `command.v1`."""
    return sorted(path.name.removesuffix(SCHEMA_SUFFIX) for path in (ROOT / "schemas").glob(f"*{SCHEMA_SUFFIX}"))


def schema(name: str) -> dict[str, Any]:
    """The committed JSON Schema of a message. Raises `KeyError` that names the schemas there are."""
    if name not in schema_names():
        raise KeyError(f"no schema {name!r}; there are {', '.join(schema_names())}")
    found: dict[str, Any] = json.loads((ROOT / "schemas" / f"{name}{SCHEMA_SUFFIX}").read_text(encoding="utf-8"))
    return found


def example_folder(name: str) -> Path:
    """Where the examples of a message lie: `examples/command` for `command.v1`, `examples/command.v2` for the next."""
    return ROOT / "examples" / name.removesuffix(".v1")


def examples(name: str) -> Iterator[Example]:
    """The valid examples of a message, then the invalid ones."""
    folder = example_folder(name)
    for path in sorted(folder.glob("*.json")):
        yield Example(path.stem, path, json.loads(path.read_text(encoding="utf-8")))
    for path in sorted((folder / "invalid").glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        yield Example(path.stem, path, held["value"], held["error"], held.get("schema_refuses", True))
