"""One notice for an incident, and none for each member. Told when it opens, and when it is over.

The surprise: whoever lies in what an open incident shares is not told of by itself, though it is not counted as a
member yet: the next one would be told of minutes before the analyst looks again.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from clearance.access.recipients import SEVERITIES, Recipient
from clearance.api.incidents import seen_of, shown
from clearance.api.words import Words
from clearance.events.incidents.groups import Attributes, holds, of_a_declaration
from clearance.events.incidents.waiting import REJECTED, STANDING_STILL
from clearance.events.tables.durations import Severity
from clearance.events.values.goods import GoodsLine
from clearance.notices.matters import Notice
from clearance.store.reader import Reader
from clearance.store.rows import Shared, Stored, WantedIncidents

INCIDENT = "incident"
"""What stands for the rule in its notice."""
RULES = {"stuck": STANDING_STILL, "rejected": frozenset({REJECTED})}
SEVERITY: Severity = "high"
LOOKED_AT = 50
"""Of those that are open, and of those that closed, the newest."""


def of_incidents(reader: Reader, recipient: Recipient) -> Iterator[Notice]:
    """Those that the recipient's organisation sees, as they are; most have been told already."""
    found = [one for is_open in (True, False) for one in reader.incidents(WantedIncidents(is_open), None, LOOKED_AT)]
    seen = seen_of(reader, found)
    for one in found:
        if _wants(recipient, one) and not one.into:
            yield _notice(reader, recipient, one, seen[one.id])


def alone(reader: Reader, found: Iterable[Notice]) -> Iterator[Notice]:
    """Without what opens and lies in an open incident of its sort."""
    every = [*found]
    opened = (
        reader.incidents(WantedIncidents(True), None, LOOKED_AT) if any(one.what == "opened" for one in every) else []
    )
    rows = {row.id: row for row in reader.declarations({one.declaration for one in every})} if opened else {}
    shared = {name: _attributes(row) for name, row in rows.items()}
    for one in every:
        row = rows.get(one.declaration)
        if row is None or one.what != "opened" or not _within(one, row, shared[row.id], opened):
            yield one


def _wants(recipient: Recipient, one: Shared) -> bool:
    matters = SEVERITIES.index(SEVERITY) >= SEVERITIES.index(recipient.severity)
    return matters and (not recipient.rules or not RULES[one.kind].isdisjoint(recipient.rules))


def _notice(reader: Reader, recipient: Recipient, one: Shared, seen: int) -> Notice:
    words = shown(one, seen, reader.viewer, Words(recipient.language))
    is_over = one.closed_at is not None
    return Notice(
        matter=f"{INCIDENT} {one.id}",
        change=f"{one.id} {'closed' if is_over else 'open'}",
        what="closed" if is_over else "opened",
        state="resolved" if is_over else "open",
        at=one.closed_at or one.opened_at,
        declaration="",
        number=" ".join(words.shared.values()) or one.authority,
        status=one.kind,
        rule=INCIDENT,
        severity=SEVERITY,
        since=one.since,
        limit=None,
        text=words.text,
        names=(),
    )


def _within(notice: Notice, row: Stored, attributes: Attributes, opened: Iterable[Shared]) -> bool:
    return any(
        notice.rule in RULES[one.kind]
        and row.authority == one.authority
        and notice.at >= one.failing_since
        and holds(one.group, attributes)
        for one in opened
    )


class _View(Struct, frozen=True):
    details: dict[str, str]
    parties: dict[str, dict[str, str]]
    goods: tuple[GoodsLine, ...] = ()
    timeline: tuple[dict[str, Any], ...] = ()


class _Status(Struct, frozen=True):
    view: _View


def _attributes(row: Stored) -> Attributes:
    """As the analyst has them of the course."""
    view = _STATUS.decode(row.record).view
    agent, trade = view.parties.get("agent", {}), view.parties.get("trade", {})
    return of_a_declaration(
        office=row.office,
        chapters={line.hs_code[:2] for line in view.goods} - {""},
        broker=agent.get("code") or agent.get("scc", ""),
        trader=trade.get("code") or trade.get("scc", ""),
        form=view.timeline[0]["format"] if view.timeline else "",
    )


_STATUS = msgspec.json.Decoder(_Status)
