"""`AsyncClient`: as `Client`, in an event loop."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import httpx

from clearance.client import models
from clearance.client.answers import Answer, Freshness, Kept
from clearance.client.feed import Change
from clearance.client.place import Place
from clearance.client.questions import Asking
from clearance.client.requests import FAILURES, headers_of, request_of
from clearance.client.retries import USUAL, Retries
from clearance.client.steps import Pause, Steps, Tell, Telling, Walk, Wanted

T = TypeVar("T")


class AsyncClient:
    """The API at `url`. Every method raises `ClearanceError`. One client may be used by several tasks of one loop.

    `key` is yours as it was issued, empty where none is asked for; `language` is "en" or "zh". `kept` is how many
    answers are held, so that the server need not send again what has not changed.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        language: str = "en",
        retries: Retries = USUAL,
        timeout_seconds: float = 10.0,
        kept: int = 1000,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.url, self._timeout = url, timeout_seconds
        self._http = httpx.AsyncClient(base_url=url, headers=headers_of(key, language), transport=transport)
        self._asking = Asking(retries, Kept(kept))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends connections."""
        await self._http.aclose()

    @property
    def listed(self) -> Freshness | None:
        """How old the page of a list is that was told last, whose rows do not say it; None before the first. Threads
        that list at once have a client each."""
        return self._asking.listed

    async def declaration(self, number: str, *, wait_seconds: float = 0) -> Answer[models.Declaration]:
        """Where the declaration of any number stands. With `wait_seconds`, if it still stands as this client was told
        last, the answer comes when that changes, or after this time."""
        return await self._answer(self._asking.declaration(number, wait_seconds))

    def follow(self, number: str, *, wait_seconds: float = 30) -> AsyncIterator[Answer[models.Declaration]]:
        """Where it stands, and again whenever that changes, until nothing more is to come."""
        return self._told(self._asking.follow(number, wait_seconds))

    async def batch(self, numbers: Sequence[str], *, since: str = "") -> Answer[models.Batch]:
        """Where up to 1,000 stand, all at one moment; with the `token` of the answer before as `since`, only those that
        no longer stand as it said."""
        return await self._answer(self._asking.batch(numbers, since))

    async def timeline(self, number: str, **asked: Unpack[models.TimelineParameters]) -> Answer[models.Timeline]:
        """What happened to it."""
        return await self._answer(self._asking.timeline(number, asked))

    async def messages(self, number: str) -> Answer[models.Messages]:
        """What came about it."""
        return await self._answer(self._asking.messages(number))

    async def message(self, number: str, message_id: str) -> bytes:
        """One message as it came."""
        return await self._answer(self._asking.message(number, message_id))

    async def explanation(self, number: str) -> Answer[models.Explanation]:
        """Why it stands where it does, who must act, and how long that usually takes."""
        return await self._answer(self._asking.explanation(number))

    def declarations(self, **asked: Unpack[models.DeclarationsParameters]) -> AsyncIterator[models.DeclarationRow]:
        """All that are asked for, page after page."""
        return self._told(self._asking.declarations(asked))

    def changes(
        self,
        place: Place | str | Path = ":memory:",
        *,
        begins: Literal["start", "now"] = "start",
        wait_seconds: float = 30,
        resynchronise: bool = True,
        **asked: Unpack[models.ChangesParameters],
    ) -> AsyncIterator[Change]:
        """What changes, for ever: first the state of everything, or with `begins="now"` only what comes.

        It goes on over restarts, refusals for a time, and epochs. `place` is a file in which it is kept how far you
        are: a change counts as taken in when you ask for the next one, so a crash loses none, and repeats the one at
        which it happened. Where the API cannot go on, all is told again that differs from what you were told; without
        `resynchronise` that is raised: `HistoryMoved`, `HoleInFeed`."""
        return self._told(self._asking.changes(place, begins, wait_seconds, resynchronise, asked))

    def anomalies(self, **asked: Unpack[models.AnomaliesParameters]) -> AsyncIterator[models.Anomaly]:
        """All that are asked for, page after page."""
        return self._told(self._asking.anomalies(asked))

    async def anomaly(self, anomaly: str) -> Answer[models.Anomaly]:
        """One by its id."""
        return await self._answer(self._asking.anomaly(anomaly))

    def incidents(self, **asked: Unpack[models.IncidentsParameters]) -> AsyncIterator[models.Incident]:
        """What many share that are held up: all that is asked for, page after page."""
        return self._told(self._asking.incidents(asked))

    async def incident(self, incident: str) -> Answer[models.IncidentInFull]:
        """One by its id, with those of its members that you see."""
        return await self._answer(self._asking.incident(incident))

    async def clearance_times(self, **asked: Unpack[models.TimesParameters]) -> Answer[models.ClearanceTimes]:
        """How long clearance takes."""
        return await self._answer(self._asking.clearance_times(asked))

    async def register(self, number: str, **stated: Unpack[models.StatedRegistration]) -> Answer[models.Registration]:
        """Say that you have filed it, in your own words; replaces what you registered before, whole."""
        return await self._answer(self._asking.register(number, stated))

    def register_many(
        self, rows: Iterable[tuple[str, models.StatedRegistration]]
    ) -> AsyncIterator[models.RegisteredRow]:
        """Register as many as you like, each by its number; what became of each, counted from 1. It may be asked all
        over again: what is kept so already does not change."""
        return self._told(self._asking.register_many(rows))

    async def registration(self, number: str) -> Answer[models.Registration]:
        """What you have registered of it."""
        return await self._answer(self._asking.registration(number))

    def registrations(self, **asked: Unpack[models.OwnRegistrationsParameters]) -> AsyncIterator[models.Registration]:
        """All that you have registered, page after page."""
        return self._told(self._asking.registrations(asked))

    async def withdraw_registration(self, number: str) -> None:
        """Forget what you have registered of it."""
        await self._answer(self._asking.withdraw_registration(number))

    async def bring(self, message: bytes, **asked: Unpack[models.BringMessagesParameters]) -> Answer[models.Brought]:
        """Bring one message of customs as it came; a key with scope `ingest`. A copy changes nothing."""
        return await self._answer(self._asking.bring(message, asked))

    async def grants(self, number: str) -> Answer[models.Grants]:
        """Whom the operator lets see it; `ops`."""
        return await self._answer(self._asking.grants(number))

    async def grant(self, number: str, organisation: str, *, command_id: str = "") -> Answer[models.Command]:
        """Let an organisation see it, and all of it; `ops`."""
        return await self._answer(self._asking.grant(number, organisation, command_id))

    async def withdraw_grant(self, number: str, organisation: str, *, command_id: str = "") -> Answer[models.Command]:
        """Withdraw a grant; `ops`."""
        return await self._answer(self._asking.withdraw_grant(number, organisation, command_id))

    async def transport_plan(self, number: str) -> Answer[models.TransportPlan]:
        """The plan that was stated last."""
        return await self._answer(self._asking.transport_plan(number))

    async def state_transport_plan(
        self, number: str, *, unless_changed: str = "", command_id: str = "", **plan: Unpack[models.StatedPlan]
    ) -> Answer[models.Command]:
        """State when the goods arrive and leave. `unless_changed` is the ETag of the plan that this one follows."""
        return await self._answer(self._asking.state_transport_plan(number, plan, unless_changed, command_id))

    async def acknowledge(
        self, anomaly: str, *, command_id: str = "", **said: Unpack[models.Said]
    ) -> Answer[models.Command]:
        """Take note of an anomaly."""
        return await self._answer(self._asking.by_hand(anomaly, "acknowledge", said, command_id))

    async def assign(
        self, anomaly: str, assignee: str, *, command_id: str = "", **said: Unpack[models.Said]
    ) -> Answer[models.Command]:
        """Say who sees to it; "" for nobody."""
        asked = {"assignee": assignee, **said}
        return await self._answer(self._asking.by_hand(anomaly, "assign", asked, command_id))

    async def resolve(
        self, anomaly: str, *, command_id: str = "", **said: Unpack[models.Said]
    ) -> Answer[models.Command]:
        """Close it by hand: for you; by the operator for all."""
        return await self._answer(self._asking.by_hand(anomaly, "resolve", said, command_id))

    async def false_positive(
        self, anomaly: str, *, command_id: str = "", **said: Unpack[models.Said]
    ) -> Answer[models.Command]:
        """Say that it is none: for you; by the operator for all."""
        return await self._answer(self._asking.by_hand(anomaly, "false-positive", said, command_id))

    async def mute(
        self, number: str, rule: str, *, command_id: str = "", **said: Unpack[models.StatedMute]
    ) -> Answer[models.Command]:
        """Be not notified of a rule for one declaration, `until` then."""
        return await self._answer(self._asking.mute(number, rule, said, command_id))

    async def mutes(self, number: str) -> Answer[models.Mutes]:
        """What you have muted of a declaration."""
        return await self._answer(self._asking.mutes(number))

    async def muted_rules(self) -> Answer[models.Mutes]:
        """What you have muted in general."""
        return await self._answer(self._asking.muted_rules())

    async def mute_rule(self, rule: str, **said: Unpack[models.GeneralMute]) -> None:
        """Be not notified of a rule, for good or `until` then."""
        await self._answer(self._asking.mute_rule(rule, said))

    async def unmute_rule(self, rule: str) -> None:
        """Be notified of it again."""
        await self._answer(self._asking.unmute_rule(rule))

    async def answer_query(self, number: str, *, command_id: str = "") -> Answer[models.Command]:
        """State that the question of customs is answered."""
        return await self._answer(self._asking.answer_query(number, command_id))

    async def command(self, command_id: str) -> Answer[models.Command]:
        """What became of a command."""
        return await self._answer(self._asking.command(command_id))

    async def _answer(self, steps: Steps[T]) -> T:
        walk = Walk(steps)
        while walk.step is not None:
            await self._do(walk, walk.step)
        return walk.result

    async def _told(self, steps: Telling) -> AsyncIterator[Any]:
        walk = Walk(steps)
        try:
            while walk.step is not None:
                if isinstance(walk.step, Tell):
                    yield walk.step.item
                    walk.done()
                else:
                    await self._do(walk, walk.step)
        finally:
            walk.end()

    async def _do(self, walk: Walk[Any], step: Wanted | Pause | Tell) -> None:
        if isinstance(step, Wanted):
            try:
                reply = await self._http.send(request_of(self._http, step, self._timeout))
            except FAILURES as error:
                return walk.failed(error)
            return walk.done(reply)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
        return walk.done()
