"""Partitions are given out side by side, in the order of their broker timestamps."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from clearance.rebuild.merging import FULL, Merging


class Record(NamedTuple):
    timestamp: int


def records(*times: int) -> list[Record]:
    return [Record(time) for time in times]


def test_nothing_is_given_out_while_a_partition_is_not_known() -> None:
    merging = Merging(range(2))
    merging.take(0, records(1, 2, 3))
    assert merging.round(at_end=()) == {}
    assert merging.round(at_end={1}) == {0: records(1, 2, 3)}


def test_a_partition_waits_for_the_one_that_is_behind() -> None:
    merging = Merging(range(2))
    merging.take(0, records(1, 5, 9))
    merging.take(1, records(2, 4))
    assert merging.round(at_end=()) == {0: records(1), 1: records(2, 4)}
    merging.take(1, records(7))
    assert merging.round(at_end={0}) == {0: records(5), 1: records(7)}
    assert merging.round(at_end={0, 1}) == {0: records(9)}


def test_a_full_partition_is_not_read_further() -> None:
    merging = Merging(range(2))
    merging.take(0, records(*range(FULL)))
    assert (merging.has_room(0), merging.has_room(1)) == (False, True)


@given(st.lists(st.lists(st.integers(0, 50), max_size=30).map(sorted), min_size=1, max_size=4), st.integers(1, 7))
def test_each_record_comes_once_and_no_round_goes_back_in_time(log: list[list[int]], fetch: int) -> None:
    merging, at, given_out = Merging(range(len(log))), [0] * len(log), [[] for _ in log]  # type: ignore[var-annotated]
    latest = -1
    while any(len(out) < len(whole) for out, whole in zip(given_out, log, strict=True)):
        for number, whole in enumerate(log):
            merging.take(number, records(*whole[at[number] : at[number] + fetch]))
            at[number] = min(len(whole), at[number] + fetch)
        given = merging.round({number for number, whole in enumerate(log) if at[number] == len(whole)})
        times = [record.timestamp for some in given.values() for record in some]
        assert all(time >= latest for time in times)
        latest = max([latest, *times])
        for number, some in given.items():
            given_out[number] += [record.timestamp for record in some]
    assert given_out == log
