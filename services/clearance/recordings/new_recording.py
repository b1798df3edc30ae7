"""Arrivals → the folder of a recording, with sidecars, and an `expected.json` that is drawn and not thought out."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.times import rfc3339
from clearance.recordings.read import EXPECTED
from clearance.recordings.story import as_expected, tell
from clearance.settings.tables import default_tables

NO_NAME = re.compile(r"[^0-9A-Za-z_-]+")


def write_recording(folder: Path, arrivals: Sequence[Arrival], source: str) -> dict[str, Any]:
    """Write a new folder; what stands in its `expected.json`. Raises `OSError`, also if the folder is there already."""
    folder.mkdir(parents=True)
    width = max(3, len(str(len(arrivals))))
    for number, arrival in enumerate(arrivals, 1):
        stem = f"{number:0{width}}-{_what(arrival)}"
        if arrival.kind == "message":
            (folder / f"{stem}.xml").write_bytes(arrival.data)
        _write(folder / f"{stem}.json", _sidecar(arrival))
    expected = _expected(folder, source)
    _write(folder / EXPECTED, expected)
    return expected


def _what(arrival: Arrival) -> str:
    """A word for the name of a file."""
    if arrival.statement:
        return NO_NAME.sub("-", arrival.statement.kind)
    if arrival.kind != "message":
        return arrival.kind
    try:
        receipt = parse(arrival.data, default_tables())[0]
    except InvalidMessage:
        return "refused"
    return NO_NAME.sub("-", f"{receipt.format}-{receipt.code}")


def _sidecar(arrival: Arrival) -> dict[str, Any]:
    """Only what differs from what is assumed without it."""
    statement = arrival.statement
    said = {
        "received_at": rfc3339(arrival.at),
        "kind": "" if arrival.kind == "message" else arrival.kind,
        "organisation": arrival.organisation,
        "system": "" if arrival.system in default_tables().own_systems else arrival.system,
        "backfill": arrival.backfill,
        "hints": arrival.hints,
        "stated_at": rfc3339(arrival.stated_at) if arrival.stated_at else "",
        "conversation_id": arrival.conversation,
        "declaration": arrival.declaration,
        "command": statement and {"command_id": statement.command_id, "kind": statement.kind, "body": statement.body},
    }
    return {name: value for name, value in said.items() if value}


def _expected(folder: Path, source: str) -> dict[str, Any]:
    story = tell(folder)
    return {
        "story": "Drawn, not thought out: check every line by hand, and say here in one sentence what happens.",
        "source": source,
        "refused": [{"name": one.name, "reason_contains": one.reason} for one in story.refused],
        "duplicates": story.duplicates,
        "declarations": {told.id: as_expected(told) for told in story},
    }


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
