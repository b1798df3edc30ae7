"""What users do meanwhile, through the API: state transport plans, acknowledge anomalies.

A command that the API has taken must take effect, whatever is killed; those that it did not answer may or may not.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

SAILS = datetime(2026, 3, 20, tzinfo=UTC)
TAKEN = {200, 202, 409}
"""Decided, written, refused by the tracker: it is in the log."""


class Users:
    """They ask the API at `url`. `taken` are the ids of the commands that it took, `answers` counts all statuses."""

    def __init__(self, url: str, seed: int) -> None:
        self.seed = seed
        self.taken: set[str] = set()
        self.answers: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311 # no secret
        self._url = url

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Within it they ask."""
        async with httpx.AsyncClient(base_url=self._url, timeout=10) as self._client:
            yield

    async def state_plan(self, number: int) -> None:
        """Of a declaration that has changed lately."""
        if one := await self._some("/v1/declarations?limit=100", "declarations"):
            sails = SAILS + timedelta(hours=self._random.randrange(100))
            plan = {"cut_off_at": f"{sails:%Y-%m-%dT%H:%M:%SZ}", "vessel": f"VESSEL {number}"}
            await self._command("PUT", f"{one['links']['self']}/transport-plan", f"plan-{number}", json=plan)

    async def acknowledge(self, number: int) -> None:
        """One of the open anomalies."""
        if one := await self._some("/v1/anomalies?state=open&limit=100", "anomalies"):
            await self._command("POST", one["links"]["acknowledge"], f"acknowledged-{number}")

    async def _some(self, path: str, key: str) -> Any:
        answer = await self._ask("GET", path)
        return self._random.choice(answer.json()[key] or [None]) if answer and answer.is_success else None

    async def _command(self, method: str, path: str, name: str, **body: Any) -> None:
        name = f"{self.seed}-{name}"
        answer = await self._ask(method, path, headers={"Idempotency-Key": name}, **body)
        if answer and answer.status_code in TAKEN:
            self.taken.add(name)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError:  # it was killed, or is about to be started
            self.answers["none"] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer
