"""The worker whose name another one has taken is told by the answers of its group."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetFetchRequest
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest, SyncGroupRequest
from aiokafka.structs import OffsetAndMetadata

from clearance.stages import fencing
from clearance.stages.fencing import NameTaken, notice_fencing

JOIN = JoinGroupRequest("g", 6000, 6000, "", "one", "consumer", [])
SYNC = SyncGroupRequest("g", 1, "m", "one", [])
BEAT = HeartbeatRequest("g", 1, "m")
COMMIT = OffsetCommitRequest("g", 1, "m", 0, [("t", [(0, OffsetAndMetadata(1, ""))])])
FETCH = OffsetFetchRequest("g", [("t", [0])])
Story = list[tuple[Any, int, float]]
"""Requests, each with the code of its answer and the seconds before it."""
GOOD, REBALANCING, UNKNOWN, FENCED, MOVED = 0, 27, 25, 82, 16


class Answer:
    """As aiokafka gives them: one code, or one for each partition of a commit."""

    def __init__(self, code: int, request: Any) -> None:
        several: dict[Any, list[Any]] = {FETCH: [(0, 7, "", code)], COMMIT: [(0, GOOD), (1, code)]}
        if request in several:
            self.topics = [("t", several[request])]
        else:
            self.error_code = code


class Group:
    """A coordinator that answers with these codes, one after the other."""

    def __init__(self, codes: Iterable[int]) -> None:
        self._codes = iter(codes)

    async def _send_req(self, request: Any) -> Answer:
        return Answer(next(self._codes), request)


def fenced(story: Story, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """At which of the requests of a story the worker is told."""
    now, asked, told = 100.0, 0, list[int]()

    async def run() -> None:
        nonlocal now, asked
        group = Group(code for _, code, _ in story)
        notice_fencing(group, 6.0, lambda: told.append(asked))
        for request, _, seconds in story:
            now += seconds
            await group._send_req(request)
            asked += 1

    monkeypatch.setattr(fencing, "monotonic", lambda: now)
    asyncio.run(run())
    return told


@pytest.mark.parametrize(
    ("story", "told"),
    [
        ([(JOIN, GOOD, 0.0), (SYNC, GOOD, 1.0), (BEAT, GOOD, 1.0), (BEAT, UNKNOWN, 1.0)], [3]),
        ([(JOIN, GOOD, 0.0), (SYNC, GOOD, 1.0), (COMMIT, UNKNOWN, 1.0)], [2]),
        ([(JOIN, GOOD, 0.0), (SYNC, FENCED, 1.0)], [1]),
        ([(JOIN, FENCED, 0.0)], [0]),
        ([(BEAT, GOOD, 0.0), (BEAT, UNKNOWN, 6.1)], []),  # it was silent for a session: nobody else need be there
        ([(BEAT, GOOD, 0.0), (BEAT, REBALANCING, 4.0), (BEAT, UNKNOWN, 4.0)], []),  # too late for a rebalance
        ([(BEAT, GOOD, 0.0), (JOIN, UNKNOWN, 1.0)], []),  # it has forgotten its membership by itself
        ([(BEAT, GOOD, 0.0), (FETCH, UNKNOWN, 1.0)], []),  # anybody may ask that
        ([(BEAT, GOOD, 0.0), (BEAT, MOVED, 1.0), (COMMIT, MOVED, 1.0), (BEAT, GOOD, 1.0)], []),
    ],
    ids=["heartbeat", "commit", "sync", "join", "silent", "rebalance", "joins again", "other", "coordinator moved"],
)
def test_a_member_that_is_unknown_all_at_once_was_replaced(
    story: Story, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fenced(story, monkeypatch) == told


def test_it_says_whose_name_it_is_and_what_to_do() -> None:
    assert "joined the group as port-1" in str(NameTaken("port-1"))
    assert "give each a name of its own (--instance, CLEARANCE_TRACKER_INSTANCE)" in str(NameTaken("port-1"))
