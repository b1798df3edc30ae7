"""The text of a notice, from `wording.csv` and the words that the API has. Pure.

What customs wrote is quoted by the sentence of the anomaly. The surprise: text of others makes no line of its own and
no mention (Feishu takes `<at …>` in any text for one): whatever steers is replaced.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from clearance.access.recipients import Recipient
from clearance.api import links
from clearance.api.words import Words
from clearance.contracts.tables import Row, index
from clearance.notices.matters import Notice
from clearance.settings.tables import default_tables

LISTED = {"zh": "、", "en": ", "}
BETWEEN = {"zh": "；", "en": "; "}


class WordingRow(Row):
    """A sentence; what it names in braces is given to it."""

    name: str
    zh: str
    en: str


@cache
def wording() -> dict[str, WordingRow]:
    """The table by name. Raises `InvalidTable`."""
    path = Path(__file__).parent / "wording.csv"
    return index(path, ((row.name, row) for row in WordingRow.read(path)))


class Before(NamedTuple):
    """What was told of a matter last, and when."""

    notice: Notice
    at: datetime


class Writer(Struct, frozen=True):
    """Writes for one recipient; `api` is where it finds the API, "" if nowhere."""

    recipient: Recipient
    api: str = ""

    @property
    def words(self) -> Words:
        return Words(self.recipient.language)

    def say(self, name: str, **given: object) -> str:
        """A sentence of the table."""
        row = wording()[name]
        text = row.zh if self.recipient.language == "zh" else row.en
        return text.format_map({key: plain(str(value)) for key, value in given.items()})

    def subject(self, one: Notice) -> str:
        """The matter in a line."""
        severity, rule = self.words.of("severity", one.severity), self._finding(one)
        number = f"{one.number} ({one.references[0]})" if one.references else one.number
        return self.say(one.what, severity=severity, number=number, rule=rule)

    def body(self, one: Notice, before: Before | None) -> str:
        """The notice whole; `before` is what was told of the matter last."""
        return "\n".join(self._lines(one, before))

    def _lines(self, one: Notice, before: Before | None) -> Iterator[str]:
        if one.what == "closed":
            rule = self._finding(one)  # not the sentence, which says what to do
            yield self.say("ended", state=self.words.of("state", one.state), rule=rule)
        else:
            yield plain(one.text)
            yield self.say("since", at=self.clock(one.since))
            if who := self._addressees(one.rule):
                yield self.say("act", who=who)
        if one.declaration:
            yield self.say("status", status=self.words.of("status", one.status))
        if one.office and one.what != "closed":
            yield self.say("office", office=one.office)
        if before is not None:
            yield self.say("changes", at=self.clock(before.at), changes=self.changes(one, before.notice))
        if self.api:
            link = links.to_explanation(one.declaration) if one.declaration else links.to_incident(one.anomaly)
            yield self.say("details", link=f"{self.api.rstrip('/')}{link}")

    def _finding(self, one: Notice) -> str:
        """What is wrong, in a few words; an incident names no declaration, and its kind stands for the status."""
        return self.words.of("rule", one.rule) if one.declaration else self.words.of("incident", one.status)

    def changes(self, one: Notice, before: Notice) -> str:
        """What is other than it was told."""
        return BETWEEN[self.recipient.language].join([*self._changes(one, before)] or [self.say("unchanged")])

    def _changes(self, one: Notice, before: Notice) -> Iterator[str]:
        if before.what == "closed":
            yield self.say("reopened")
        for name, about in (("found", "rule"), ("severity", "severity"), ("status_changed", "status")):
            was, now = (getattr(each, about) for each in (before, one))
            if was != now:
                yield self.say(name, before=self.words.of(about, was), now=self.words.of(about, now))
        if one.limit != before.limit:
            yield self.say("limit", now=self.clock(one.limit)) if one.limit else self.say("no_limit")
        elif one.what == "opened" and one.rule == before.rule and one.text != before.text:
            yield self.say("more_known")

    def _addressees(self, rule: str) -> str:
        row = default_tables().rules.get(rule)
        names = row.tell.split() if row else ()
        return LISTED[self.recipient.language].join(self.words.of("addressee", one) for one in names)

    def clock(self, at: datetime) -> str:
        """A time by the clock of the recipient, which is named."""
        local = at.astimezone(ZoneInfo(self.recipient.zone))
        offset = f"{local:%z}"
        return f"{local:%Y-%m-%d %H:%M} UTC{'' if offset == '+0000' else _offset(offset)}"


def _offset(written: str) -> str:
    """`+0800` as `+8`, `+0530` as `+5:30`."""
    hours, minutes = int(written[:3]), written[3:]
    return f"{hours:+d}" + (f":{minutes}" if minutes != "00" else "")


def plain(text: str) -> str:
    """Text of others as one line that steers nothing: not a terminal, not a header of a mail, no mention in a group."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return printable.replace("<", "＜")
