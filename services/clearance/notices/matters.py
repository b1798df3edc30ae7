"""What of the feed a recipient is told: notices of matters. Pure.

A matter is what is one thing for a person until it is settled: for an anomaly, its declaration and rule, whatever level
it has reached. Its changes carry ids that every fold of history gives them again. The surprise: what is noted is what
happened; whether it is told is decided when the message is made (`worth_telling`), by what was told before.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from clearance.access.recipients import Recipient
from clearance.api.feed import Change
from clearance.events.anomalies.handling import state_for
from clearance.events.anomalies.ledger import Anomaly, AnomalyState, anomaly_id
from clearance.events.anomalies.plan_rules import FOLLOWED_BY
from clearance.events.anomalies.words import case_of, words
from clearance.events.standing.statements import muted_until
from clearance.events.step.outputs import AnomalyClosed, AnomalyHandled, AnomalyOpened
from clearance.events.step.partial_readers import NoticedStatus
from clearance.events.tables.durations import Severity
from clearance.settings.tables import default_tables
from clearance.store.rows import Stored

WARNED_BY = {worse: warning for warning, worse in FOLLOWED_BY.items()}
"""A rule that takes over the matter of the rule which warned of it."""
ABOUT_ANOMALIES = (AnomalyOpened, AnomalyClosed, AnomalyHandled)
What = Literal["opened", "closed", "handled"]


class Notice(Struct, frozen=True, kw_only=True, tag="notice"):
    """One change of a matter, as a recipient is told of it: `text` is the sentence in its language; `names` are the ids
    that the declaration goes by, `references` what the recipient's organisation calls it, `office` its customs office.
    `handled`: that organisation has closed it for itself, and is told nothing."""

    matter: str
    change: str
    what: What
    state: AnomalyState
    at: datetime
    declaration: str
    number: str
    status: str
    rule: str
    severity: Severity
    since: datetime
    limit: datetime | None
    text: str
    names: tuple[str, ...]
    references: tuple[str, ...] = ()
    office: str = ""

    @property
    def anomaly(self) -> str:
        """Its id."""
        return self.change.partition(" ")[0]


def notices(recipient: Recipient, change: Change, row: Stored | None) -> Iterator[Notice]:
    """What a change of the feed is to a recipient; `row` is the state of the declaration as it is now."""
    if change.event is None or not change.event.notify or row is None:
        return
    at, data = change.event.at, change.event.data
    if change.kind != "seen" and not isinstance(data, ABOUT_ANOMALIES):
        return
    record = _NOTICED_STATUS.decode(row.record)
    if change.kind == "seen":
        yield from (one for one in still_open(recipient, row, record, at) if one.at <= at)
    if isinstance(data, AnomalyOpened):
        yield from _opened(recipient, row, record, _now(record, data.anomaly), at)
    if isinstance(data, AnomalyClosed) and data.anomaly.state != "escalated":
        yield _notice(recipient=recipient, row=row, record=record, one=data.anomaly, what="closed", at=at)
    if isinstance(data, AnomalyHandled) and _closes(data.anomaly, recipient):
        yield _notice(recipient=recipient, row=row, record=record, one=data.anomaly, what="handled", at=at)


def still_open(recipient: Recipient, row: Stored, record: NoticedStatus, now: datetime) -> Iterator[Notice]:
    """What is open of a declaration, without what the recipient's organisation has muted until later."""
    for one in record.anomalies:
        if one.state == "open":
            yield from _opened(recipient, row, record, one, now)


def _closes(one: Anomaly, recipient: Recipient) -> bool:
    """Whether the recipient's organisation has just closed it for itself."""
    return one.turns[-1].closes and one.turns[-1].organisation == recipient.organisation


def _now(record: NoticedStatus, told: Anomaly) -> Anomaly:
    """An anomaly of an event as it stands now: what was done about it by hand may have come later."""
    same = (one for one in record.anomalies if (one.rule, one.deadline) == (told.rule, told.deadline))
    return next(same, told)


def opening(one: Anomaly) -> datetime:
    """The time of the input that opened it; of what earlier versions wrote, its deadline."""
    return one.turns[0].at if one.turns else one.deadline


def _opened(recipient: Recipient, row: Stored, record: NoticedStatus, one: Anomaly, at: datetime) -> Iterator[Notice]:
    """One that is open, unless the recipient has asked at that time not to be told of it."""
    if not recipient.wants(one.rule, one.severity) or state_for(one, recipient.organisation) != "open":
        return
    muted = muted_until(record.statements, recipient.organisation).get(one.rule)
    if muted is None or muted <= at:
        yield _notice(recipient=recipient, row=row, record=record, one=one, what="opened", at=opening(one))


def _notice(recipient: Recipient, row: Stored, record: NoticedStatus, one: Anomaly, what: What, at: datetime) -> Notice:
    state = one.state if what != "handled" else state_for(one, recipient.organisation)
    case = case_of(row.id, one, record.view.timeline)
    return Notice(
        matter=f"{WARNED_BY.get(one.rule, one.rule)} {row.id}",
        change=f"{anomaly_id(row.id, one.rule, one.deadline)} {state}",
        what=what,
        state=state,
        at=at,
        declaration=row.id,
        number=row.id.split(":", 2)[2],
        status=row.status,
        office=row.office,
        rule=one.rule,
        severity=one.severity,
        since=one.since,
        limit=one.limit,
        text=words(case, default_tables(), recipient.language),
        names=(row.id, *(f"{row.authority}:{number}" for number in record.numbers)),
    )


def worth_telling(waiting: Sequence[Notice], before: Notice | None) -> Notice | None:
    """What of the changes of one matter, in their order, is told now; `before` is what was told last. The last one
    tells it all; what is settled before it was told is none."""
    last = waiting[-1]
    was_open = before is not None and before.what == "opened"
    return last if last.what == "opened" or (last.what == "closed" and was_open) else None


def by_matter(given: Iterable[Notice]) -> dict[str, list[Notice]]:
    """The same by matter, each in the order given."""
    found: dict[str, list[Notice]] = {}
    for one in given:
        found.setdefault(one.matter, []).append(one)
    return found


_NOTICED_STATUS = msgspec.json.Decoder(NoticedStatus)
