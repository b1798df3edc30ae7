"""What is due is sent: taken from the outbox, tried, and what became of it written down.

An attempt that failed is made again after a pause that grows; what could not be told for long is undelivered.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import SystemRandom
from typing import NamedTuple

import structlog
from sqlalchemy import Engine

from clearance.access.recipients import Recipient, channels
from clearance.metrics import Board
from clearance.notices import attempts, outbox
from clearance.notices.attempts import Pause, Waiting
from clearance.notices.matters import Notice, by_matter, worth_telling
from clearance.notices.messages import (
    Demotion,
    Digest,
    Message,
    Told,
    demotion_message,
    digest_message,
    first_message,
    mark_of,
)
from clearance.notices.outbox import State
from clearance.notices.outcomes import Outcome
from clearance.notices.wording import Before, Writer
from clearance.store.connect import writing

log = structlog.get_logger()
MINUTE = timedelta(minutes=1)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 900.0
Post = Callable[[Recipient, Message, str], Outcome]
"""Sends a message under an id, and says what became of it; it raises nothing."""


class Taken(NamedTuple):
    """A message on its way, and since when each of its notices is due, by id."""

    message: Message
    due_at: dict[int, datetime]


class Sender:
    """`tries_for` is how long a notice is tried; `api` where recipients find the API, "" if nowhere."""

    def __init__(self, access: Engine, post: Post, board: Board, tries_for: timedelta, api: str = "") -> None:
        self._access, self._post, self._board, self._tries_for, self._api = access, post, board, tries_for, api
        for channel in channels():  # Prometheus sees no rise in what begins at 1
            for outcome in ("sent", "again", "undelivered", "uncertain"):
                board.add("clearance_notices_total", channel, outcome, by=0)
        self._sent: dict[tuple[str, str], list[datetime]] = {}
        self._chance = SystemRandom()

    def send(self, recipient: Recipient, now: Callable[[], datetime]) -> None:
        """All that is due to a recipient and may be sent now. Raises `StoreError`."""
        while self._may_send(recipient, now()):
            taken = take(self._access, Writer(recipient, self._api), now())
            if taken is None:
                return
            self._sent[recipient.channel, recipient.address].append(now())
            outcome = self._post(recipient, taken.message, mark_of(recipient.id, *taken.due_at))
            self._settle(recipient, taken, outcome, now())
            if outcome.result in ("again", "uncertain"):
                return

    def _may_send(self, recipient: Recipient, now: datetime) -> bool:
        """Whether its address takes one more message in this minute."""
        sent = self._sent.setdefault((recipient.channel, recipient.address), [])
        sent[:] = [at for at in sent if at > now - MINUTE]
        return len(sent) < channels()[recipient.channel].a_minute

    def _settle(self, recipient: Recipient, taken: Taken, outcome: Outcome, now: datetime) -> None:
        states = {one: self._state(outcome, due_at, now) for one, due_at in taken.due_at.items()}
        pause = Pause(0, None) if outcome.result in ("sent", "refused") else self._pause(recipient, now)
        attempts.settle(self._access, recipient.id, states, outcome.reason, pause)
        for state in states.values():
            self._board.add("clearance_notices_total", recipient.channel, "again" if state == "waiting" else state)
        if outcome.reason:
            told = {"recipient": recipient.id, "outcome": outcome.result, "reason": outcome.reason}
            log.warning("a notice was not sent", **told, notices=len(states))

    def _state(self, outcome: Outcome, due_at: datetime, now: datetime) -> State:
        if outcome.result == "again":
            return "waiting" if now - due_at < self._tries_for else "undelivered"
        return "undelivered" if outcome.result == "refused" else outcome.result

    def _pause(self, recipient: Recipient, now: datetime) -> Pause:
        held = outbox.position(self._access, recipient.id)
        failures = 1 + (held.failures if held else 0)
        longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10))
        return Pause(failures, now + timedelta(seconds=longest * self._chance.uniform(0.5, 1.0)))


def take(access: Engine, writer: Writer, now: datetime) -> Taken | None:
    """The next message to a recipient, marked as tried; None if nothing is to be told now. Raises `StoreError`."""
    with writing(access) as connection:
        held = attempts.waiting(connection, writer.recipient.id)
        ready = {_matter(one) for one in held if one.due_at <= now}
        rows = [one for one in held if _matter(one) in ready]
        for one in rows:
            if isinstance(one.content, Demotion):
                attempts.take(connection, [one.id], now)
                return Taken(demotion_message(writer, one.content), {one.id: one.due_at})
        digests = [one.content for one in rows if isinstance(one.content, Digest)]
        if writer.recipient.digest_at is not None and not digests:
            return None
        groups = by_matter(one.content for one in rows if isinstance(one.content, Notice))
        before = attempts.told_last(connection, writer.recipient.id, [*groups])
        news = {matter: worth_telling(changes, _told(before.get(matter))) for matter, changes in groups.items()}
        told = [Told(one, before.get(matter)) for matter, one in news.items() if one is not None]
        message = _message(writer, digests, told)
        about = {*message.about, *(one.change for one in digests)} if message else set()
        attempts.drop(connection, [one.id for one in rows if _is_over(one, news, message)])
        if message is None:
            return None
        taken = Taken(message, {one.id: one.due_at for one in rows if _matter(one) in about})
        attempts.take(connection, [*taken.due_at], now)
        return taken


def _told(before: Before | None) -> Notice | None:
    return None if before is None else before.notice


def _message(writer: Writer, digests: list[Digest], told: list[Told]) -> Message | None:
    if digests:
        return digest_message(writer, digests[-1], told) if told or digests[-1].count else None
    return first_message(writer, told) if told else None


def _is_over(one: Waiting, news: dict[str, Notice | None], message: Message | None) -> bool:
    """Whether nobody needs to be told: a matter that was settled before, a digest of nothing."""
    return news[one.content.matter] is None if isinstance(one.content, Notice) else message is None


def _matter(one: Waiting) -> str:
    return one.content.matter if isinstance(one.content, Notice) else one.content.change
