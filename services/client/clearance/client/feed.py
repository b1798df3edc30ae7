"""The feed of changes as an iterator that goes on for months: nothing missed, nothing twice, and both proven.

Each change names the number of the one before it of the same declaration; one that does not follow on what was taken
in tells of a hole. A change is taken in when the caller asks for the next. The surprise: where the API cannot go on
(another epoch, a hole), everything is told again, but of that only what differs from what the caller was told before.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from clearance.client import models
from clearance.client.asking import answer
from clearance.client.errors import HistoryMoved, HoleInFeed
from clearance.client.place import Held, Place, digest_of
from clearance.client.retries import Retries
from clearance.client.steps import Pause, Steps, Tell, Telling, Wanted

CHANGES = "/v1/changes"
SWITCH_SECONDS = 2.0
"""Replicas switch to another epoch within a second of each other: before all is told anew, another one is asked."""
OVER = ("left", "gone")


class Change(NamedTuple):
    """One thing that happened to a declaration.

    `seen`: you come to see it. `changed`: it has changed. `merged`: it goes on as `merged_into`. `left`: it is no
    longer what you ask for. `gone`: you do not see it any more. `resynchronising`: the feed is begun anew, and why;
    `declaration` is empty.

    `state` is where it stands when this is told, so it may hold the next changes already; None for what is over. `seq`
    and `previous_seq` number its changes. `told` is the change as the API tells it, with its status and anomaly; None
    for what only this client can tell."""

    kind: str
    declaration: str = ""
    seq: int | None = None
    previous_seq: int | None = None
    state: models.Declaration | None = None
    told: Any = None
    merged_into: str = ""
    why: str = ""


class Feed:
    """One reader. `asked` are filters; a feed with filters cannot be proven to be whole."""

    def __init__(self, place: Place, asked: tuple[tuple[str, str], ...], retries: Retries, wait_seconds: float) -> None:
        self._place, self._asked, self._retries, self._wait = place, asked, retries, wait_seconds

    def told(self, begins: str, resynchronise: bool) -> Telling:
        """For ever. Raises `ClearanceError`: `HistoryMoved` and `HoleInFeed` only if it is not to resynchronise, or a
        feed begun anew has a hole again."""
        self._place.begin(begins, msgspec.json.encode(self._asked).decode())
        whole = True
        while True:
            try:
                page = yield from self._page()
                yield from self._taken(page)
                whole = True
            except (HistoryMoved, HoleInFeed) as error:
                if not (resynchronise and whole):
                    raise
                whole = not isinstance(error, HoleInFeed)
                yield Tell(Change("resynchronising", why=str(error)))
                self._place.begin_anew()

    def _page(self) -> Steps[models.Changes]:
        """Raises `HistoryMoved` if the API says so twice."""
        try:
            return (yield from self._asked_for())
        except HistoryMoved:
            yield Pause(SWITCH_SECONDS)
            return (yield from self._asked_for())

    def _asked_for(self) -> Steps[models.Changes]:
        place = self._place
        at = ("cursor", place.cursor) if place.cursor else ("from", place.begins)
        headers = {"Prefer": f"wait={self._wait:.0f}"} if self._wait else {}
        wanted = Wanted(CHANGES, (*self._asked, at), headers, seconds=self._wait)
        page = yield from answer(wanted, models.Changes, self._retries)
        return page.value

    def _taken(self, page: models.Changes) -> Telling:
        """Raises `HoleInFeed`."""
        states = {state.id: state for state in page.declarations}
        for change in page.changes:
            for one in self._news(change, states.get(change.declaration), page.complete):
                yield Tell(one)
            self._take(change, states.get(change.declaration))
        self._place.move(page.cursor)
        if not page.more:
            yield from self._gone(page.complete)

    def _news(self, change: Any, state: models.Declaration | None, complete: bool) -> Iterator[Change]:
        """The change, if it is one. Raises `HoleInFeed`."""
        held = self._place.held(change.declaration)
        if self._is_known(change, state, held):
            return
        strict = complete and change.kind.code == "changed" and change.previous_seq is not None
        if strict and not self._follows(change.previous_seq, held):
            raise HoleInFeed(
                f"{change.declaration}: change {change.seq} follows on {change.previous_seq}, and "
                f"{'nothing' if held is None else held.seq} was told: tell whoever runs this API"
            )
        yield Change(
            kind=change.kind.code,
            declaration=change.declaration,
            seq=change.seq,
            previous_seq=change.previous_seq,
            state=state,
            told=change,
            merged_into=change.merged_into,
        )

    def _is_known(self, change: Any, state: models.Declaration | None, held: Held | None) -> bool:
        if change.kind.code in OVER:
            return self._place.was_let_go(change.kind.code, change.declaration)
        if held is None:  # of a number that went on as another nothing is to be told afterwards
            return change.kind.code == "changed" and state is None
        if held.stale:
            return held.digest == _digest(state)
        return held.seq is not None and change.seq is not None and change.seq <= held.seq

    def _follows(self, previous: int, held: Held | None) -> bool:
        if held is None or held.stale:
            return self._place.begins == "now"
        return held.seq == previous

    def _take(self, change: Any, state: models.Declaration | None) -> None:
        held = self._place.held(change.declaration)
        if change.kind.code in OVER:
            self._place.let_go(change.kind.code, change.declaration)
        elif held is None or held.stale or (change.seq or 0) > (held.seq or 0):
            self._place.hold(change.declaration, change.seq, b"" if change.merged_into else _digest(state))

    def _gone(self, complete: bool) -> Telling:
        """All has been told again: what was not is there no longer."""
        while stale := self._place.stale():
            for declaration in stale:
                kind = "gone" if complete else "left"
                yield Tell(Change(kind, declaration))
                self._place.let_go(kind, declaration)


def _digest(state: models.Declaration | None) -> bytes:
    return b"" if state is None else digest_of(msgspec.json.encode(state))
