"""The feed: nothing missed, nothing twice, whatever happens to server, network and client meanwhile."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.client.conftest import QUICK, Connect
from tests.client.feed_server import FeedServer, moved, told
from tests.client.flavours import Between, Flavour, made
from tests.helpers.extent import examples

from clearance.client import Change, HistoryMoved, HoleInFeed, Place, PlaceRefused, feed


@pytest.fixture(autouse=True)
def switch_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "SWITCH_SECONDS", 0.0)


def away(_: Callable[[], httpx.Response]) -> httpx.Response:
    raise httpx.ConnectError("refused")


def cut(answer: Callable[[], httpx.Response]) -> httpx.Response:
    answer()
    raise httpx.RemoteProtocolError("cut off")


def busy(_: Callable[[], httpx.Response]) -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": "0"})


def restarting(_: Callable[[], httpx.Response]) -> httpx.Response:
    return httpx.Response(503)


def another_replica(_: Callable[[], httpx.Response]) -> httpx.Response:
    """One that has not switched yet."""
    return moved()


FAULTS = (away, cut, busy, restarting, another_replica)


Key = tuple[int, str, str, int | None]


class Mirror:
    """What a caller makes of the feed. Whatever is told is news, or was at hand when the caller crashed."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.taken = Counter[Key]()
        self.at_hand: Key | None = None

    def take(self, change: Change, epoch: int) -> None:
        self.at_hand = epoch, change.kind, change.declaration, change.seq
        self.taken[self.at_hand] += change.kind in ("seen", "changed")
        if change.kind == "gone":
            self.texts.pop(change.declaration, None)
        elif change.state is not None:
            self.texts[change.declaration] = change.state.office

    def crash(self) -> None:
        """What was at hand comes once more."""
        if self.at_hand is not None:
            self.taken[self.at_hand] -= self.at_hand[1] in ("seen", "changed")
        self.at_hand = None


def texts(server: FeedServer) -> dict[str, str]:
    return {name: text for name, (_, text) in server.states.items()}


def test_the_state_of_everything_then_each_change(connect: Connect) -> None:
    server = FeedServer()
    for name in "abcd":
        server.change(name, "1")
    changes = connect(answering=server.answer).changes()
    assert [(one.kind, one.declaration, one.seq) for one in islice(changes, 4)] == [
        ("seen", name, 1) for name in "abcd"
    ]
    server.change("a", "2")
    server.change("e", "1")
    assert [(one.declaration, one.seq, one.previous_seq, one.state.office) for one in islice(changes, 2)] == [
        ("a", 2, 1, "2"),
        ("e", 1, None, "1"),
    ]


def test_only_what_comes_and_the_wait_is_asked_for(connect: Connect) -> None:
    server, preferred = FeedServer(), []
    server.change("a", "1")

    def answer(request: httpx.Request) -> httpx.Response:
        preferred.append(request.headers["Prefer"])
        if len(preferred) == 2:
            server.change("a", "2")
        return server.answer(request)

    [change] = islice(connect(answering=answer).changes(begins="now", wait_seconds=7), 1)
    assert (change.kind, change.seq, change.previous_seq) == ("changed", 2, 1)
    assert {*preferred} == {"wait=7"}


def test_filters_are_sent_with_every_page(connect: Connect) -> None:
    server = FeedServer(limit=1)
    server.change("a", "1")
    server.change("b", "1")
    [*islice(connect(answering=server.answer).changes(status=["released", "received"]), 2)]
    assert all("status=released&status=received" in asked for asked in server.asked)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_what_passes_is_not_noticed(connect: Connect, fault: Any) -> None:
    server, mirror = FeedServer(limit=2), Mirror()
    changes = connect(answering=server.answer).changes()
    for turn in range(5):
        server.change("a", f"{turn}")
        server.faults = [fault] if turn else []
        mirror.take(next(changes), 0)
    assert (mirror.texts, {*mirror.taken.values()}) == ({"a": "4"}, {1})


def test_another_epoch_is_told_and_only_what_differs_after_it(connect: Connect) -> None:
    server = FeedServer()
    for name, text in [("a", "1"), ("b", "1"), ("c", "1"), ("a", "2")]:
        server.change(name, text)
    changes = connect(answering=server.answer).changes()
    assert [one.declaration for one in islice(changes, 3)] == ["a", "b", "c"]
    server.rebuild()
    server.states |= {"b": (1, "other")}
    del server.states["c"]
    server.log.remove(("c", 1))
    after = [*islice(changes, 3)]
    assert [(one.kind, one.declaration) for one in after] == [("resynchronising", ""), ("seen", "b"), ("gone", "c")]
    assert "begin anew" in after[0].why
    server.change("a", "3")
    assert [(one.declaration, one.seq, one.previous_seq) for one in islice(changes, 1)] == [("a", 2, 1)]


def test_who_wants_to_know_is_told_by_an_exception(connect: Connect) -> None:
    server = FeedServer()
    server.change("a", "1")
    changes = connect(answering=server.answer).changes(resynchronise=False)
    next(changes)
    server.rebuild()
    with pytest.raises(HistoryMoved, match="begin anew"):
        next(changes)


def with_a_hole(server: FeedServer) -> None:
    seq, text = server.states["a"]
    server.states["a"] = (seq + 1, text)
    server.change("a", "after the hole")


@pytest.mark.parametrize("resynchronise", [True, False])
def test_a_hole_is_found(connect: Connect, resynchronise: bool) -> None:
    server = FeedServer()
    server.change("a", "1")
    changes = connect(answering=server.answer).changes(resynchronise=resynchronise)
    next(changes)
    with_a_hole(server)
    if not resynchronise:
        with pytest.raises(HoleInFeed, match="change 3 follows on 2, and 1 was told"):
            next(changes)
        return
    anew, seen = islice(changes, 2)
    assert (anew.kind, seen.kind, seen.seq, seen.state.office) == ("resynchronising", "seen", 3, "after the hole")


def test_a_feed_that_is_never_whole_is_told_by_an_exception(connect: Connect) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        page = {"changes": [told("changed", "a", 7, 6)], "declarations": [], "cursor": "1", "more": True}
        states = [FeedServer()._told([], 0, 0, False)]
        assert states
        server = FeedServer()
        server.states["a"] = (7, "")
        return server._told(page["changes"], 0, 0, True)  # type: ignore[arg-type] # the list above

    changes = connect(answering=answer).changes()
    assert next(changes).kind == "resynchronising"
    with pytest.raises(HoleInFeed):
        next(changes)


def test_a_crash_loses_nothing_and_repeats_what_was_at_hand(connect: Connect, tmp_path: Path) -> None:
    server, place = FeedServer(), tmp_path / "place"
    for name in "abcde":
        server.change(name, "1")
    first = connect(answering=server.answer).changes(place)
    assert [one.declaration for one in islice(first, 2)] == ["a", "b"]
    first.close()  # while b is at hand
    second = connect(answering=server.answer).changes(place)
    assert [one.declaration for one in islice(second, 4)] == ["b", "c", "d", "e"]


def test_a_place_is_of_one_reader_and_no_other_file(connect: Connect, tmp_path: Path) -> None:
    server = FeedServer()
    server.change("a", "1")
    first = connect(answering=server.answer).changes(tmp_path / "place")
    next(first)
    with pytest.raises(PlaceRefused, match="another reader"):
        next(connect(answering=server.answer).changes(tmp_path / "place"))
    (tmp_path / "other").write_bytes(b"no database" * 100)
    with pytest.raises(PlaceRefused, match="no place in a feed"):
        next(connect(answering=server.answer).changes(tmp_path / "other"))
    first.close()


def test_another_question_at_a_place_begins_anew(connect: Connect, tmp_path: Path) -> None:
    server = FeedServer()
    server.change("a", "1")
    for asked, kinds in [({}, ["seen"]), ({"office": "2901"}, ["seen"])]:
        changes = connect(answering=server.answer).changes(tmp_path / "place", **asked)
        server.states["a"] = (1, str(asked))
        assert [one.kind for one in islice(changes, 1)] == kinds
        changes.close()


def test_the_caller_may_keep_the_cursor_himself(connect: Connect) -> None:
    server = FeedServer(limit=1)
    kept: list[str] = []
    for name in "abc":
        server.change(name, "1")
    with Place(keep=kept.append) as place:
        assert [one.declaration for one in islice(connect(answering=server.answer).changes(place), 2)] == ["a", "b"]
    with Place(cursor=kept[-1]) as place:
        assert [one.declaration for one in islice(connect(answering=server.answer).changes(place), 2)] == ["b", "c"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from("abcdef"), st.sampled_from("1234")),
        st.tuples(st.just("take"), st.integers(1, 5)),
        st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
        st.tuples(st.sampled_from(["crash", "rebuild"])),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=examples(200))
@given(flavour=st.sampled_from(["blocking", "asynchronous"]), steps=STEPS, limit=st.integers(1, 4))
def test_whatever_happens_the_mirror_is_right_and_nothing_comes_twice(
    flavour: Flavour, steps: list[Any], limit: int
) -> None:
    server, mirror = FeedServer(limit), Mirror()
    with TemporaryDirectory() as folder, closing(Following(flavour, server, Path(folder) / "place")) as following:
        for kind, *given_ in [*steps, ("take", 10**6)]:
            if kind == "change":
                server.change(*given_)
            elif kind == "fault":
                server.faults.append(given_[0])
            elif kind == "rebuild":
                server.rebuild()
            elif kind == "crash":
                following.begin()
                mirror.crash()
            else:
                following.take(given_[0], mirror)
    assert mirror.texts == texts(server)
    assert {*mirror.taken.values()} <= {0, 1}


class Following:
    """A program that follows the feed into a mirror, and may crash before it asks for the next change."""

    def __init__(self, flavour: Flavour, server: FeedServer, place: Path) -> None:
        self._server, self._place, self._idle = server, place, False
        self._client = made(flavour, "http://feed", transport=Between(self._answer), retries=QUICK)
        self._changes = self._client.changes(self._place)

    def begin(self) -> None:
        self._changes.close()
        self._changes = self._client.changes(self._place)

    def close(self) -> None:
        self._changes.close()
        self._client.close()

    def take(self, most: int, mirror: Mirror) -> None:
        """At most so many, and none once nothing more is to come."""
        self._idle = False
        try:
            for change in islice(self._changes, most):
                mirror.take(change, self._server.epoch)
        except Idle:
            mirror.at_hand = None
            self.begin()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = self._server.answer(request)
        quiet = reply.status_code == 200 and not reply.json()["changes"] and not reply.json()["more"]
        if quiet and self._idle:
            raise Idle
        self._idle = quiet
        return reply


class Idle(Exception):
    """The server was asked twice for nothing."""
