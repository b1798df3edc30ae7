"""Who has news is looked at, and who is due is sent to: two loops that wait for each other in nothing.

The surprise: a mail server that hangs holds up its own recipients only, and never what is collected.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Literal, TypeVar, get_args

import structlog
from sqlalchemy import Engine

from clearance.access import organisations, recipients
from clearance.access.database import reading
from clearance.access.recipients import Recipient
from clearance.api.stores import Stores
from clearance.api.tail import Tail, Told
from clearance.events.anomalies.precision import Least, Settled, demoted
from clearance.metrics import Board, Labels
from clearance.notices import attempts, outbox, precision
from clearance.notices.collecting import collect, digest, viewer_of
from clearance.notices.sending import Sender
from clearance.settings.clock import monotonic, timestamp_of, utc_now
from clearance.store.errors import StoreError
from clearance.store.viewer import Viewer

log = structlog.get_logger()
Answer = TypeVar("Answer")
Loop = Literal["collecting", "sending"]
LOOPS: tuple[Loop, ...] = get_args(Loop)
AT_ONCE = 8
"""Recipients that are sent to at the same time."""
TICK_SECONDS = 0.5
GAP_SECONDS = 1.0
"""Between two looks, of which each moves the places of those who have news: soon enough for people, and no write for
each batch of a busy projector."""
LOOK_SECONDS = 15.0
"""How often all are looked at whom nothing has woken: sight changes without an event, and digests fall due."""
JUDGE_SECONDS = 600.0
"""How often it is looked which rules cry wolf: that reads what was settled in the last months."""
LOST = timedelta(minutes=2)
"""No attempt takes so long: what is on its way for longer was lost with its process."""


class Notifier:
    """`kept` is how long it is known what was told; `least` is asked of rules."""

    def __init__(
        self, stores: Stores, access: Engine, sender: Sender, board: Board, kept: timedelta, least: Least
    ) -> None:
        self._stores, self._access, self._sender, self._board, self._kept = stores, access, sender, board, kept
        self._least, self._judged_at = least, float("-inf")
        self._cry_wolf: dict[str, frozenset[str]] = {}
        self._woken: set[str] | None = None  # identifiers of who may have news; None: everybody may
        self._news, self._busy, self._said = asyncio.Event(), set[str](), ""
        self._worked_at: dict[Loop, float] = {}  # when it had done last what there was to do
        board.at_scrape("clearance_notices_waiting", lambda: {(): self._waiting()})
        board.at_scrape("clearance_notices_overdue_seconds", lambda: {(): self._overdue()})

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what is being sent then is waited for. A bug is raised."""
        tail = Tail(self._stores)
        tail.listeners.append(self._wake)
        with ThreadPoolExecutor(AT_ONCE, "send") as pool:
            async with tail.running(), asyncio.TaskGroup() as group:
                loops = [group.create_task(self._collecting()), group.create_task(self._sending(group, pool))]
                await stop.wait()
                for one in loops:
                    one.cancel()

    def last_success(self) -> dict[Labels, float]:
        """When both loops worked (Unix time): of one that works no more its last success. Nothing until both have."""
        worked = [*self._worked_at.values()]
        return {(): timestamp_of(min(worked))} if len(worked) == len(LOOPS) else {}

    def _wake(self, told: Told) -> None:
        if told.batch is None:
            self._woken = None
        elif self._woken is not None:
            self._woken.update(name for state in told.batch.states for name in (*state.parties, *state.former))
        if told.batch is None or told.batch.states:
            self._news.set()

    async def _collecting(self) -> None:
        while True:
            woken, self._woken = self._woken, set()
            self._news.clear()
            await self._guarded("collecting", partial(self._collect, woken))
            await asyncio.sleep(GAP_SECONDS)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                self._woken = None

    def _collect(self, woken: set[str] | None) -> None:
        everyone = self._recipients()
        if monotonic() - self._judged_at > JUDGE_SECONDS:
            self._judge(everyone)
        for recipient, viewer in everyone:
            cry_wolf = self._cry_wolf.get(recipient.organisation, frozenset())
            if woken is None or not recipient.organisation or not woken.isdisjoint(viewer.identifiers):
                while collect(self._access, self._stores.current, recipient, viewer, utc_now(), cry_wolf=cry_wolf):
                    pass
                digest(self._access, self._stores.current, recipient, viewer, utc_now(), cry_wolf=cry_wolf)
        if woken is None:
            self._tidy({one.id: one.channel for one, _ in everyone})

    def _judge(self, everyone: list[tuple[Recipient, Viewer]]) -> None:
        """Which rules cry wolf for whom, and tell of those that do now."""
        now, by_rule = utc_now(), dict[str, dict[str, Settled]]()
        for recipient, viewer in everyone:
            if recipient.organisation not in by_rule:
                by_rule[recipient.organisation] = precision.of_viewer(self._stores.current, viewer, now)
            precision.tell(self._access, recipient, by_rule[recipient.organisation], self._least, now)
        self._cry_wolf = {name: demoted(rules, self._least) for name, rules in by_rule.items()}
        self._judged_at = monotonic()

    def _recipients(self) -> list[tuple[Recipient, Viewer]]:
        with reading(self._access) as connection:
            of = organisations.identifiers_of(connection)
        found = recipients.all_of(self._access)
        return [(one, viewer_of(one, of.get(one.organisation, ()))) for one in found]

    def _tidy(self, channels: Mapping[str, str]) -> None:
        lost = attempts.give_up_uncertain(self._access, utc_now() - LOST)
        for recipient in lost:
            if recipient in channels:
                self._board.add("clearance_notices_total", channels[recipient], "uncertain")
        if lost:
            log.warning(
                "notices may have gone out or not", notices=len(lost), remedy="clearance recipients undelivered"
            )
        outbox.forget(self._access, utc_now() - self._kept)

    async def _sending(self, group: asyncio.TaskGroup, pool: ThreadPoolExecutor) -> None:
        while True:
            for recipient in await self._guarded("sending", self._due) or ():
                self._busy.add(recipient.id)
                group.create_task(self._send(recipient, pool))
            await asyncio.sleep(TICK_SECONDS)

    def _due(self) -> list[Recipient]:
        due = {*attempts.due(self._access, utc_now())} - self._busy
        return [one for one in recipients.all_of(self._access) if one.id in due] if due else []

    async def _send(self, recipient: Recipient, pool: ThreadPoolExecutor) -> None:
        with suppress(StoreError):  # the other loops say so
            sending = partial(self._sender.send, recipient, utc_now)
            await asyncio.get_running_loop().run_in_executor(pool, sending)
        self._busy.discard(recipient.id)

    async def _guarded(self, loop: Loop, do: Callable[[], Answer]) -> Answer | None:
        """What a loop does in a thread; a store that is away is said once, and tried again."""
        try:
            answer = await asyncio.to_thread(do)
        except StoreError as error:
            if str(error) != self._said:
                log.warning("interrupted", reason=str(error), remedy="trying again every second")
            self._said = str(error)
            await asyncio.sleep(1)
            return None
        self._said = ""
        self._worked_at[loop] = monotonic()
        return answer

    def _waiting(self) -> float:
        with suppress(StoreError):
            return outbox.queue(self._access)[0]
        return 0

    def _overdue(self) -> float:
        with suppress(StoreError):
            _, oldest = outbox.queue(self._access)
            return max(0.0, (utc_now() - oldest).total_seconds()) if oldest else 0
        return 0
