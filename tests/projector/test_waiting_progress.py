"""Progress is given out only behind what it speaks of, in its order, and none is kept for ever."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clearance.kafka.names import BASE
from clearance.projector.waiting_progress import WaitingProgress, spoken_of

Script = list[tuple[str, int]]


def record(offset: int) -> Any:
    return SimpleNamespace(offset=offset)


@given(st.lists(st.tuples(st.sampled_from([BASE.events, BASE.status, BASE.progress]), st.integers(1, 5)), max_size=40))
def test_it_never_runs_ahead_of_what_it_speaks_of(fetches: Script) -> None:
    written, read, given_out = {BASE.events: 0, BASE.status: 0}, {BASE.events: 0, BASE.status: 0}, []
    waiting = WaitingProgress(BASE)
    waiting.at((BASE.events, 0), 0)
    waiting.at((BASE.status, 0), 0)
    for number, (topic, count) in enumerate(fetches):
        if topic == BASE.progress:  # the tracker has written more events and states, then the progress
            written = {name: end + count for name, end in written.items()}
            fetched = {(BASE.progress, 0): [SimpleNamespace(offset=number, before=dict(written))]}
        else:
            upto = min(written[topic], read[topic] + count)
            fetched = (
                {(topic, 0): [record(offset) for offset in range(read[topic], upto)]} if upto > read[topic] else {}
            )
            read[topic] = upto
        for one in waiting.take(fetched, {(name, 0): end for name, end in written.items()}).get((BASE.progress, 0), []):
            assert all(read[name] >= end for name, end in one.before.items())
            given_out.append(one.offset)
    assert given_out == sorted(given_out)
    rest = {(name, 0): [record(offset) for offset in range(read[name], end)] for name, end in written.items()}
    given_out += [
        one.offset
        for one in waiting.take({place: at for place, at in rest.items() if at}, {}).get((BASE.progress, 0), [])
    ]
    assert given_out == [number for number, (topic, _) in enumerate(fetches) if topic == BASE.progress]


def test_only_progress_asks_for_ends() -> None:
    assert spoken_of({(BASE.progress, 3): [record(1)], (BASE.events, 1): [record(1)]}, BASE) == [
        (BASE.events, 3),
        (BASE.status, 3),
    ]


def test_a_partition_that_is_read_again_holds_its_progress_back() -> None:
    waiting = WaitingProgress(BASE)
    waiting.at((BASE.events, 0), 10)
    waiting.at((BASE.status, 0), 10)
    waiting.at((BASE.events, 0), 0)
    ends = {(BASE.events, 0): 10, (BASE.status, 0): 10}
    assert waiting.take({(BASE.progress, 0): [record(7)]}, ends) == {}
    given_out = waiting.take({(BASE.events, 0): [record(offset) for offset in range(10)]}, {})
    assert [one.offset for one in given_out[BASE.progress, 0]] == [7]
