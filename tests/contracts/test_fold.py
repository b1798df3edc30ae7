"""What the fold gives out fits the contracts, and what the contracts allow the fold can read."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from tests.helpers.input_records import table
from tests.messages import Fields, beijing, dec_result, notification

from clearance.contracts import examples, schema
from clearance.contracts.schema_files import MODELS
from clearance.events.log.inputs import (
    OF_THE_RECORD,
    BackfillEnd,
    Clock,
    Command,
    ExpectationsInput,
    FactsInput,
    Input,
    Link,
    Message,
    RelatedInput,
    encode,
)
from clearance.events.log.progress import Progress
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.receipts.facts import Statement
from clearance.events.receipts.related import Counterpart
from clearance.events.step.outputs import Event
from clearance.events.step.state_records import StatusRecord, encode_state
from clearance.settings.tables import default_tables

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
INPUTS: dict[type[Input], str] = {
    Command: "command.v1",
    Clock: "clock.v1",
    Link: "link.v1",
    FactsInput: "facts.v1",
    BackfillEnd: "backfill-end.v1",
    ExpectationsInput: "expectations.v1",
    RelatedInput: "related.v1",
}
STRUCTS = {
    **{name: kind for kind, name in INPUTS.items()},
    "declaration-event.v1": Event,
    "tracker-progress.v1": Progress,
}

UK, CN, OTHER = "uk:mrn:26GB00000000000001", "cn:unified:E20260000000000001", "cn:unified:E20260000000000002"


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def uk(code: str, minutes: int, text: str = "") -> Arrival:
    response: Fields = {
        "FunctionCode": code,
        "FunctionalReferenceID": f"ref-{code}-{minutes}",
        "IssueDateTime": f"{at(minutes):%Y%m%d%H%M%S}Z",
        "AdditionalInformation": {"StatementDescription": text},
        "Declaration": {"FunctionalReferenceID": "LRN 1", "ID": "26GB00000000000001", "VersionID": "1"},
    }
    return message(notification(response), "uk", minutes)


def cn(code: str, minutes: int, numbers: dict[str, str], backfill: str = "") -> Arrival:
    data = dec_result(
        **numbers,
        CHANNEL=code,
        NOTICE_DATE=beijing(at(minutes)),
        NOTE=f"示例 {code}",
        CUSTOM_MASTER="2248",
    )
    return message(data, "cn", minutes, backfill)


def message(data: bytes, authority: str, minutes: int, backfill: str = "") -> Arrival:
    return Arrival(
        name=f"{authority}-{minutes}",
        at=at(minutes) + timedelta(milliseconds=250),
        data=data,
        authority=authority,
        organisation="demo",
        backfill=backfill,
    )


def command(kind: Any, minutes: int, body: dict[str, str], to: str = UK, of: str = "demo") -> Arrival:
    statement = Statement(f"cmd-{minutes}", kind, at(minutes), of, body, "Li")
    return Arrival(name=kind, at=at(minutes), kind="command", declaration=to, statement=statement)


ALIAS = {"SEQ_NO": "000000000001234567"}
BOTH = {"CUS_CIQ_NO": CN.rpartition(":")[2], **ALIAS}
SECOND = {"CUS_CIQ_NO": OTHER.rpartition(":")[2], **ALIAS}
ARRIVALS = [
    uk("02", 0),
    uk("01", 1),
    command("transport_plan", 2, {"cut_off_at": "2026-03-03T12:00:00Z", "vessel": "EXAMPLE STAR"}),
    uk("07", 3, "controlled"),
    uk("99", 4),
    command("mute", 5, {"rule": "A20"}),
    command("register", 6, {}),
    command("acknowledge", 7, {"rule": "A20", "deadline": "2026-03-02T01:04:00Z"}),
    command("assign", 8, {"rule": "A20", "deadline": "2026-03-02T01:04:00Z", "assignee": "Wang"}, of=""),
    command("resolve", 9, {"rule": "A20", "deadline": "2026-03-02T01:04:00Z", "note": "called"}, of=""),
    cn("7", 10, ALIAS),
    cn("C", 11, ALIAS),
    cn("L", 12, BOTH),
    command("transport_plan", 13, {"vessel": "EXAMPLE STAR"}, to="cn:temporary:000000000001234567"),
    cn("L", 14, SECOND),
    cn("P", 15, BOTH),
    cn("L", 16, {"CUS_CIQ_NO": "I20260000000000003"}, backfill="2026-02"),
    Arrival(name="end", at=at(17), kind="backfill-end", backfill="2026-02"),
    Arrival(name="later", at=at(60 * 24 * 40), kind="clock"),
]


@cache
def replay() -> Replay:
    told = Replay(default_tables(), table()).feed(ARRIVALS[:-1])
    others = (Counterpart(OTHER, ("bill",), at(14)),)
    told.relate(CN, RelatedInput(at=at(20), filed_at=at(12), possible_duplicate_of=others))
    return told.feed(ARRIVALS[-1:])


def check(name: str, data: bytes) -> None:
    """The value fits model and schema, and reading and writing it changes nothing."""
    value = json.loads(data)
    Draft202012Validator(schema(name)).validate(value)
    assert json.loads(MODELS[name].model_validate_json(data).model_dump_json(exclude_unset=True)) == value


def test_fold_shows_every_kind_of_input_and_event() -> None:
    assert not replay().refused
    assert {*INPUTS, Message} == {type(given) for _, given in replay().log}
    kinds = {json.loads(msgspec.json.encode(event.data))["type"] for event in replay().events}
    assert kinds == {*schema("declaration-event.v1")["properties"]["data"]["discriminator"]["mapping"]}


@pytest.mark.parametrize("kind", INPUTS, ids=lambda kind: kind.__name__)
def test_inputs_fit_their_contract(kind: type[Input]) -> None:
    for _, given in replay().log:
        if type(given) is kind:
            check(INPUTS[kind], encode(given))


def test_events_fit_their_contract() -> None:
    for event in replay().events:
        check("declaration-event.v1", msgspec.json.encode(event))


def test_status_records_fit_their_contract() -> None:
    states = replay().partition.states
    assert {UK, CN, OTHER} <= states.keys()
    for state in states.values():
        check("declaration-status.v1", encode_state(state, default_tables()))


def says(record: Any, example: Any) -> bool:
    """Whether a record says all that an example does; fields that came later may stand beside it."""
    if isinstance(example, dict):
        return all(name in record and says(record[name], value) for name, value in example.items())
    if isinstance(example, list):
        return len(record) == len(example) and all(map(says, record, example))
    return bool(record == example)


@pytest.mark.parametrize("name", STRUCTS)
def test_examples_are_read_by_the_fold(name: str) -> None:
    given = ["position"] if name in INPUTS.values() else []
    for example in examples(name):
        if not example.error:
            value = {**example.value, **dict.fromkeys(given, 0)}
            read = msgspec.json.decode(json.dumps(value), type=STRUCTS[name])
            back = json.loads(msgspec.json.encode(read))
            assert says(back, example.value), example.name


def test_status_examples_are_read_by_the_fold() -> None:
    for example in examples("declaration-status.v1"):
        if not example.error:
            read = msgspec.json.decode(json.dumps(example.value), type=StatusRecord)
            assert says(json.loads(msgspec.json.encode(read)), example.value), example.name


SHAPES = {**STRUCTS, "declaration-status.v1": StatusRecord}


@pytest.mark.parametrize("name", SHAPES)
def test_structs_and_models_have_the_same_fields(name: str) -> None:
    """Also where no replay comes by: names and listed values, all the way down."""
    left, right = msgspec.json.schema(SHAPES[name]), schema(name)
    assert list(_differences(left, left, right, right, name)) == []


def _differences(struct_root: Any, struct: Any, model_root: Any, model: Any, path: str) -> Any:
    struct, model = _behind(struct_root, struct), _behind(model_root, model)
    variants = [_behind(struct_root, one) for one in struct.get("anyOf", [])]
    others = [_behind(model_root, one) for one in model.get("anyOf", model.get("oneOf", []))]
    if len(variants) != len(others):
        yield f"{path}: {len(variants)} and {len(others)} variants"
    for one, other in zip(sorted(variants, key=_order), sorted(others, key=_order), strict=False):
        yield from _differences(struct_root, one, model_root, other, path)
    mine, theirs = struct.get("properties", {}), model.get("properties", {})
    if (mine.keys() ^ theirs.keys()) - OF_THE_RECORD:
        yield f"{path}: {sorted(mine.keys() ^ theirs.keys())} stand on one side only"
    for field in mine.keys() & theirs.keys():
        yield from _differences(struct_root, mine[field], model_root, theirs[field], f"{path}.{field}")
    for part in ("items", "additionalProperties"):
        if isinstance(struct.get(part), dict):
            yield from _differences(struct_root, struct[part], model_root, model.get(part, {}), f"{path}.{part}")
    if "enum" in struct and sorted(struct["enum"]) != sorted(model.get("enum", [model.get("const")])):
        yield f"{path}: {struct['enum']} and {model.get('enum', model.get('const'))}"
    if "enum" not in struct and struct.get("type") != model.get("type"):
        yield f"{path}: {struct.get('type')} and {model.get('type')}"


def _behind(root: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _order(variant: Any) -> str:
    return str(variant.get("title", variant.get("type")))
