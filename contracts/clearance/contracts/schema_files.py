"""JSON Schema files, drawn from the models; `python -m clearance.contracts.schema_files` writes them anew.

A version that is committed only ever grows. A change that would refuse records already written needs the next version.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from clearance.contracts import SCHEMA_BASE, SCHEMA_SUFFIX
from clearance.contracts.models.base import Wire
from clearance.contracts.models.compatibility import compatibility
from clearance.contracts.models.current_epoch import CurrentEpoch
from clearance.contracts.models.dead_letter import DeadLetter
from clearance.contracts.models.events import DeclarationEvent, TimePassed
from clearance.contracts.models.incidents import IncidentTold
from clearance.contracts.models.inputs import BackfillEnd, Clock, Command, Expectations, Facts, Link, Related
from clearance.contracts.models.move import Move
from clearance.contracts.models.parts import AnalystPart
from clearance.contracts.models.progress import TrackerProgress
from clearance.contracts.models.set_aside import SetAside
from clearance.contracts.models.status import DeclarationStatus

SCHEMAS = Path(__file__).parent / "schemas"

MODELS: dict[str, type[Wire]] = {
    "analyst-part.v1": AnalystPart,
    "backfill-end.v1": BackfillEnd,
    "clock.v1": Clock,
    "command.v1": Command,
    "current-epoch.v1": CurrentEpoch,
    "move.v1": Move,
    "dead-letter.v1": DeadLetter,
    "declaration-event.v1": DeclarationEvent,
    "declaration-status.v1": DeclarationStatus,
    "expectations.v1": Expectations,
    "facts.v1": Facts,
    "incident.v1": IncidentTold,
    "link.v1": Link,
    "related.v1": Related,
    "set-aside.v1": SetAside,
    "time-passed.v1": TimePassed,
    "tracker-progress.v1": TrackerProgress,
}
"""Every message by name and version."""


class IncompatibleSchema(ValueError):
    """A model would refuse records that its committed version accepts; the text names the file and each change."""


class _Plain(GenerateJsonSchema):
    """Without a title for each field: it only repeats the name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def generated(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a message, drawn from its model. Raises `KeyError` for an unknown name."""
    schema = MODELS[name].model_json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, "$id": SCHEMA_BASE + name + SCHEMA_SUFFIX, **schema}


def expected() -> dict[str, str]:
    """What the files must hold, by file name."""
    return {name + SCHEMA_SUFFIX: as_text(generated(name)) for name in MODELS}


def as_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path = SCHEMAS) -> list[str]:
    """Write the files that differ and return their names. Raises `IncompatibleSchema` before anything is written."""
    texts = {name: text for name, text in expected().items() if _held(folder / name) != text}
    problems = [
        f"{name}: {problem}"
        for name, text in texts.items()
        if (held := _held(folder / name))
        for problem in compatibility(json.loads(held), json.loads(text))
    ]
    if problems:
        raise IncompatibleSchema(
            "\n".join([*problems, "keep the committed version and add the next one (v2) to MODELS"])
        )
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(texts)


def _held(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main() -> int:
    try:
        written = write()
    except IncompatibleSchema as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"written: {name}\n" for name in written) or "all schemas are up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
