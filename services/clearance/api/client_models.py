"""The types of `clearance.client`, from the OpenAPI document: an answer is a struct, what may be asked a TypedDict.

A client must read what a later server says. So fields that it does not know are passed over by msgspec, codes are
strings, and where several structs may stand there is a dict: another kind may be added.
"""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Any

Json = Mapping[str, Any]
REF = "#/components/schemas/"
HEAD = '''"""What the API answers, and what may be asked of it.

Drawn by docs/api/draw.py from docs/api/openapi.json; not to be edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from msgspec import Struct
'''
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
GIVEN = ("cursor", "format", "from", "min_position")
"""Parameters that the client gives itself."""
WIDTH = 110
"""Characters beside four blanks and the quotes."""


def drawn(document: Json) -> str:
    """The module."""
    schemas: Json = document["components"]["schemas"]
    operations = [one for path, item in document["paths"].items() if path.startswith("/v1/") for one in item.values()]
    answered = sorted(_closure(schemas, (ref for one in operations for ref in _answers(one))))
    stated = sorted({name for one in operations for name in _named(one.get("requestBody", {}))})
    asked = [one for one in operations if _queried(one)]
    classes = (
        *(_struct(name, schemas[name]) for name in answered),
        *(_typed_dict(name, schemas[name]) for name in stated),
        *map(_parameters, asked),
    )
    return "\n\n".join((HEAD, *classes))


def _answers(operation: Json) -> Iterator[str]:
    """Names of what it answers with where all went well."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from _named(answer.get("content", {}).get("application/json", {}))


def _named(schema: Any) -> Iterator[str]:
    """The schemas that a schema refers to; of a choice nothing, it is a dict."""
    if isinstance(schema, Mapping) and "oneOf" not in schema:
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(REF)
        for name, part in schema.items():
            if name not in ("examples", "example"):
                yield from _named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _named(part)


def _closure(schemas: Json, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    todo = [*names]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += _named(schemas[name])
    return found


def _struct(name: str, schema: Json) -> str:
    lines = [f"class {name}(Struct, frozen=True, kw_only=True):", *_docstring(schema.get("description", name))]
    for field, of in schema.get("properties", {}).items():
        default = "" if field in schema.get("required", ()) else " = None"
        kind = _type(of) if not default or "None" in _type(of) else f"{_type(of)} | None"
        lines += ["", f"    {field}: {kind}{default}", *_docstring(of.get("description", ""))]
    return "\n".join((*lines, ""))


def _parameters(operation: Json) -> str:
    name = "".join(part.title() for part in operation["operationId"].split("_"))
    fields = {one["name"]: {"description": one.get("description", ""), **one["schema"]} for one in _queried(operation)}
    return _typed_dict(f"{name}Parameters", {"description": f"Of “{operation['summary']}”.", "properties": fields})


def _typed_dict(name: str, schema: Json) -> str:
    """What is left out is not sent."""
    lines = [f"class {name}(TypedDict, total=False):", *_docstring(schema.get("description", name))]
    for field, of in schema["properties"].items():
        kind = _type(of).removesuffix(" | None").replace("list[", "Sequence[")
        lines += ["", f"    {field}: {kind}", *_docstring(of.get("description", ""))]
    return "\n".join((*lines, ""))


def _queried(operation: Json) -> list[Json]:
    return [one for one in operation.get("parameters", ()) if one["in"] == "query" and one["name"] not in GIVEN]


def _docstring(text: str) -> list[str]:
    """What is one line is broken where it is too long; others are broken already."""
    if not text:
        return []
    lines = text.replace("\\", "\\\\").splitlines()
    if len(lines) == 1:
        lines = wrap(lines[0], WIDTH, break_on_hyphens=False)
    body = [f"    {line}".rstrip() for line in lines]
    body[0] = f'    """{lines[0]}'
    return [*body[:-1], f'{body[-1]}"""'] if not lines[-1].endswith('"') else [*body, '    """']


def _type(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(REF))
    if "anyOf" in schema:
        return " | ".join(sorted({_type(one) for one in schema["anyOf"]}, key=lambda kind: kind == "None"))
    if schema.get("format") == "date-time":
        return "datetime"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties", True)
        return f"dict[str, {'Any' if isinstance(inner, bool) else _type(inner)}]"
    if "oneOf" in schema:
        return "dict[str, Any]"
    return "None" if schema.get("type") == "null" else SCALARS.get(str(schema.get("type")), "Any")
