"""Progress is given out only behind what it speaks of, in its order, and none is kept for ever."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clearance.kafka.records import EVENTS, PROGRESS, STATUS
from clearance.projector.holding import Holding, spoken_of

Script = list[tuple[str, int]]


def record(offset: int) -> Any:
    return SimpleNamespace(offset=offset)


@given(st.lists(st.tuples(st.sampled_from([EVENTS, STATUS, PROGRESS]), st.integers(1, 5)), max_size=40))
def test_it_never_runs_ahead_of_what_it_speaks_of(fetches: Script) -> None:
    written, read, given_out = {EVENTS: 0, STATUS: 0}, {EVENTS: 0, STATUS: 0}, []
    holding = Holding()
    holding.at((EVENTS, 0), 0)
    holding.at((STATUS, 0), 0)
    for number, (topic, count) in enumerate(fetches):
        if topic == PROGRESS:  # the tracker has written more events and states, then the progress
            written = {name: end + count for name, end in written.items()}
            fetched = {(PROGRESS, 0): [SimpleNamespace(offset=number, before=dict(written))]}
        else:
            upto = min(written[topic], read[topic] + count)
            fetched = (
                {(topic, 0): [record(offset) for offset in range(read[topic], upto)]} if upto > read[topic] else {}
            )
            read[topic] = upto
        for one in holding.take(fetched, {(name, 0): end for name, end in written.items()}).get((PROGRESS, 0), []):
            assert all(read[name] >= end for name, end in one.before.items())
            given_out.append(one.offset)
    assert given_out == sorted(given_out)
    rest = {(name, 0): [record(offset) for offset in range(read[name], end)] for name, end in written.items()}
    given_out += [
        one.offset for one in holding.take({place: at for place, at in rest.items() if at}, {}).get((PROGRESS, 0), [])
    ]
    assert given_out == [number for number, (topic, _) in enumerate(fetches) if topic == PROGRESS]


def test_only_progress_asks_for_ends() -> None:
    assert spoken_of({(PROGRESS, 3): [record(1)], (EVENTS, 1): [record(1)]}) == [(EVENTS, 3), (STATUS, 3)]


def test_a_partition_that_is_read_again_holds_its_progress_back() -> None:
    holding = Holding()
    holding.at((EVENTS, 0), 10)
    holding.at((STATUS, 0), 10)
    holding.at((EVENTS, 0), 0)
    ends = {(EVENTS, 0): 10, (STATUS, 0): 10}
    assert holding.take({(PROGRESS, 0): [record(7)]}, ends) == {}
    given_out = holding.take({(EVENTS, 0): [record(offset) for offset in range(10)]}, {})
    assert [one.offset for one in given_out[PROGRESS, 0]] == [7]
