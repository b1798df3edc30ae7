"""What is news to a recipient: its feed is followed, and what it is to be told is noted with the place reached.

The surprise: another epoch is history folded anew, of which nothing is told again. What was opened since the last look
is told, and what was told as open and is so no more; the ids of anomalies are the same in every epoch.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Engine

from clearance.access import registrations
from clearance.access.recipients import SEVERITIES, Recipient
from clearance.api import feed
from clearance.api.membership import WantedChanges
from clearance.api.stores import Store
from clearance.events.step.partial_readers import NoticedStatus
from clearance.notices import outbox
from clearance.notices.incidents import alone, of_incidents
from clearance.notices.matters import Notice, notices, still_open
from clearance.notices.messages import LISTED_OPEN, MOST_COUNTED, Digest
from clearance.notices.outbox import Followed
from clearance.notices.precision import heard
from clearance.notices.schedule import due_at, next_digest
from clearance.store.parties import of_organisation
from clearance.store.reader import Reader, reading
from clearance.store.rows import FindingPlace, WantedAnomalies
from clearance.store.viewer import EVERYBODY, Viewer

AT_ONCE = 200
"""Changes in one look, and open anomalies in one page."""


class Look(NamedTuple):
    """What a look found: where the feed is read to, what is news, and whether there is more."""

    after: Followed
    news: list[Notice]
    more: bool


def viewer_of(recipient: Recipient, identifiers: Iterable[str]) -> Viewer:
    """A recipient sees what its organisation sees, and the operator's sees all."""
    name = recipient.organisation
    return Viewer(name, (*identifiers, of_organisation(name)), name) if name else EVERYBODY


def collect(
    access: Engine,
    store: Store,
    recipient: Recipient,
    viewer: Viewer,
    now: datetime,
    cry_wolf: frozenset[str] = frozenset(),
) -> bool:
    """Note what is news; whether there is more. What rules that `cry_wolf` find is `info`. Raises `StoreError`."""
    held = outbox.position(access, recipient.id)
    with reading(store.engine, viewer) as reader:
        look = _look(
            access=access,
            reader=reader,
            epoch=store.epoch,
            recipient=recipient,
            held=held,
            now=now,
            cry_wolf=cry_wolf,
        )
    if held is not None and look.after.cursor == held.cursor and not look.news:
        return look.more
    noted = outbox.advance(
        engine=access,
        recipient=recipient.id,
        before=held,
        after=look.after,
        news=[_named(access, recipient, one) for one in look.news],
        noted_at=now,
        due_at=look.after.digest_at or due_at(recipient, now),
    )
    return look.more and noted is not None


def _look(
    access: Engine,
    reader: Reader,
    epoch: int,
    recipient: Recipient,
    held: Followed | None,
    now: datetime,
    cry_wolf: frozenset[str],
) -> Look:
    if held is None:
        first = None if recipient.digest_at is None else next_digest(recipient.digest_at, recipient.zone, now)
        return Look(Followed(feed.begin(reader, epoch, whole=False), now, first, 0, None), [], more=False)
    if held.cursor.epoch != epoch or feed.lacks(reader, held.cursor):
        after = replace(held, cursor=feed.begin(reader, epoch, whole=False), looked_at=now)
        closed = _closed_since(reader, outbox.told_open(access, recipient.id), now)
        opened = (one for one in _open(reader, recipient, now) if one.at > held.looked_at)
        return Look(after, [*closed, *heard(access, recipient, opened, cry_wolf, now)], more=True)
    page = feed.page(reader, WantedChanges(), held.cursor, AT_ONCE)
    after = replace(held, cursor=page.cursor, looked_at=now)
    news = heard(access, recipient, alone(reader, _news(reader, recipient, page)), cry_wolf, now)
    shared = outbox.not_noted(access, recipient.id, [*of_incidents(reader, recipient)])
    return Look(after, [*news, *shared], page.more)


def _named(access: Engine, recipient: Recipient, one: Notice) -> Notice:
    """With what the recipient's organisation calls the declaration."""
    if not recipient.organisation or not one.names:
        return one
    return replace(one, references=registrations.references(access, recipient.organisation, one.names))


def _news(reader: Reader, recipient: Recipient, page: feed.Page) -> Iterator[Notice]:
    """Of what has merged the feed tells no state: it is asked for."""
    rows = {row.id: row for row in page.rows}
    if merged := {one.declaration for one in page.changes} - rows.keys():
        rows |= {row.id: row for row in reader.declarations(merged)}
    for change in page.changes:
        yield from notices(recipient, change, rows.get(change.declaration))


def digest(
    access: Engine,
    store: Store,
    recipient: Recipient,
    viewer: Viewer,
    now: datetime,
    cry_wolf: frozenset[str] = frozenset(),
) -> None:
    """Note a digest, if it is due and there is anything to tell; `cry_wolf` as above. Raises `StoreError`."""
    held = outbox.position(access, recipient.id)
    if recipient.digest_at is None or held is None or held.digest_at is None or held.digest_at > now:
        return
    with reading(store.engine, viewer) as reader:
        heard_of = islice(heard(access, recipient, _open(reader, recipient, now), cry_wolf, now), MOST_COUNTED)
        found = sorted(heard_of, key=lambda one: -SEVERITIES.index(one.severity))
    listed = tuple(_named(access, recipient, one) for one in found[:LISTED_OPEN])
    one = Digest(change=f"digest {held.digest_at.isoformat()}", open=listed, count=len(found))
    after = replace(held, digest_at=next_digest(recipient.digest_at, recipient.zone, now))
    outbox.advance(
        engine=access, recipient=recipient.id, before=held, after=after, news=[one], noted_at=now, due_at=now
    )


def _open(reader: Reader, recipient: Recipient, now: datetime) -> Iterator[Notice]:
    """What is open now, by its limit, without what its organisation has muted or closed for itself."""
    wanted = WantedAnomalies(
        states=("open",),
        rules=recipient.rules,
        severities=SEVERITIES[SEVERITIES.index(recipient.severity) :],
    )
    after: FindingPlace | None = None
    while found := reader.anomalies(wanted, after, AT_ONCE):
        rows = reader.declarations({one.declaration for one in found})
        records = [(row, _NOTICED_STATUS.decode(row.record)) for row in rows]
        told = [one for row, record in records for one in still_open(recipient, row, record, now)]
        by_id = {one.anomaly: one for one in told}
        yield from (by_id[one.id] for one in found if one.id in by_id)
        after = found[-1].place


def _closed_since(reader: Reader, told: Iterable[Notice], now: datetime) -> Iterator[Notice]:
    """What was told as open and is not, in the epoch that answers now."""
    for one in told:
        found = reader.anomaly(one.anomaly)
        if found is not None and found.state not in ("open", "escalated"):
            row, change = reader.declaration(one.declaration), f"{one.anomaly} {found.state}"
            status = row.status if row else one.status
            yield replace(one, what="closed", state=found.state, change=change, at=now, status=status)


_NOTICED_STATUS = msgspec.json.Decoder(NoticedStatus)
