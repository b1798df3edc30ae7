"""What may be asked, as steps: addresses, parameters, and the shape of the answer.

The surprise: every command bears an id of its own, so that it takes effect once however often it has to be sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import uuid4

from msgspec.structs import replace

from clearance.client import models
from clearance.client.answers import Answer, Freshness, Kept
from clearance.client.asking import answer, kept_answer, replied
from clearance.client.feed import Feed
from clearance.client.place import Place
from clearance.client.positions import Positions
from clearance.client.retries import ENDLESS, Retries
from clearance.client.rows import LINES, portions
from clearance.client.steps import Pause, Steps, Tell, Telling, Wanted

T = TypeVar("T")
BULK_SECONDS = 60.0
"""How long thousands of registrations may take."""
UNCHANGED_SECONDS = 0.2
"""Before a declaration that has not changed is waited for anew: whatever answers at once is not flooded."""
DECLARATIONS, ANOMALIES, INCIDENTS, MUTES = "/v1/declarations", "/v1/anomalies", "/v1/incidents", "/v1/mutes"


class Asking:
    """What stays the same from question to question."""

    def __init__(self, retries: Retries, kept: Kept) -> None:
        self._retries, self._kept, self._positions = retries, kept, Positions()
        self.listed: Freshness | None = None
        self._patient = retries._replace(attempts=ENDLESS.attempts, patience_seconds=ENDLESS.patience_seconds)

    def declaration(self, number: str, wait_seconds: float) -> Steps[Answer[models.Declaration]]:
        headers = {"Prefer": f"wait={wait_seconds:.0f}"} if wait_seconds else {}
        wanted = Wanted(_of(number), headers=headers, seconds=wait_seconds)
        whole = bool(self._positions) and not wait_seconds  # with its ETag it would wait for a change

        def question(asked: Wanted) -> Steps[Answer[models.Declaration]]:
            return kept_answer(asked, models.Declaration, self._retries, self._kept, whole)

        return self._positions.asked(wanted, question)

    def follow(self, number: str, wait_seconds: float) -> Telling:
        wanted = Wanted(_of(number), headers={"Prefer": f"wait={wait_seconds:.0f}"}, seconds=wait_seconds)
        held = Kept(1)

        def question(asked: Wanted) -> Steps[Answer[models.Declaration]]:
            return kept_answer(asked, models.Declaration, self._patient, held, whole=False)

        while True:
            answer = yield from self._positions.asked(wanted, question)
            yield Tell(answer) if answer.changed else Pause(UNCHANGED_SECONDS)
            if not answer.value.in_progress:
                return

    def timeline(self, number: str, asked: Mapping[str, Any]) -> Steps[Answer[models.Timeline]]:
        return self._read(Wanted(_of(number, "timeline"), _params(asked)), models.Timeline)

    def messages(self, number: str) -> Steps[Answer[models.Messages]]:
        return self._read(Wanted(_of(number, "messages")), models.Messages)

    def message(self, number: str, message_id: str) -> Steps[bytes]:
        reply = yield from replied(Wanted(_of(number, "messages", message_id)), self._retries)
        return bytes(reply.content)

    def explanation(self, number: str) -> Steps[Answer[models.Explanation]]:
        return self._read(Wanted(_of(number, "explanation")), models.Explanation)

    def anomaly(self, anomaly: str) -> Steps[Answer[models.Anomaly]]:
        return answer(Wanted(_path(ANOMALIES, anomaly)), models.Anomaly, self._retries)

    def clearance_times(self, asked: Mapping[str, Any]) -> Steps[Answer[models.ClearanceTimes]]:
        return answer(Wanted("/v1/clearance-times", _params(asked)), models.ClearanceTimes, self._retries)

    def command(self, command_id: str) -> Steps[Answer[models.Command]]:
        return answer(Wanted(_path("/v1/commands", command_id)), models.Command, self._retries)

    def batch(self, numbers: Sequence[str], since: str) -> Steps[Answer[models.Batch]]:
        wanted = Wanted(f"{DECLARATIONS}:batch", method="POST", json={"numbers": list(numbers), "since": since})
        return self._read(wanted, models.Batch)

    def declarations(self, asked: Mapping[str, Any]) -> Telling:
        wanted: Wanted | None = Wanted(DECLARATIONS, _params(asked))
        while wanted is not None:
            page = yield from self._read(wanted, models.Declarations)
            self.listed = page.freshness
            for row in page.value.declarations:
                yield Tell(row)
            wanted = _next(page.value.next)

    def anomalies(self, asked: Mapping[str, Any]) -> Telling:
        wanted: Wanted | None = Wanted(ANOMALIES, _params(asked))
        while wanted is not None:
            page = yield from self._read(wanted, models.Anomalies)
            self.listed = page.freshness
            for row in page.value.anomalies:
                yield Tell(row)
            wanted = _next(page.value.next)

    def incidents(self, asked: Mapping[str, Any]) -> Telling:
        wanted: Wanted | None = Wanted(INCIDENTS, _params(asked))
        while wanted is not None:
            page = yield from answer(wanted, models.Incidents, self._retries)
            self.listed = page.freshness
            for row in page.value.incidents:
                yield Tell(row)
            wanted = _next(page.value.next)

    def incident(self, incident: str) -> Steps[Answer[models.IncidentInFull]]:
        return answer(Wanted(_path(INCIDENTS, incident)), models.IncidentInFull, self._retries)

    def changes(
        self, place: Place | str | Path, begins: str, wait_seconds: float, resynchronise: bool, asked: Mapping[str, Any]
    ) -> Telling:
        opened = place if isinstance(place, Place) else Place(place)
        try:
            feed = Feed(opened, _params(asked), self._patient, wait_seconds)
            yield from feed.told(begins, resynchronise)
        finally:
            if opened is not place:
                opened.close()

    def by_hand(
        self, anomaly: str, what: str, said: Mapping[str, Any], command_id: str
    ) -> Steps[Answer[models.Command]]:
        return self._carried(Wanted(_path(ANOMALIES, anomaly, what), method="POST", json=dict(said)), command_id)

    def mute(self, number: str, rule: str, said: Mapping[str, Any], command_id: str) -> Steps[Answer[models.Command]]:
        return self._carried(Wanted(_of(number, "mutes", rule), method="PUT", json=_plain(said)), command_id)

    def mutes(self, number: str) -> Steps[Answer[models.Mutes]]:
        return answer(Wanted(_of(number, "mutes")), models.Mutes, self._retries)

    def muted_rules(self) -> Steps[Answer[models.Mutes]]:
        return answer(Wanted(MUTES), models.Mutes, self._retries)

    def mute_rule(self, rule: str, said: Mapping[str, Any]) -> Steps[None]:
        yield from replied(Wanted(_path(MUTES, rule), method="PUT", json=_plain(said)), self._retries)

    def unmute_rule(self, rule: str) -> Steps[None]:
        yield from replied(Wanted(_path(MUTES, rule), method="DELETE"), self._retries)

    def answer_query(self, number: str, command_id: str) -> Steps[Answer[models.Command]]:
        return self._carried(Wanted(_of(number, "answer-query"), method="POST"), command_id)

    def state_transport_plan(
        self, number: str, plan: Mapping[str, Any], unless_changed: str, command_id: str
    ) -> Steps[Answer[models.Command]]:
        told = {name: _text(value) for name, value in plan.items() if value is not None}
        held = {"If-Match": unless_changed} if unless_changed else {}
        return self._carried(Wanted(_of(number, "transport-plan"), headers=held, method="PUT", json=told), command_id)

    def grants(self, number: str) -> Steps[Answer[models.Grants]]:
        return answer(Wanted(_of(number, "grants")), models.Grants, self._retries)

    def grant(self, number: str, organisation: str, command_id: str) -> Steps[Answer[models.Command]]:
        return self._carried(Wanted(_of(number, "grants", organisation), method="PUT"), command_id)

    def withdraw_grant(self, number: str, organisation: str, command_id: str) -> Steps[Answer[models.Command]]:
        return self._carried(Wanted(_of(number, "grants", organisation), method="DELETE"), command_id)

    def register(self, number: str, stated: Mapping[str, Any]) -> Steps[Answer[models.Registration]]:
        return answer(Wanted(_of(number), method="PUT", json=_plain(stated)), models.Registration, self._retries)

    def register_many(self, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> Telling:
        before = 0
        for some in portions((number, _plain(stated)) for number, stated in rows):
            headers = {"Content-Type": LINES}
            wanted = Wanted(
                "/v1/registrations", headers=headers, method="POST", content=b"".join(some), seconds=BULK_SECONDS
            )
            told = yield from answer(wanted, models.RegisteredRows, self._retries)
            for row in told.value.rows:
                yield Tell(replace(row, row=before + row.row))
            before += len(some)

    def registration(self, number: str) -> Steps[Answer[models.Registration]]:
        return answer(Wanted(_of(number, "registration")), models.Registration, self._retries)

    def registrations(self, asked: Mapping[str, Any]) -> Telling:
        wanted: Wanted | None = Wanted("/v1/registrations", _params(asked))
        while wanted is not None:
            page = yield from answer(wanted, models.Registrations, self._retries)
            for row in page.value.registrations:
                yield Tell(row)
            wanted = _next(page.value.next)

    def withdraw_registration(self, number: str) -> Steps[None]:
        yield from replied(Wanted(_of(number, "registration"), method="DELETE"), self._retries)

    def bring(self, message: bytes, asked: Mapping[str, Any]) -> Steps[Answer[models.Brought]]:
        headers = {"Content-Type": "application/octet-stream"}
        wanted = Wanted("/v1/messages", _params(asked), headers, method="POST", content=message)
        return self._written(wanted, models.Brought)

    def transport_plan(self, number: str) -> Steps[Answer[models.TransportPlan]]:
        return self._read(Wanted(_of(number, "transport-plan")), models.TransportPlan)

    def _carried(self, wanted: Wanted, command_id: str) -> Steps[Answer[models.Command]]:
        key = {"Idempotency-Key": command_id or str(uuid4())}
        stated = wanted._replace(headers={**wanted.headers, **key}, json=wanted.json or {})
        return self._written(stated, models.Command)

    def _read(self, wanted: Wanted, shape: type[T]) -> Steps[Answer[T]]:
        """Asks for something that has in it what this client wrote."""
        return self._positions.asked(wanted, lambda asked: answer(asked, shape, self._retries))

    def _written(self, wanted: Wanted, shape: type[T]) -> Steps[Answer[T]]:
        """Writes something, of which the answer tells the position."""
        return answer(wanted, shape, self._retries, self._positions.note)


def _plain(stated: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it."""
    return {name: _text(one) if isinstance(one, datetime) else one for name, one in stated.items()}


def _of(number: str, *below: str) -> str:
    return _path(DECLARATIONS, number.replace("~", "~0").replace("/", "~1"), *below)


def _path(*parts: str) -> str:
    root, *rest = parts
    return "/".join((root, *(quote(part, safe=":~") for part in rest)))


def _params(asked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """In the form of an address; what is None is not asked for."""
    pairs = []
    for name, value in asked.items():
        several = isinstance(value, Sequence) and not isinstance(value, str)
        pairs += [(name, _text(one)) for one in (value if several else [value]) if one is not None]
    return tuple(pairs)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return _instant(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _instant(at: datetime) -> str:
    """Raises `ValueError` for a time without a zone: nobody knows which moment it is."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone: give one, such as datetime.UTC")
    return at.isoformat()


def _next(address: str | None) -> Wanted | None:
    """The next page; None after the last."""
    if address is None:
        return None
    parts = urlsplit(address)
    return Wanted(parts.path, tuple(parse_qsl(parts.query)))
