"""Does everything that an old JSON Schema accepts still fit the new one? Records stay in the log until they are purged.

Only what is known to be harmless passes: a keyword that is not understood here and has changed is reported.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

ANNOTATIONS = frozenset(
    {"$comment", "$defs", "$id", "$ref", "$schema", "default", "deprecated", "description", "discriminator"}
    | {"examples", "title"}
)
LOWER = ("exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum")
UPPER = ("exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum")
COMPARED = frozenset(
    {"additionalProperties", "anyOf", "const", "enum", "items", "oneOf", "properties", "required", "type"}
) | {*LOWER, *UPPER}


def compatibility(old: Schema, new: Schema) -> list[str]:
    """Why a value that fits `old` may not fit `new`, or is no longer found in it: `data.status: 'closed' is no longer
    allowed`. Empty: `new` may take the place of `old`."""
    return list(_Comparison(old, new).problems(old, new, ""))


class _Comparison:
    """Two documents, each with definitions of its own."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old = old
        self.new = new

    def problems(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        if variants := _variants(old):
            for variant in variants:
                yield from self.problems(variant, new, path)
        elif variants := _variants(new):
            tried = [list(self.problems(old, variant, path)) for variant in variants]
            yield from min(tried, key=len)
        else:
            yield from _values(old, new, path)
            yield from _bounds(old, new, path)
            yield from _others(old, new, path)
            yield from self._object(old, new, path)
            yield from self._items(old, new, path)

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name in after:
                yield from self.problems(before[name], after[name], f"{path}.{name}")
            else:
                yield _say(f"{path}.{name}", "removed")
        for name in sorted({*new.get("required", ())} - {*old.get("required", ())}):
            yield _say(f"{path}.{name}", "now required")
        yield from self._open_part(old.get("additionalProperties", True), new.get("additionalProperties", True), path)

    def _open_part(self, old: bool | Schema, new: bool | Schema, path: str) -> Iterator[str]:
        """What may stand beside the named properties: anything, nothing, or values of one schema."""
        if old is False or new is True:
            return
        if new is False:
            yield _say(path, "further properties are no longer allowed")
        else:
            yield from self.problems({} if isinstance(old, bool) else old, _schema(new), f"{path}.*")

    def _items(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        if "items" in new:
            yield from self.problems(_schema(old.get("items", True)), _schema(new["items"]), f"{path}[]")


def _schema(given: bool | Schema) -> Schema:
    if isinstance(given, bool):
        return {} if given else {"enum": []}
    return given


def _resolved(root: Schema, schema: Schema) -> Schema:
    """The schema behind a `$ref` into the same document; what stands beside the reference counts too."""
    while "$ref" in schema:
        target: Schema = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _variants(schema: Schema) -> list[Schema]:
    found: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    return found


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    """Types and listed values."""
    types, allowed = _types(old), _types(new)
    if allowed is not None and (lost := (types or {"any other type"}) - allowed):
        yield _say(path, f"{', '.join(sorted(lost))} is no longer allowed; now {', '.join(sorted(allowed))}")
    before, after = _listed(old), _listed(new)
    if after is None:
        return
    if before is None:
        yield _say(path, f"now only one of {after}")
        return
    for value in before:
        if not any(value == one and type(value) is type(one) for one in after):
            yield _say(path, f"{value!r} is no longer allowed")


def _types(schema: Schema) -> set[str] | None:
    stated = schema.get("type")
    if stated is None:
        return None
    types = {stated} if isinstance(stated, str) else set(stated)
    return types | {"integer"} if "number" in types else types


def _listed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for names, sign in ((LOWER, 1), (UPPER, -1)):
        for name in names:
            before, after = old.get(name), new.get(name)
            if after is not None and (before is None or sign * after > sign * before):
                yield _say(path, f"{name} tightened from {'nothing' if before is None else before} to {after}")


def _others(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in sorted(new.keys() - COMPARED - ANNOTATIONS):
        if new[name] != old.get(name):
            yield _say(path, f"{name} changed from {old.get(name, 'nothing')!r} to {new[name]!r}")


def _say(path: str, what: str) -> str:
    return f"{path.removeprefix('.') or 'the value'}: {what}"
