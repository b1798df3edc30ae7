"""Rules that cry wolf: what they find is told as `info`, and each recipient is told so, once a month while it lasts.

The surprise: each organisation has its own. It is told less because of what it has called false positives itself, or
the operator has, and of no other's word; the operator because of anybody's (docs/decisions/0064).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Engine

from clearance.access.mutes import mutes_of
from clearance.access.recipients import SEVERITIES, Recipient
from clearance.api.stores import Store
from clearance.events.anomalies.precision import Least, Settled, demoted
from clearance.notices import outbox
from clearance.notices.matters import Notice
from clearance.notices.messages import Demotion
from clearance.notices.schedule import due_at
from clearance.store.reader import reading
from clearance.store.viewer import Viewer

LOOKED_BACK = timedelta(days=90)
"""What opened before says nothing of a rule as it is now."""
INFO = SEVERITIES[0]


def of_viewer(store: Store, viewer: Viewer, now: datetime) -> dict[str, Settled]:
    """What became of the anomalies of each rule that a viewer sees. Raises `StoreError`."""
    with reading(store.engine, viewer) as reader:
        return reader.settled_by_rule(now - LOOKED_BACK)


def tell(access: Engine, recipient: Recipient, by_rule: dict[str, Settled], least: Least, now: datetime) -> None:
    """Note the demotions that the recipient has not been told of this month. Raises `StoreError`."""
    found = [
        Demotion(change=f"demoted {rule} {now:%Y-%m}", rule=rule, **by_rule[rule]._asdict())
        for rule in sorted(demoted(by_rule, least))
        if not recipient.rules or rule in recipient.rules
    ]
    outbox.note(access, recipient.id, found, now, due_at(recipient, now))


def heard(
    access: Engine, recipient: Recipient, found: Iterable[Notice], cry_wolf: frozenset[str], now: datetime
) -> Iterator[Notice]:
    """Without what is open of rules that the organisation has muted in general; of rules that cry wolf as `info`."""
    muted = {one.rule for one in mutes_of(access, recipient.organisation) if one.holds(now)}
    for one in found:
        if one.what != "opened" or (one.rule not in muted and one.rule not in cry_wolf):
            yield one
        elif one.rule not in muted and recipient.severity == INFO:
            yield replace(one, severity=INFO)
