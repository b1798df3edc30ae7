"""What the doctor found, on a terminal of 80 columns and as data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding

from clearance.cli.options import Language, plain
from clearance.doctor.checks import Check, Result, State

MARKS: Mapping[Language, Mapping[State, str]] = {
    "en": {"ok": "ok", "wrong": "WRONG", "note": "note", "unknown": "UNKNOWN", "skipped": "skipped"},
    "zh": {"ok": "正常", "wrong": "错误", "note": "提示", "unknown": "不明", "skipped": "未检查"},
}
SKIPPED = {"en": "Not looked at because of {}: {}", "zh": "因 {} 而未检查：{}"}
UNKNOWN = {"en": "could not be looked at: {}", "zh": "无法检查：{}"}
SUM = {
    "en": "{wrong} wrong, {note} to note, {unknown} unknown, {skipped} not looked at, {ok} ok",
    "zh": "错误 {wrong}，提示 {note}，不明 {unknown}，未检查 {skipped}，正常 {ok}",
}
WIDTH, INDENT = 80, 9


def show(out: Console, results: Iterable[Result], language: Language) -> list[Result]:
    """Print each as it comes; all of them."""
    out.width = min(out.width, WIDTH)
    made = []
    for one in results:
        made.append(one)
        if one.state != "skipped":
            _show(out, one, language)
    for why in dict.fromkeys(one.why for one in made if one.state == "skipped"):
        names = ", ".join(one.check.check for one in made if one.state == "skipped" and one.why == why)
        out.print("\n" + SKIPPED[language].format(why, names))
    counts = Counter(one.state for one in made)
    out.print("\n" + SUM[language].format_map({state: counts[state] for state in MARKS["en"]}))
    return made


def _show(out: Console, one: Result, language: Language) -> None:
    mark = MARKS[language][one.state]
    out.print(f"{mark}{' ' * (INDENT - cell_len(mark))}{_looks(one.check, language)}")
    for line in _lines(one, language):
        out.print(Padding(plain(line), (0, 0, 0, INDENT), expand=False))


def as_data(one: Result, language: Language) -> dict[str, Any]:
    """For other programs."""
    check = one.check
    words = zip(one.found, said(one, language), strict=True)
    return {
        "check": check.check,
        "looks_at": _looks(check, language),
        "severity": check.severity,
        "state": one.state,
        "why": one.why,
        "found": [{"says": says, "do": do, "about": about} for about, (says, do) in words],
        "page": check.page,
    }


def said(one: Result, language: Language) -> list[tuple[str, str]]:
    """What was found and what to do, of each finding."""
    check = one.check
    says, do = (check.zh, check.do_zh) if language == "zh" else (check.en, check.do_en)
    return [(says.format_map(about), do.format_map(about)) for about in one.found]


def _looks(check: Check, language: Language) -> str:
    return f"{check.check}: {check.looks_zh if language == 'zh' else check.looks_en}"


def _lines(one: Result, language: Language) -> Iterable[str]:
    if one.state == "unknown":
        yield UNKNOWN[language].format(one.why)
    for says, do in said(one, language):
        yield says
        yield f"→ {do}"
    if one.found:
        yield f"  {one.check.page}"
