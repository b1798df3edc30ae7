"""Arrivals → the same story of other people: numbers, names and notes replaced, and nothing that decides an outcome.

All arrivals of a story are taken together, since the same number is the same in each. The substitutes are drawn by
chance: nobody can go back from them.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random, SystemRandom
from urllib.parse import quote, unquote

from msgspec.structs import replace

from clearance.events.partition.replay import Arrival
from clearance.events.receipts.facts import Statement
from clearance.events.standing.statements import PLAN_TIMES
from clearance.recordings.rewriting import rewritten
from clearance.recordings.substitutes import WORD, substitutes

NOBODY = frozenset({"", "self"})
"""Organisations that name nobody."""
ORGANISATION = "organisation"
"""The field of a statement that names one."""
KEPT_IN_STATEMENTS = frozenset({*PLAN_TIMES, "rule", "deadline", "until"})
WITHIN_A_SENDER = "sender-"
"""How kinds of number begin that are written `sender/value`."""


class Pseudonyms:
    """What replaces what in one story. Raises `Unwritable` for a message that cannot be rewritten."""

    def __init__(self, arrivals: Sequence[Arrival], draw: Random | None = None) -> None:
        self._organisations = _numbered("organisation", (name for one in arrivals for name in _organisations(one)))
        self._backfills = _numbered("backfill", (one.backfill for one in arrivals))
        self._conversations = _numbered("conversation", (one.conversation for one in arrivals))
        self._commands = _numbered("command", (one.statement.command_id for one in arrivals if one.statement))
        words: dict[str, str] = {}
        self._change: Callable[[str], str] = lambda word: words.setdefault(word, word)  # the first time, only noted
        for arrival in arrivals:
            self.arrival(arrival)
        known = substitutes(words, draw or SystemRandom())
        self._change = lambda word: known.get(word, word)

    def arrival(self, given: Arrival) -> Arrival:
        """The arrival as it is told of other people."""
        return replace(
            given,
            data=rewritten(given.data, self.text),
            organisation=self.organisation(given.organisation),
            backfill=self._backfills.get(given.backfill, ""),
            conversation=self._conversations.get(given.conversation, ""),
            hints=tuple(map(self.number, given.hints)),
            declaration=self.declaration(given.declaration),
            statement=self._statement(given.statement) if given.statement else None,
        )

    def text(self, text: str) -> str:
        """Text with every word replaced."""
        return WORD.sub(lambda found: self._change(found[0]), text)

    def organisation(self, name: str) -> str:
        """An organisation by its number among those of the story."""
        return self._organisations.get(name, name)

    def command(self, command_id: str) -> str:
        """The same for a command."""
        return self._commands[command_id]

    def declaration(self, declaration: str) -> str:
        """The id that a declaration has now; "" stays."""
        authority, colon, number = declaration.partition(":")
        return f"{authority}:{self.number(number)}" if colon else declaration

    def number(self, number: str) -> str:
        """`kind:value`, by another value."""
        kind, _, value = number.partition(":")
        if not kind.startswith(WITHIN_A_SENDER):
            return f"{kind}:{self.text(value)}"
        sender, _, own = value.partition("/")
        named = quote(self.organisation(unquote(sender)), safe="")
        return f"{kind}:{named}/{self.text(unquote(own)).replace('%', '%25').replace(' ', '%20')}"

    def _statement(self, given: Statement) -> Statement:
        body = {name: self._stated(name, text) for name, text in given.body.items()}
        named, organisation = self.command(given.command_id), self.organisation(given.organisation)
        return replace(given, command_id=named, organisation=organisation, body=body, by=self.text(given.by))

    def _stated(self, name: str, text: str) -> str:
        if name == ORGANISATION:
            return self.organisation(text)
        return text if name in KEPT_IN_STATEMENTS else self.text(text)


def _organisations(arrival: Arrival) -> Iterable[str]:
    yield arrival.organisation
    if arrival.statement:
        yield arrival.statement.organisation
        yield arrival.statement.body.get(ORGANISATION, "")
    for number in (arrival.declaration.partition(":")[2], *arrival.hints):
        kind, _, value = number.partition(":")
        if kind.startswith(WITHIN_A_SENDER):
            yield unquote(value.partition("/")[0])


def _numbered(what: str, names: Iterable[str]) -> dict[str, str]:
    """Names by what they are and a number, in their own order."""
    found = sorted(set(names) - NOBODY)
    width = len(str(len(found)))
    return {name: f"{what}-{place:0{width}}" for place, name in enumerate(found, 1)}
