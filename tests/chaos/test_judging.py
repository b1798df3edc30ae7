"""What is still being folded is not judged; what stands still is red."""

import asyncio
from collections.abc import Iterator, Mapping
from itertools import chain, count, repeat

import pytest

from . import judging
from .judging import NotAtRest, ends
from .outcome import Verdict

Left = Mapping[tuple[str, int], int]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "overloaded", lambda: False)
    monkeypatch.setattr(judging, "STILL_SECONDS", 0.05)
    monkeypatch.setattr(judging, "MOST_SECONDS", 0.2)
    monkeypatch.setattr(judging, "LOOK_SECONDS", 0.005)


def wait(left: Iterator[Left]) -> None:
    async def told() -> Left:
        return next(left)

    asyncio.run(ends("the log", told))


def test_a_log_that_comes_to_its_end_is_waited_for() -> None:
    wait(chain(({("t", 0): at} for at in range(5)), [{}]))


@pytest.mark.parametrize(
    ("left", "moves"),
    [(({("t", 0): at} for at in count()), True), (repeat({("t", 0): 7}), False)],
    ids=["it moves", "it stands still"],
)
def test_it_is_told_apart_why_it_does_not(left: Iterator[Left], moves: bool) -> None:
    with pytest.raises(NotAtRest, match="the log still moves after" if moves else "the log stands still for") as late:
        wait(left)
    assert Verdict.of(late.value).not_judged == (str(late.value) if moves else "")
    assert Verdict.of(late.value).found.lost == ([] if moves else [str(late.value)])


def test_what_stands_still_beside_other_load_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "overloaded", lambda: True)
    with pytest.raises(NotAtRest, match=r"and is not at its end, beside other load$") as late:
        wait(repeat({("t", 0): 7}))
    assert Verdict.of(late.value).not_judged
    assert Verdict.of(late.value).found.exact
