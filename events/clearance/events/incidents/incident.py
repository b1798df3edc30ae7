"""An incident: what its members share, since when, and which waits it accounts for."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from clearance.events.incidents.groups import Group, holds, may_hold
from clearance.events.incidents.waits import Wait
from clearance.events.values.times import rfc3339

Kind = Literal["stuck", "rejected"]
Reach = Literal["authority", "part"]


class Incident(Struct, frozen=True):
    """Many declarations of one authority that fail for what they share.

    `group` is empty for the authority as a whole. `since` is when the first member began to wait, `failing_since` when
    the first of them failed. `members` are declaration ids, all that ever were; `most` is how many of them were stuck
    at once. `stages` is where they wait, "" for rejections. `into` names the incident that goes on with it, when both
    turned out to be one.
    """

    incident: str
    authority: str
    kind: Kind
    group: Group
    since: datetime
    failing_since: datetime
    opened_at: datetime
    lift: float
    members: tuple[str, ...]
    most: int
    stages: tuple[str, ...] = ()
    closed_at: datetime | None = None
    into: str = ""

    @property
    def reach(self) -> Reach:
        """Whether the authority as a whole is meant, or a part of it."""
        return "part" if self.group else "authority"

    def accounts_for(self, wait: Wait) -> bool:
        """Whether it waits there, in the group, and was judged while it failed, or began before it was over."""
        return self._meanwhile(wait) and holds(self.group, wait.attributes)

    def may_account_for(self, wait: Wait) -> bool:
        """Whether it accounts for it, or would if more were known of it: that is no member, and no news."""
        return self._meanwhile(wait) and may_hold(self.group, wait.attributes)

    def _meanwhile(self, wait: Wait) -> bool:
        return (
            wait.stage in self.stages
            and self.failing_since <= wait.judged_at
            and (self.closed_at is None or wait.since < self.closed_at)
        )


def incident_id(authority: str, kind: Kind, members: Sequence[Wait]) -> str:
    """Made of the first member and when it failed, since a declaration is in one incident at a time: the same for
    whoever folds the same log, and it stays when the group turns out to be another."""
    first = members[0]
    named = "\n".join((authority, kind, first.declaration, rfc3339(first.judged_at)))
    return blake2b(named.encode(), digest_size=8).hexdigest()
