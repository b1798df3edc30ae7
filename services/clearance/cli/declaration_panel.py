"""How a declaration looks in a terminal."""

from collections.abc import Iterable

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clearance.api.particulars import in_words
from clearance.api.words import Words
from clearance.cli.options import Language, plain
from clearance.cli.particulars_shown import below
from clearance.events.anomalies.ledger import urgency
from clearance.events.standing.timeline import Entry
from clearance.events.standing.view import View
from clearance.events.tables.tables import Tables
from clearance.events.values.times import rfc3339
from clearance.recordings.story import Story, ToldDeclaration

COLOURS = {"cleared": "green", "action_required": "yellow", "rejected": "red", "cancelled": "red"}
SEVERITIES = {"critical": "bold red", "high": "red", "medium": "yellow", "info": "dim"}
WORDS = {
    "en": {
        "acts": "next to act", "releasable": "releasable", "yes": "yes", "no": "no", "flags": "flags",
        "numbers": "numbers", "time": "time (UTC)", "code": "code", "means": "what it says and did",
        "rule": "rule", "opened": "opened at", "found": "what is wrong", "limit": "until", "open": "open",
        "ended": "ended", "received": "received; no time stated", "client": "by the file name", "late": "late",
    },
    "zh": {
        "acts": "下一步", "releasable": "可提离", "yes": "是", "no": "否", "flags": "标志",
        "numbers": "编号", "time": "时间（UTC）", "code": "代码", "means": "含义与作用",
        "rule": "规则", "opened": "发生时间", "found": "异常", "limit": "截止", "open": "未结",
        "ended": "已结", "received": "收到时间；回执无时间", "client": "按文件名", "late": "迟到",
    },
}  # fmt: skip
ACTS = {"declarant": "申报单位", "trader": "收发货人", "carrier": "承运人", "customs": "海关", "nobody": "无"}


def show_declaration(console: Console, told: ToldDeclaration, tables: Tables, language: Language) -> None:
    """A panel: where it stands, its timeline, and what is wrong."""
    view, words = told.view, WORDS[language]
    parts = [_head(view, words, language), _timeline(view, words, language)]
    if told.anomalies:
        parts.append(_anomalies(told, tables, words, language))
    row = tables.codes.statuses[view.status]
    title = Text.assemble((told.id, "bold"), "  ", (view.status, COLOURS.get(view.group, "cyan")), f"  {row.zh} ")
    title.append(row.en if language == "en" else "")
    console.print(Panel(Group(*parts), title=title, title_align="left"))


def show_summary(console: Console, story: Story) -> None:
    """What was refused and what came twice; the last line counts."""
    for refused in story.refused:
        console.print(Text.assemble(("refused ", "red"), f"{plain(refused.name)}: {plain(refused.reason)}"))
    for name in story.duplicates:
        console.print(Text.assemble(("duplicate ", "dim"), f"{plain(name)}: came before, or adds nothing"))
    found = sum(len(told.open_anomalies) for told in story)
    console.print(
        f"{_count(len(story.declarations), 'declaration')}, {_count(found, 'open anomaly', 'open anomalies')}, "
        f"{_count(len(story.duplicates), 'duplicate')}, {len(story.refused)} refused"
    )


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _head(view: View, words: dict[str, str], language: Language) -> Table:
    grid = Table.grid(padding=(0, 2))
    acts = view.acts if language == "en" else ACTS[view.acts]
    state = words["open"] if view.open else words["ended"]
    grid.add_row(words["acts"], f"{acts} ({state})")
    grid.add_row(words["releasable"], words["yes"] if view.releasable else words["no"])
    if view.flags:
        grid.add_row(words["flags"], ", ".join(view.flags))
    grid.add_row(
        words["numbers"], "; ".join(plain(f"{kind} {', '.join(found)}") for kind, found in view.numbers.items())
    )
    return grid


def _timeline(view: View, words: dict[str, str], language: Language) -> Table:
    table = three_columns(words["time"], words["code"], words["means"])
    for entry in view.timeline:
        told = (entry.status or "–", entry.effect, *([words["late"]] if entry.late else []), *whose(entry.clock, words))
        table.add_row(rfc3339(entry.at), plain(entry.code), two_lines(told, _means(entry, language)))
    return table


def whose(clock: str, words: dict[str, str]) -> tuple[str, ...]:
    """Whose clock a time is of, where it is not the authority's."""
    return () if clock == "authority" else (words[clock],)


def _means(entry: Entry, language: Language) -> str:
    means = entry.zh if language == "zh" else entry.en
    said = f"{means}: {plain(entry.text)}" if entry.text and entry.text != means else means
    authority = entry.system.partition("-")[0]
    return below(said, (in_words(each, authority, Words(language)) for each in entry.particulars), language)


def _anomalies(told: ToldDeclaration, tables: Tables, words: dict[str, str], language: Language) -> Table:
    """What is open, by its limit, then what was closed."""
    table = three_columns(words["opened"], words["rule"], words["found"])
    for anomaly in sorted(told.anomalies, key=lambda one: (one.state != "open", *urgency(one.limit, one.deadline))):
        style = SEVERITIES[anomaly.severity] if anomaly.state == "open" else "dim"
        limit = (f"{words['limit']} {rfc3339(anomaly.limit)}",) if anomaly.limit else ()
        text = plain(told.words(anomaly, tables, language))
        told_first = (anomaly.severity, anomaly.state, *limit)
        table.add_row(rfc3339(anomaly.deadline), anomaly.rule, two_lines(told_first, text), style=style)
    return table


def three_columns(*columns: str) -> Table:
    """A table that reads well at 80 columns: a time and a code on one line, and words that wrap between words."""
    table = Table(box=None, padding=(0, 1))
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=place < 2, overflow="fold", ratio=None if place < 2 else 1)
    return table


def two_lines(told: Iterable[str], words: str) -> Text:
    """What a program would ask for first, and the words for a person below it."""
    return Text("\n").join((Text(" · ".join(told), style="bold"), Text(words)))
