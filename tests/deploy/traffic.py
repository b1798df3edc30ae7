"""Messages of two authorities that come in by the API all the time, as from an import client: one of each at a time."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import count
from threading import Event, Thread

import httpx
from tests import messages
from tests.helpers.loopback import UNUSED

from clearance.events.partition.replay import Arrival
from clearance.settings.clock import utc_now

PAUSE_SECONDS = 0.25
NUMBERS = count(1)


def chinese(code: str, number: str = "", at: datetime | None = None) -> bytes:
    """A receipt that says this code, of a declaration of its own unless one is named."""
    told = {"CUS_CIQ_NO": number or f"I2026{next(NUMBERS):013d}", "ENTRY_ID": ""}
    return messages.dec_result(**told, NOTICE_DATE=messages.beijing(at or utc_now()), CHANNEL=code, NOTE="")


def british() -> bytes:
    """A notification that a declaration of its own is accepted."""
    number = next(NUMBERS)
    declaration = {"ID": f"26GB{number:014d}", "VersionID": "1"}
    issued = {"DateTimeString": f"{utc_now():%Y%m%d%H%M%S}Z"}
    return messages.notification(
        {
            "FunctionCode": "01",
            "FunctionalReferenceID": f"accepted{number}",
            "IssueDateTime": issued,
            "Declaration": declaration,
        }
    )


def arrival(data: bytes) -> Arrival:
    """One that has come just now."""
    return Arrival(name="message", at=utc_now(), data=data, organisation="demo-broker")


class Traffic:
    """Goes on whatever happens; `silent` are authorities that say nothing, `asked` is what is asked each time, by the
    key `shown`: an organisation's, if not told otherwise."""

    def __init__(self, url: str, connection: str, organisation: str) -> None:
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.taken = 0
        self._ended = Event()
        self._client = httpx.Client(base_url=url, verify=UNUSED, timeout=10)
        self._connection, self.organisation, self.shown = connection, organisation, organisation

    @contextmanager
    def flowing(self) -> Iterator["Traffic"]:
        """Meanwhile."""
        thread = Thread(target=self._flow, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()
            self._client.close()

    def _flow(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            for authority, message in (("cn", chinese("L")), ("uk", british())):
                if authority not in self.silent:
                    self._bring(message)
            for path in [*self.asked]:
                with suppress(httpx.HTTPError):
                    self._client.get(path, headers=_bearer(self.shown))

    def _bring(self, message: bytes) -> None:
        headers = {"Content-Type": "application/xml", **_bearer(self._connection)}
        with suppress(httpx.HTTPError):
            self.taken += self._client.post("/v1/messages", content=message, headers=headers).is_success


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
