"""What of the OpenAPI document a client may have built on and would no longer find: released beside now. Pure.

The surprise: what is asked and what is answered grow in opposite directions. A parameter may take more than before and
an answer may say more than before; neither may do less.
"""

from collections.abc import Iterator
from typing import Any, Literal

Json = dict[str, Any]
Side = Literal["asked", "answered"]
LOWER = ("maximum", "maxLength", "maxItems", "exclusiveMaximum")
"""Bounds that take less when they are lower, and those below when they are higher."""
HIGHER = ("minimum", "minLength", "minItems", "exclusiveMinimum")
SAME = ("pattern", "format", "const")
"""What narrows if it is new or another one."""


def breaking(released: Json, now: Json) -> list[str]:
    """One line for each change that breaks somebody, none if nothing does."""
    return list(_Comparison(released, now).run())


class _Comparison:
    def __init__(self, released: Json, now: Json) -> None:
        self.released, self.now = released, now
        self.seen: set[tuple[str, str, Side]] = set()

    def run(self) -> Iterator[str]:
        for path, item in self.released["paths"].items():
            for method, operation in item.items():
                name = f"{method.upper()} {path}"
                other = self.now["paths"].get(path, {}).get(method)
                if other is None:
                    yield f"{name}: is gone"
                else:
                    yield from self._operation(name, operation, other)

    def _operation(self, name: str, old: Json, new: Json) -> Iterator[str]:
        if new.get("security", []) != old.get("security", []):
            yield f"{name}: asks for another key: {new.get('security')}, was {old.get('security')}"
        yield from self._parameters(name, old, new)
        yield from self._body(name, old.get("requestBody", {}), new.get("requestBody", {}))
        for status, answer in old["responses"].items():
            if status[0] != "2":
                continue
            other = new["responses"].get(status)
            if other is None:
                yield f"{name}: answers no {status} any more"
            else:
                yield from self._content(f"{name} {status}", answer, other, "answered")

    def _parameters(self, name: str, old: Json, new: Json) -> Iterator[str]:
        held = {(one["in"], one["name"]): one for one in old.get("parameters", [])}
        found = {(one["in"], one["name"]): one for one in new.get("parameters", [])}
        for key, one in found.items():
            if one.get("required") and not held.get(key, {}).get("required"):
                yield f"{name}: the parameter {key[1]} ({key[0]}) is needed now"
        for key, one in held.items():
            if key not in found:
                yield f"{name}: the parameter {key[1]} ({key[0]}) is gone"
            else:
                yield from self._schema(f"{name}: {key[1]}", one["schema"], found[key]["schema"], "asked")

    def _body(self, name: str, old: Json, new: Json) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{name}: a body is needed now"
        yield from self._content(f"{name}: body", old, new, "asked")

    def _content(self, name: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        for media_type, content in old.get("content", {}).items():
            other = new.get("content", {}).get(media_type)
            if other is None:
                yield f"{name}: {media_type} is gone"
            else:
                yield from self._schema(name, content.get("schema", {}), other.get("schema", {}), side)

    def _schema(self, name: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        pair = (old.get("$ref", ""), new.get("$ref", ""), side)
        if all(pair) and pair in self.seen:
            return
        self.seen.add(pair)
        held, found = (_cases(self._of(self.released, old)), _cases(self._of(self.now, new)))
        for kind in held:
            if kind not in found:
                yield f"{name}: is no {kind} any more"
        for kind in found:
            if kind not in held and side == "answered":
                yield f"{name}: may be {kind} now"
        for kind in held.keys() & found.keys():
            one, other = self._of(self.released, held[kind]), self._of(self.now, found[kind])
            yield from self._one(name, one, other, side)

    def _one(self, name: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        yield from _values(name, old, new)
        if side == "asked":
            yield from _narrowed(name, old, new)
        yield from self._properties(name, old, new, side)
        if "items" in old and "items" in new:
            yield from self._schema(f"{name}[]", old["items"], new["items"], side)

    def _properties(self, name: str, old: Json, new: Json, side: Side) -> Iterator[str]:
        held, found = old.get("properties", {}), new.get("properties", {})
        needed, given = set(old.get("required", [])), set(new.get("required", []))
        for field in held:
            if field not in found:
                yield f"{name}.{field}: is gone"
            else:
                yield from self._schema(f"{name}.{field}", held[field], found[field], side)
        if side == "asked":
            yield from (f"{name}.{field}: is needed now" for field in sorted(given - needed))
        else:
            yield from (f"{name}.{field}: may be missing now" for field in sorted((needed - given) & {*found}))

    def _of(self, document: Json, schema: Json) -> Json:
        """What a reference leads to."""
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


def _cases(schema: Json) -> dict[str, Json]:
    """The schema by what a value may be; one that has no choices is one case."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is None:
        return {_kind(schema): schema}
    return {_kind(one): one for one in choices}


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    return str(schema.get("type", "object" if "properties" in schema else "anything"))


def _values(name: str, old: Json, new: Json) -> Iterator[str]:
    """Values of a list of values: none may go, whoever writes them."""
    if "enum" in new and "enum" not in old:
        yield f"{name}: is one of {new['enum']} now"
    for value in old.get("enum", []):
        if "enum" in new and value not in new["enum"]:
            yield f"{name}: {value!r} is gone"


def _narrowed(name: str, old: Json, new: Json) -> Iterator[str]:
    for word in LOWER:
        if word in new and new[word] < old.get(word, float("inf")):
            yield f"{name}: {word} is {new[word]}, was {old.get(word, 'none')}"
    for word in HIGHER:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield f"{name}: {word} is {new[word]}, was {old.get(word, 'none')}"
    for word in SAME:
        if word in new and new[word] != old.get(word):
            yield f"{name}: {word} is {new[word]!r}, was {old.get(word, 'none')!r}"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{name}: takes no further fields"
