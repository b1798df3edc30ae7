"""Two workers with one name: a group knows one member of a name, and the worker that lost it ends.

aiokafka knows no fencing. Thrown out of the group because another one came with its name, it would join again, throw
that one out, and so on for ever. So the group's answers are looked at here: a member that is unknown all at once,
though it was heard within its session, has been replaced.
"""

from collections.abc import Callable, Iterator
from typing import Any

from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest, SyncGroupRequest

from clearance.settings.clock import monotonic

UNKNOWN_MEMBER, FENCED_INSTANCE = 25, 82
"""Error codes of Kafka."""
MEMBERSHIP = (JoinGroupRequest, SyncGroupRequest, HeartbeatRequest)
"""What the group answers without an error to nobody but its members."""
OF_MEMBERS = (HeartbeatRequest, OffsetCommitRequest)
"""What a member asks only as long as it takes itself for one."""


class NameTaken(RuntimeError):
    """Another worker has come with the name of this one. The text says what to do."""

    def __init__(self, instance: str) -> None:
        super().__init__(
            f"another worker joined the group as {instance}, which is the name of this one: give each a name of its "
            "own (--instance, CLEARANCE_TRACKER_INSTANCE), or let only one of them run"
        )


def notice_fencing(coordinator: Any, session_seconds: float, fenced: Callable[[], object]) -> None:
    """Call `fenced` when the group has given the name of this member of aiokafka's to another one."""
    ask, heard = coordinator._send_req, float("-inf")

    async def asked(request: Any) -> Any:
        nonlocal heard
        answer = await ask(request)
        codes = set(_codes(answer)) if isinstance(request, MEMBERSHIP + OF_MEMBERS) else set[int]()
        was_member = isinstance(request, OF_MEMBERS) and monotonic() - heard < session_seconds
        if FENCED_INSTANCE in codes or (UNKNOWN_MEMBER in codes and was_member):
            fenced()
        if isinstance(request, MEMBERSHIP) and codes == {0}:
            heard = monotonic()
        return answer

    coordinator._send_req = asked


def _codes(answer: Any) -> Iterator[int]:
    """Every error code of an answer; that to a commit has one for each partition."""
    if hasattr(answer, "error_code"):
        yield answer.error_code
    for _, partitions in getattr(answer, "topics", ()):
        for _, code in partitions:
            yield code
