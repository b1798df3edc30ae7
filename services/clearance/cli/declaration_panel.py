"""How a declaration looks in a terminal."""

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clearance.api.particulars import in_words
from clearance.api.words import Words
from clearance.cli.options import Language, plain
from clearance.cli.particulars_shown import below
from clearance.events.anomalies.ledger import Anomaly
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
        "numbers": "numbers", "time": "time (UTC)", "code": "code", "means": "means", "status": "status",
        "effect": "effect", "rule": "rule", "severity": "severity", "state": "state", "opened": "opened at",
        "found": "what is wrong", "open": "open", "ended": "ended", "received": "(received; no time stated)",
        "client": "(file name)",
    },
    "zh": {
        "acts": "下一步", "releasable": "可提离", "yes": "是", "no": "否", "flags": "标志",
        "numbers": "编号", "time": "时间（UTC）", "code": "代码", "means": "含义", "status": "状态",
        "effect": "作用", "rule": "规则", "severity": "级别", "state": "状况", "opened": "发生时间",
        "found": "异常", "open": "未结", "ended": "已结", "received": "（收到时间；回执无时间）",
        "client": "（按文件名）",
    },
}  # fmt: skip
ACTS = {"declarant": "申报单位", "trader": "收发货人", "carrier": "承运人", "customs": "海关", "nobody": "无"}


def show_declaration(console: Console, told: ToldDeclaration, tables: Tables, language: Language) -> None:
    """A panel: where it stands, its timeline, and what is wrong."""
    view, words = told.view, WORDS[language]
    parts = [_head(view, words, language), _timeline(view, words, language)]
    if told.anomalies:
        parts.append(_anomalies(told.anomalies, tables, words, language))
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
    table = folded_table(words["time"], words["code"], words["means"], words["status"], words["effect"])
    for entry in view.timeline:
        table.add_row(
            _when(entry, words), plain(entry.code), _means(entry, language), entry.status or "–", _effect(entry)
        )
    return table


def _when(entry: Entry, words: dict[str, str]) -> str:
    return rfc3339(entry.at) + ("" if entry.clock == "authority" else f" {words[entry.clock]}")


def _means(entry: Entry, language: Language) -> str:
    means = entry.zh if language == "zh" else entry.en
    said = f"{means}: {plain(entry.text)}" if entry.text and entry.text != means else means
    authority = entry.system.partition("-")[0]
    return below(said, (in_words(each, authority, Words(language)) for each in entry.particulars), language)


def _effect(entry: Entry) -> str:
    return f"{entry.effect}, late" if entry.late else entry.effect


def _anomalies(anomalies: list[Anomaly], tables: Tables, words: dict[str, str], language: Language) -> Table:
    table = folded_table(words["opened"], words["rule"], words["found"], words["severity"], words["state"])
    for anomaly in anomalies:
        rule = tables.rules[anomaly.rule]
        means = f"{rule.zh if language == 'zh' else rule.en}: {plain(anomaly.text)}"
        style = SEVERITIES[anomaly.severity] if anomaly.state == "open" else "dim"
        table.add_row(rfc3339(anomaly.deadline), anomaly.rule, means, anomaly.severity, anomaly.state, style=style)
    return table


def folded_table(*columns: str) -> Table:
    """A table whose first two columns keep to one line, and whose others are folded, never cut."""
    table = Table(box=None)
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=place < 2, overflow="fold")
    return table
