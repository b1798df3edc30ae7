"""How anomalies of the API look in a terminal."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from clearance.cli.answer_panel import show_freshness
from clearance.cli.declaration_panel import SEVERITIES
from clearance.cli.options import Language, plain
from clearance.client import Answer
from clearance.client.models import Anomaly, AnomalyRow, Coded, Mute, Turn
from clearance.events.values.times import rfc3339

WORDS = {
    "en": {
        "act": "To act: {}", "assigned": "Assigned to: {}", "incident": "Part of incident: {}", "none": "none",
        "until": "until {}", "for_good": "for good", "by": "by {}",
    },
    "zh": {
        "act": "须处理：{}", "assigned": "已指派：{}", "incident": "属于事件：{}", "none": "无",
        "until": "至 {}", "for_good": "长期", "by": "由 {} 设置",
    },
}  # fmt: skip
BETWEEN = {"en": ", ", "zh": "、"}


def show_list(console: Console, found: Iterable[Anomaly | AnomalyRow], language: Language) -> None:
    """One paragraph for each, since a sentence needs the width. Its first line holds the id whole, to be copied."""
    shown = [*found]
    for one in shown:
        console.print(_head(one), soft_wrap=True)
        for line in _told(one, language):
            console.print(Padding(Text(line), (0, 0, 0, 2)))
    if not shown:
        console.print(WORDS[language]["none"])


def show_history(console: Console, answer: Answer[Anomaly], language: Language) -> None:
    """What is wrong, then what became of it, and how fresh that is."""
    one = answer.value
    show_list(console, [one], language)
    for turn in one.history:
        console.print(f"{rfc3339(turn.at)}  {turn.what.words}{_more(turn)}", soft_wrap=True)
    show_freshness(console, answer.freshness, language)


def show_mutes(console: Console, found: Iterable[Mute], language: Language) -> None:
    """A line for each rule of which nothing is told."""
    words, shown = WORDS[language], [*found]
    for one in shown:
        until = words["until"].format(rfc3339(one.until)) if one.until else words["for_good"]
        by = [words["by"].format(plain(one.by))] if one.by else []
        console.print("  ".join((f"{one.rule.code} {one.rule.words}", until, *by)), soft_wrap=True)
    if not shown:
        console.print(words["none"])


def in_words(found: Iterable[Coded], language: Language) -> str:
    """Several one after the other."""
    return BETWEEN[language].join(one.words for one in found)


def _head(one: Anomaly | AnomalyRow) -> Text:
    severity = (one.severity.words, SEVERITIES.get(one.severity.code, ""))
    return Text.assemble(one.id, "  ", severity, f"  {one.state.words}  {one.rule.code}  ", (one.declaration, "bold"))


def _told(one: Anomaly | AnomalyRow, language: Language) -> Iterator[str]:
    """What is wrong with what is to be done by when, who must do it, who sees to it, and of what it is a part."""
    words = WORDS[language]
    yield plain(one.text)
    if one.addressees:
        yield words["act"].format(in_words(one.addressees, language))
    if one.assignee:
        yield words["assigned"].format(plain(one.assignee))
    if isinstance(one, AnomalyRow) and one.incident:
        yield words["incident"].format(one.incident)


def _more(turn: Turn) -> str:
    who = " ".join(filter(None, (turn.organisation, turn.by)))
    told = ((f"to {turn.assignee}" if turn.assignee else ""), (f"by {who}" if who else f"({turn.cause})"), turn.note)
    return "".join(f"  {plain(each)}" for each in told if each)
