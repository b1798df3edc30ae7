"""Messages: what of a recipient's notices goes out together, within the bytes that its channel takes. Pure.

A few matters go one by one, so that each can be answered and forwarded; many at once go as one list. What does not fit
waits for the next message: nothing is left out.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

from clearance.access.recipients import SEVERITIES, Recipient, channels
from clearance.notices.matters import Notice
from clearance.notices.wording import LISTED, Before, Writer, plain

ALONE = 3
"""So many matters at once are told one by one."""
NUMBERS_IN_SUBJECT = 3
LISTED_OPEN = 50
"""Of what is open a digest lists so many, the most urgent first."""
MOST_COUNTED = 1000
"""What is open is counted so far."""


class Digest(Struct, frozen=True, kw_only=True, tag="digest"):
    """What is open at the time of a digest, the most urgent first: the first of them whole, and how many there are."""

    change: str
    open: tuple[Notice, ...]
    count: int


class Demotion(Struct, frozen=True, kw_only=True, tag="demotion"):
    """A rule is told as `info` from now on: of so many anomalies that were settled so many were false positives."""

    change: str
    rule: str
    settled: int
    false_positives: int


class Told(NamedTuple):
    """One matter in a message: what is told of it, and what was told last."""

    notice: Notice
    before: Before | None


class Message(Struct, frozen=True):
    """What is sent. `about` are the matters that it tells of; `thread` is the matter, where it is one."""

    subject: str
    body: str
    about: tuple[str, ...]
    thread: str = ""

    @property
    def text(self) -> str:
        """For where there are no subjects."""
        return f"{self.subject}\n{self.body}"


def first_message(writer: Writer, told: Sequence[Told]) -> Message:
    """The next message about these matters, of which it takes the first or as many as fit."""
    if len(told) <= ALONE:
        one = told[0]
        body = _cut(writer, writer.subject(one.notice), writer.body(*one))
        return Message(writer.subject(one.notice), body, (one.notice.matter,), one.notice.matter)
    in_order = sorted(told, key=_closed_last)
    blocks = [f"{writer.subject(one.notice)}\n{writer.body(*one)}" for one in in_order]
    fitting = max(1, _fitting(writer, blocks))
    shown = in_order[:fitting]
    subject = _subject(writer, shown)
    body = _cut(writer, subject, "\n\n".join(blocks[:fitting]))
    return Message(subject, body, tuple(one.notice.matter for one in shown))


def digest_message(writer: Writer, digest: Digest, told: Sequence[Told]) -> Message:
    """The one message of a day: what is new, what is closed, what is open."""
    opened = [one for one in told if one.notice.what == "opened"]
    closed = [one for one in told if one.notice.what == "closed"]
    count = f"{MOST_COUNTED}+" if digest.count == MOST_COUNTED else digest.count
    subject = writer.say("digest", open=count, opened=len(opened), closed=len(closed))
    lines = [
        *_section(writer, "new_heading", [_open(writer, one.notice) for one in opened]),
        *_section(writer, "closed_heading", [writer.subject(one.notice) for one in closed]),
        *_section(writer, "open_heading", [_open(writer, one) for one in digest.open], digest.count),
    ]
    about = (digest.change, *(one.notice.matter for one in told))
    return Message(subject, _whole_lines(writer, subject, lines), about)


def demotion_message(writer: Writer, one: Demotion) -> Message:
    """That a rule cries wolf."""
    rule = f"{one.rule} {writer.words.of('rule', one.rule)}"
    body = writer.say("demoted_text", settled=one.settled, false_positives=one.false_positives)
    return Message(writer.say("demoted", rule=rule), body, (one.change,))


def trial(recipient: Recipient) -> Message:
    """A message that says that messages come."""
    writer = Writer(recipient)
    return Message(writer.say("test"), writer.say("test_text", recipient=recipient.id), ())


def _section(writer: Writer, heading: str, items: list[str], count: int = 0) -> list[str]:
    more = [writer.say("more", count=count - len(items))] if count > len(items) else []
    return [writer.say(heading), *items, *more, ""] if items else []


def _open(writer: Writer, one: Notice) -> str:
    """With what to do, where there is room for it."""
    limit = f" ({writer.clock(one.limit)})" if one.limit else ""
    whole = channels()[writer.recipient.channel].letter == "mail"
    return f"{writer.subject(one)}{limit}" + (f"\n  {plain(one.text)}" if whole else "")


def _subject(writer: Writer, shown: Sequence[Told]) -> str:
    numbers = list(dict.fromkeys(one.notice.number for one in shown))
    few = LISTED[writer.recipient.language].join(numbers[:NUMBERS_IN_SUBJECT])
    severity, first = writer.words.of("severity", shown[0].notice.severity), shown[0].notice.what
    name = "several_closed" if first == "closed" else "several"
    return writer.say(name, severity=severity, count=len(shown), numbers=few + " …" * (len(numbers) > 3))


def _closed_last(one: Told) -> tuple[bool, int]:
    """What is open by severity, so that the subject names what is to be done and not what is over."""
    return one.notice.what == "closed", -SEVERITIES.index(one.notice.severity)


def _fitting(writer: Writer, blocks: list[str]) -> int:
    """How many of the blocks fit behind a subject."""
    room, fitting = _longest(writer) - 400, 0
    for block in blocks:
        room -= len(block.encode()) + 2
        if room < 0:
            break
        fitting += 1
    return fitting


def _whole_lines(writer: Writer, subject: str, lines: list[str]) -> str:
    """As many lines as fit, and how many do not."""
    room = _longest(writer) - len(subject.encode()) - 100
    for kept, line in enumerate(lines):
        room -= len(line.encode()) + 1
        if room < 0:
            return "\n".join([*lines[:kept], writer.say("more", count=len(lines) - kept)])
    return "\n".join(lines).rstrip()


def _cut(writer: Writer, subject: str, body: str) -> str:
    """One notice that is too long loses its middle: its last line is the link."""
    room = _longest(writer) - len(subject.encode()) - 10
    if len(body.encode()) <= room:
        return body
    first, _, last = body.rpartition("\n")
    return first.encode()[: room - len(last.encode())].decode(errors="ignore") + "…\n" + last


def _longest(writer: Writer) -> int:
    return channels()[writer.recipient.channel].longest


def mark_of(*parts: object) -> str:
    """One word for what these name, the same at any time."""
    return sha256(" ".join(map(str, parts)).encode()).hexdigest()[:32]
