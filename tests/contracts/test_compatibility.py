"""`compatibility`: which changes of a schema refuse records that are in the log already."""

from typing import Any

import pytest

from clearance.contracts.models.compatibility import compatibility

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}


def closed(required: list[str] | None = None, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties] if required is None else required,
        "additionalProperties": False,
    }


def tagged(*names: str) -> Schema:
    return {"oneOf": [closed(type={"const": name, "type": "string"}, into=TEXT) for name in names]}


def referring(**definition: Any) -> Schema:
    return {**closed(a={"$ref": "#/$defs/Part", "description": "x"}), "$defs": {"Part": definition}}


HARMLESS: dict[str, tuple[Schema, Schema]] = {
    "the same": (closed(a=TEXT), closed(a=TEXT)),
    "other words": ({"description": "a", **TEXT}, {"description": "b", "title": "T", "examples": ["x"], **TEXT}),
    "new optional field": (closed(a=TEXT), closed(["a"], a=TEXT, b=TEXT)),
    "no longer required": (closed(a=TEXT), closed([], a=TEXT)),
    "one more value": ({"enum": ["a"]}, {"enum": ["b", "a"]}),
    "one value becomes several": ({"const": "a"}, {"enum": ["a", "b"]}),
    "values become free": ({"enum": ["a"], **TEXT}, TEXT),
    "may be null": (TEXT, {"anyOf": [TEXT, NULL]}),
    "one more variant": (tagged("a"), tagged("a", "b")),
    "variants in another order": (tagged("a", "b"), tagged("b", "a")),
    "integer becomes number": ({"type": "integer"}, {"type": "number"}),
    "one more type": (TEXT, {"type": ["string", "null"]}),
    "bound loosened": ({"maxLength": 10, "minimum": 1}, {"maxLength": 20, "minimum": 0}),
    "bound dropped": ({"maxItems": 10}, {}),
    "pattern dropped": ({"pattern": "^a$"}, {}),
    "opened": (closed(a=TEXT), {**closed(a=TEXT), "additionalProperties": True}),
    "map of more": ({"additionalProperties": TEXT}, {"additionalProperties": True}),
    "definition by another name": (
        referring(**TEXT),
        {**closed(a={"$ref": "#/$defs/Other"}), "$defs": {"Other": TEXT}},
    ),
    "definition written out": (referring(**TEXT), closed(a=TEXT)),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_harmless_change_is_taken(what: str) -> None:
    assert compatibility(*HARMLESS[what]) == []


BREAKING: dict[str, tuple[Schema, Schema, list[str]]] = {
    "removed": (closed(a=TEXT, b=TEXT), closed(a=TEXT), ["b: removed"]),
    "renamed": (closed(a=TEXT), closed(b=TEXT), ["a: removed", "b: now required"]),
    "new required field": (closed(a=TEXT), closed(a=TEXT, b=TEXT), ["b: now required"]),
    "now required": (closed([], a=TEXT), closed(a=TEXT), ["a: now required"]),
    "other type": (
        closed(a=TEXT),
        closed(a={"type": "integer"}),
        ["a: string is no longer allowed; now integer"],
    ),
    "number becomes integer": (
        {"type": "number"},
        {"type": "integer"},
        ["the value: number is no longer allowed; now integer"],
    ),
    "fewer types": (
        {"type": ["string", "null"]},
        TEXT,
        ["the value: null is no longer allowed; now string"],
    ),
    "type where there was none": ({}, TEXT, ["the value: any other type is no longer allowed; now string"]),
    "no longer null": ({"anyOf": [TEXT, NULL]}, TEXT, ["the value: null is no longer allowed; now string"]),
    "value gone": ({"enum": ["a", "b"]}, {"enum": ["a"]}, ["the value: 'b' is no longer allowed"]),
    "another constant": ({"const": 1}, {"const": 2}, ["the value: 1 is no longer allowed"]),
    "true is not one": ({"const": True}, {"const": 1}, ["the value: True is no longer allowed"]),
    "free text becomes values": (TEXT, {"enum": ["a"], **TEXT}, ["the value: now only one of ['a']"]),
    "variant gone": (tagged("a", "b"), tagged("a"), ["type: 'b' is no longer allowed"]),
    "inside a variant": (
        tagged("a"),
        {"oneOf": [closed(type={"const": "a", "type": "string"})]},
        ["into: removed"],
    ),
    "upper bound lower": ({"maxLength": 9}, {"maxLength": 8}, ["the value: maxLength tightened from 9 to 8"]),
    "lower bound higher": ({"minimum": 0}, {"minimum": 1}, ["the value: minimum tightened from 0 to 1"]),
    "new bound": ({}, {"maxItems": 5}, ["the value: maxItems tightened from nothing to 5"]),
    "new bound of zero": ({}, {"minimum": 0}, ["the value: minimum tightened from nothing to 0"]),
    "other pattern": (
        {"pattern": "a"},
        {"pattern": "b"},
        ["the value: pattern changed from 'a' to 'b'"],
    ),
    "new format": ({}, {"format": "uri"}, ["the value: format changed from 'nothing' to 'uri'"]),
    "keyword not known here": ({}, {"not": {}}, ["the value: not changed from 'nothing' to {}"]),
    "closed": (
        {**closed(a=TEXT), "additionalProperties": True},
        closed(a=TEXT),
        ["the value: further properties are no longer allowed"],
    ),
    "map of less": (
        {"additionalProperties": TEXT},
        {"additionalProperties": {"maxLength": 3, **TEXT}},
        ["*: maxLength tightened from nothing to 3"],
    ),
    "items": (
        closed(a={"items": TEXT}),
        closed(a={"items": {"type": "null"}}),
        ["a[]: string is no longer allowed; now null"],
    ),
    "behind a reference": (
        referring(**closed(b=TEXT)),
        referring(**closed(b=TEXT, c=TEXT)),
        ["a.c: now required"],
    ),
}


@pytest.mark.parametrize("what", BREAKING)
def test_breaking_change_is_named(what: str) -> None:
    old, new, problems = BREAKING[what]
    assert compatibility(old, new) == problems
