"""How rules and their thresholds look in a terminal, and as data."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from clearance.api.words import Words
from clearance.cli.declaration_panel import SEVERITIES
from clearance.cli.options import Language
from clearance.events.tables.durations import ANY, Duration
from clearance.events.tables.rule_table import RuleRow
from clearance.events.tables.tables import Tables
from clearance.events.tables.thresholds import Threshold

WORDS = {
    "en": {
        "tell": "tell", "any": "any declaration", "instead": "before", "working": "in office hours",
        "at_once": "at once", "d": "d", "h": "h", "min": "min", "s": "s",
        "before": "{time} before {what}", "after": "{time} after {what}",
        "when": "at {what}", "since": "it began", "arrival": "arrival", "departure": "departure",
        "cut_off": "the cut-off", "limit": "customs' limit", "in_advance": "filed in advance", "none": "no threshold",
        "nothing": "not raised: no message that tells it is read",
        "analyst": "told as an incident of many: `clearance incidents`",
        "office": "office {office}", "between": ", ",
    },
    "zh": {
        "tell": "通知", "any": "所有报关单", "instead": "优先于", "working": "工作时间", "at_once": "立即",
        "d": "天", "h": "小时", "min": "分钟", "s": "秒", "before": "{what}前 {time}", "after": "{what}后 {time}",
        "when": "{what}时", "since": "开始", "arrival": "运抵", "departure": "离境",
        "cut_off": "截关", "limit": "海关期限", "in_advance": "提前申报", "none": "无时限",
        "nothing": "不触发：所读报文均不含此信息", "analyst": "作为涉及多票的事件通报：`clearance incidents`",
        "office": "关区 {office}", "between": "、",
    },
}  # fmt: skip
UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)


def show_rules(console: Console, found: list[Threshold], tables: Tables, language: Language, only: str = "") -> None:
    """Each rule with its thresholds below it."""
    for rule in tables.rules.values():
        if only in ("", rule.rule):
            levels = _levels([one for one in found if one.rule == rule.rule], rule, language)
            console.print(_head(rule, language), *_to_do(rule, tables, language), sep="\n")
            console.print(Padding(levels, (0, 0, 0, 2)))


def _head(rule: RuleRow, language: Language) -> Text:
    words, said = WORDS[language], Words(language)
    told = words["between"].join(said.of("addressee", one) for one in rule.tell.split())
    return Text.assemble(
        (f"{rule.rule} {rule.name}", "bold"), f"  {said.of('rule', rule.rule)}  ({words['tell']}: {told})"
    )


def _to_do(rule: RuleRow, tables: Tables, language: Language) -> Iterator[Text]:
    row = tables.finding_words.sentences.get((rule.rule, ""))
    if row is not None:
        yield Text(f"  {row.do_zh if language == 'zh' else row.do_en}", "italic")


def _levels(found: Iterable[Threshold], rule: RuleRow, language: Language) -> Table | Text:
    table = Table(box=None, show_header=False, pad_edge=False)
    for one in found:
        for row in one.rows:
            severity = Words(language).of("severity", row.severity)
            shown = (Text(severity, SEVERITIES[row.severity]), _when(row, language), _whose(row, language))
            table.add_row(*shown, _why(row, one, language))
    return table if table.row_count else Text(WORDS[language]["none" if rule.raised else rule.watches], "dim")


def _when(row: Duration, language: Language) -> str:
    words = WORDS[language]
    if not row.after:
        return words["at_once"] if row.basis == "since" else words["when"].format(what=words[row.basis])
    how = words["before" if row.after < timedelta() else "after"]
    hours = f" ({words['working']})" if row.calendar == "working" else ""
    return how.format(time=_length(abs(row.after), language), what=words[row.basis]) + hours


def _length(time: timedelta, language: Language) -> str:
    """In the largest unit that measures it in whole numbers."""
    name, unit = next(one for one in UNITS if not time % one[1] or one[0] == "s")
    return f"{time // unit} {WORDS[language][name]}"


def _whose(row: Duration, language: Language) -> str:
    """Which declarations the row is for."""
    words, said = WORDS[language], Words(language)
    cells = (
        row.authority,
        row.office if row.office == ANY else words["office"].format(office=row.office),
        row.organisation,
        row.direction if row.direction == ANY else said.of("direction", row.direction),
        row.transport_mode if row.transport_mode == ANY else said.of("transport_mode", row.transport_mode),
        row.filed if row.filed == ANY else words["in_advance"],
    )
    return " ".join(cell for cell in cells if cell != ANY) or words["any"]


def _why(row: Duration, one: Threshold, language: Language) -> Text:
    """The row, and at the first level those that it comes before."""
    if not one.before or row is not one.rows[0]:
        return Text(row.place)
    over = " ".join(other.place for other in one.before)
    return Text.assemble(row.place, "\n", (f"{WORDS[language]['instead']} {over}", "dim"))


def as_data(found: Iterable[Threshold], tables: Tables) -> list[dict[str, Any]]:
    """A record for each level of each threshold."""
    return [*_records(found, tables)]


def _records(found: Iterable[Threshold], tables: Tables) -> Iterator[dict[str, Any]]:
    for one in found:
        rule = tables.rules[one.rule]
        for row in one.rows:
            cells = row.model_dump(exclude={"line", "after"})
            yield {
                **cells,
                "after": row.after,
                "name": rule.name,
                "watches": rule.watches,
                "depends": rule.depends,
                "tell": rule.tell.split(),
                "row": row.place,
                "before": [other.place for other in one.before],
            }
