"""Partial readers read what the whole record says: each field is one of the record, by name, type and value."""

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import Struct
from tests.helpers.partition_logs import TABLES, logged
from tests.helpers.recordings import STORIES

from clearance.events.partition.batch import PartitionFold
from clearance.events.step import partial_readers
from clearance.events.step.outputs import Data, Event
from clearance.events.step.partial_readers import IndexedData, IndexedEvent
from clearance.events.step.state_records import StatusRecord, encode_state

OF_A_STATUS = (
    partial_readers.IndexedStatus,
    partial_readers.ShownStatus,
    partial_readers.GrantedStatus,
    partial_readers.TimelineStatus,
    partial_readers.ListedStatus,
    partial_readers.DueStatus,
    partial_readers.StatedStatus,
    partial_readers.NoticedStatus,
    partial_readers.RelatedStatus,
)
PARTS: dict[type[Struct], type[Struct]] = {IndexedEvent: Event, **dict.fromkeys(OF_A_STATUS, StatusRecord)}
"""Each partial reader of a whole record, and that record."""


def differences(part: Any, whole: Any, path: str) -> list[str]:
    """Where a type that is read is not the one that is written."""
    if part == whole:
        return []
    if part is IndexedData and whole == Data:
        return _of_data(path)
    if _is_struct(part) and _is_struct(whole):
        written = get_type_hints(whole)
        return [
            difference
            for name, read in get_type_hints(part).items()
            for difference in differences(read, written.get(name), f"{path}.{name}")
        ]
    if get_origin(part) is not None and get_origin(part) is get_origin(whole):
        pairs = zip(get_args(part), get_args(whole), strict=True)
        return [difference for read, written in pairs for difference in differences(read, written, path)]
    return [f"{path}: {part} is read, {whole} is written"]


def _of_data(path: str) -> list[str]:
    """`type` is the tag of every kind of data; any other field may be missing, and is one of some kind."""
    fields = get_type_hints(IndexedData)
    assert {kind.__struct_config__.tag_field for kind in get_args(Data)} == {"type"}
    assert fields.pop("type") is str
    kinds = [get_type_hints(kind) for kind in get_args(Data)]
    return [
        f"{path}.{name}"
        for name, read in fields.items()
        if not any(name in kind and Union[kind[name], None] == read for kind in kinds)  # noqa: UP007 # to compare
    ]


def _is_struct(given: Any) -> bool:
    return isinstance(given, type) and issubclass(given, Struct)


def parts_in(given: Any) -> set[type[Struct]]:
    """The partial readers that a type is made of."""
    if get_origin(given) in (tuple, dict, Union, UnionType):
        return {part for each in get_args(given) for part in parts_in(each)}
    if not _is_struct(given) or given.__module__ != partial_readers.__name__:
        return set()
    return {given, *(part for read in get_type_hints(given).values() for part in parts_in(read))}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_each_field_is_one_of_the_record(part: type[Struct]) -> None:
    assert differences(part, PARTS[part], part.__name__) == []


def test_every_partial_reader_is_compared() -> None:
    here = {
        given
        for given in vars(partial_readers).values()
        if _is_struct(given) and given.__module__ == partial_readers.__name__
    }
    assert {part for whole in PARTS for part in parts_in(whole)} == here


def test_another_name_or_another_type_is_noticed() -> None:
    class Renamed(Struct):
        sequence: int

    class Retyped(Struct):
        seq: str
        numbers: tuple[int, ...]

    assert len(differences(Renamed, StatusRecord, "")) == 1
    assert len(differences(Retyped, StatusRecord, "")) == 2


def agrees(part: Any, whole: Any) -> bool:
    """Whether what was read of a record is what the whole record says."""
    if isinstance(part, Struct) and type(part) is not type(whole):
        return all(agrees(getattr(part, name), _written(whole, name)) for name in part.__struct_fields__)
    if isinstance(part, tuple) and len(part) == len(whole):
        return all(map(agrees, part, whole))
    return bool(part == whole)


def _written(whole: Struct, name: str) -> object:
    """A field of the whole, its tag, or None for what only other kinds of data have."""
    return whole.__struct_config__.tag if name == "type" else getattr(whole, name, None)


def test_what_is_read_is_what_was_written() -> None:
    tracker = PartitionFold(TABLES)
    batch = tracker.fold(logged(*STORIES[:30]))
    assert batch.events
    for event in batch.events:
        value = msgspec.json.encode(event)
        assert agrees(msgspec.json.decode(value, type=IndexedEvent), event)
    for state in tracker.partition.states.values():
        value = encode_state(state, TABLES)
        record = msgspec.json.decode(value, type=StatusRecord)
        for part in OF_A_STATUS:
            assert agrees(msgspec.json.decode(value, type=part), record)
