"""Without the log a backup holds of it what is not folded yet, and what feeders of later epochs have still to copy."""

import msgspec
import pytest

from clearance.archive.record_files import Kept
from clearance.backup.cutting import Cut, without_log
from clearance.kafka.names import BASE, Names
from clearance.rebuild.last_copy import Copied

ONE = Names.of(1)


def folded(topic: str, position: int) -> Cut:
    value = msgspec.json.encode({"epoch": 0, "position": position, "wall_time": "2026-03-02T01:00:00Z"})
    return Cut(topic, 3, 0, 0, "progress")._replace(given=[Kept(9, 1, b"3", value, ())])


def inputs(topic: str, first: int = 0) -> Cut:
    return Cut(topic, 3, first, 50, "places")


@pytest.mark.parametrize(
    ("cuts", "copied", "begins"),
    [
        ([folded(BASE.progress, 41), inputs(BASE.inputs)], {}, [42]),
        ([folded(BASE.progress, 41), inputs(BASE.inputs, first=45)], {}, [45]),
        ([folded(BASE.progress, 49), inputs(BASE.inputs)], {}, [50]),
        ([inputs(BASE.inputs)], {}, [0]),
        (
            [folded(ONE.progress, 30), folded(BASE.progress, 41), inputs(ONE.inputs), inputs(BASE.inputs)],
            {(1, 3): Copied(offset=28, origin=20, quiet=True)},
            [28, 21],
        ),
        (
            [folded(ONE.progress, 10), folded(BASE.progress, 15), inputs(ONE.inputs), inputs(BASE.inputs)],
            {(1, 3): Copied(offset=28, origin=20, quiet=True), (1, 4): None},
            [11, 16],
        ),
        ([folded(BASE.progress, 41), inputs(ONE.inputs), inputs(BASE.inputs)], {(1, 3): None}, [0, 0]),
    ],
)
def test_it_begins_where_somebody_reads_on(
    cuts: list[Cut], copied: dict[tuple[int, int], Copied | None], begins: list[int]
) -> None:
    found = without_log(cuts, copied)
    assert [one.first for one in found if one.how == "places"] == begins
    assert [one for one in found if one.how == "progress"] == [one for one in cuts if one.how == "progress"]
