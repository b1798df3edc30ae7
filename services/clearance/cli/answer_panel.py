"""How an answer of the API looks in a terminal: the same panel as `clearance replay` draws."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clearance.cli.api_access import Shown
from clearance.cli.declaration_panel import COLOURS, SEVERITIES, WORDS, three_columns, two_lines, whose
from clearance.cli.options import Language, plain
from clearance.cli.particulars_shown import below
from clearance.client import Freshness
from clearance.events.values.times import rfc3339

MORE = {
    "en": {
        "as of": "as of",
        "behind": "{} s behind",
        "also": "several declarations carry this number",
        "stale": "stale: what comes for it has to wait",
        "silence": "silence",
        "percentile": "Of them {} had moved on after as long as now",
    },
    "zh": {
        "as of": "截至",
        "behind": "滞后 {} 秒",
        "also": "该编号对应多个报关单",
        "stale": "数据停滞：后续回执待处理",
        "silence": "无动静",
        "percentile": "停留至今这么久时，同类中 {} 已离开",
    },
}
CodedWords = dict[str, str]
"""`code` and `words`, as the API writes both."""


def show_answer(console: Console, answer: Shown, language: Language) -> None:
    """One declaration: where it stands, its timeline, what is wrong now, and how fresh that is."""
    body, words = answer.body, WORDS[language]
    parts = [_head(body, words, language), _timeline(answer.timeline, words, language)]
    if body["anomalies"]:
        parts.append(_anomalies(body["anomalies"], words))
    console.print(Panel(Group(*parts), title=_title(body), title_align="left"))
    show_freshness(console, answer.freshness, language)
    if body.get("stale"):
        console.print(Text(MORE[language]["stale"], style="bold red"))


def show_hits(console: Console, problem: Mapping[str, Any]) -> None:
    """Several declarations that carry the number."""
    console.print(plain(problem["detail"]), soft_wrap=True)
    for hit in problem.get("declarations", ()):
        console.print(Text.assemble((plain(hit["id"]), "bold"), f"  {_coded(hit['status'])}"), soft_wrap=True)


def show_freshness(console: Console, one: Freshness | None, language: Language) -> None:
    """The line below an answer that says how old it is, where the API does."""
    if one is not None and (told := freshness(one, language)):
        console.print(Text(told, style="dim"))


def freshness(one: Freshness, language: Language) -> str:
    """Up to when the answer is complete; "" where the API does not say."""
    words = MORE[language]
    behind = "" if one.lag_seconds is None else f", {words['behind'].format(one.lag_seconds)}"
    return f"{words['as of']} {rfc3339(one.as_of)}{behind}" if one.as_of else ""


def status_of(body: dict[str, Any]) -> Text:
    """The status with its colour and words."""
    status, colour = body["status"], COLOURS.get(body["group"]["code"], "cyan")
    return Text.assemble((status["code"], colour), f"  {status['words']}")


def entry_means(entry: dict[str, Any]) -> str:
    """What a receipt says: the code's meaning, and the authority's own note where it is another."""
    means, text = plain(entry["words"]), plain(entry["text"])
    return f"{means}: {text}" if text and text != means else means


def _title(body: dict[str, Any]) -> Text:
    return Text.assemble((plain(body["id"]), "bold"), "  ", status_of(body), " ")


def _head(body: dict[str, Any], words: dict[str, str], language: Language) -> Table:
    grid = Table.grid(padding=(0, 2))
    state = words["open"] if body["in_progress"] else words["ended"]
    grid.add_row(words["acts"], f"{body['next_to_act']['words']} ({state})")
    grid.add_row(words["releasable"], words["yes"] if body["releasable"] else words["no"])
    if body["flags"]:
        grid.add_row(words["flags"], "\n".join(map(_coded, body["flags"])))
    numbers = (f"{one['kind']['words']} {one['value']}" for one in body["numbers"])
    grid.add_row(words["numbers"], plain("; ".join(numbers)))
    if body["silence"]:
        grid.add_row(MORE[language]["silence"], "\n".join(_silence(body["silence"], MORE[language])))
    return grid


def _silence(one: dict[str, Any], words: dict[str, str]) -> Iterator[str]:
    """In words, and where it stands at this moment."""
    yield plain(one["text"])
    if one["percentile"] is not None:
        yield words["percentile"].format(f"{one['percentile']:.0%}")
    if chance := one["release_before_cut_off"]:
        yield plain(chance["text"])


def _timeline(entries: Iterable[dict[str, Any]], words: dict[str, str], language: Language) -> Table:
    table = three_columns(words["time"], words["code"], words["means"])
    for one in entries:
        status, late = one["status"]["code"] if one["status"] else "–", [words["late"]] if one["late"] else []
        told = (status, one["effect"]["words"], *late, *whose(one["clock"], words))
        means = below(entry_means(one), one["particulars"], language)
        table.add_row(one["at"], plain(one["code"]), two_lines(told, means))
    return table


def _anomalies(found: Iterable[dict[str, Any]], words: dict[str, str]) -> Table:
    table = three_columns(words["opened"], words["rule"], words["found"])
    for one in found:
        limit = (f"{words['limit']} {one['limit']}",) if one["limit"] else ()
        told = two_lines((one["severity"]["words"], one["state"]["words"], *limit), plain(one["text"]))
        table.add_row(one["opened_at"], one["rule"]["code"], told, style=SEVERITIES[one["severity"]["code"]])
    return table


def _coded(one: CodedWords) -> str:
    return f"{one['code']} {one['words']}"
