"""A feed as docs/feed.md says, of declarations made up, and what goes wrong while it is asked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "api" / "openapi.json").read_text(encoding="utf-8"))
DECLARATION = DOCUMENT["paths"]["/v1/declarations/{number}"]["get"]["responses"]["200"]
EXAMPLE: dict[str, Any] = DECLARATION["content"]["application/json"]["examples"]["en"]["value"]
ALL = -1
"""Where a cursor stands that has still to tell the state of everything."""
Faults = list[Callable[[Callable[[], httpx.Response]], httpx.Response]]
"""Each is given what would be answered; one for each question, as long as there are any."""


class FeedServer:
    """`log` is what happened, in order; `states` where each declaration stands: its last seq and a text."""

    def __init__(self, limit: int = 3) -> None:
        self.epoch, self.limit = 0, limit
        self.log: list[tuple[str, int]] = []
        self.states: dict[str, tuple[int, str]] = {}
        self.faults: Faults = []
        self.asked: list[str] = []

    def change(self, declaration: str, text: str) -> None:
        seq = self.states.get(declaration, (0, ""))[0] + 1
        self.states[declaration] = (seq, text)
        self.log.append((declaration, seq))

    def rebuild(self) -> None:
        """History folded anew, in one step for each declaration: other numbers, another order."""
        self.epoch += 1
        self.states = {name: (1, text) for name, (_, text) in sorted(self.states.items())}
        self.log = [(name, 1) for name in sorted(self.states)]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        if self.faults:
            return self.faults.pop(0)(lambda: self._answer(query))
        return self._answer(query)

    def _answer(self, query: dict[str, str]) -> httpx.Response:
        if "cursor" not in query:
            return self._page(len(self.log), ALL if query["from"] == "start" else len(self.states))
        epoch, position, walked = map(int, query["cursor"].split("."))
        if epoch != self.epoch:
            return moved()
        return self._page(position, walked)

    def _page(self, position: int, walked: int) -> httpx.Response:
        """The states of those behind `walked`, or what is in the log behind the position."""
        if walked < len(self.states) and walked != len(self.states):
            names = sorted(self.states)[max(walked, 0) : max(walked, 0) + self.limit]
            changes = [told("seen", name, self.states[name][0], None) for name in names]
            walked = max(walked, 0) + self.limit
            return self._told(changes, position, walked if walked < len(self.states) else 10**6, True)
        here = self.log[position : position + self.limit]
        changes = [told("changed", name, seq, seq - 1 or None) for name, seq in here]
        position += len(here)
        return self._told(changes, position, 10**6, position < len(self.log))

    def _told(self, changes: list[Any], position: int, walked: int, more: bool) -> httpx.Response:
        names = dict.fromkeys(change["declaration"] for change in changes)
        states = [EXAMPLE | {"id": name, "office": self.states[name][1]} for name in names]
        cursor = f"{self.epoch}.{position}.{walked}"
        page = {"changes": changes, "declarations": states, "cursor": cursor, "more": more, "complete": True}
        return httpx.Response(200, json=page)


def told(kind: str, declaration: str, seq: int | None, previous: int | None) -> dict[str, Any]:
    nothing = {"at": None, "status_before": None, "status": None, "anomaly": None, "command": "", "merged_into": ""}
    coded = {"code": kind, "words": kind}
    return {"kind": coded, "declaration": declaration, "seq": seq, "previous_seq": previous, **nothing}


def moved() -> httpx.Response:
    body = {"type": "/problems/changes-of-another-epoch", "title": "", "status": 410, "detail": "begin anew"}
    return httpx.Response(410, headers={"Content-Type": "application/problem+json"}, content=json.dumps(body))
