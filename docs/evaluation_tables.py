"""The tables of docs/evaluation.md, from docs/benchmarks/evaluation.json, which `benchmarks.evaluation` writes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parent / "benchmarks" / "evaluation.json"
Row = Mapping[str, Any]
TOLD = "once the goods have arrived"


def tables() -> dict[str, str]:
    """Each by the name that the page gives it."""
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    return {
        "seeds": _seeds(found),
        "rules": _rules(found["reported"]["rules"]),
        "silences": _silences(found["held_out"]["silences"]),
        "deployed": _silences(found["held_out"]["deployed"]),
        "cut-offs": _cut_offs(found["held_out"]["cut_off"]),
        "deciles": _deciles(found["held_out"]["cut_off"]),
    }


def _seeds(found: Row) -> str:
    reported, beside = found["reported"], found["held_out"]
    labels = [rule for rule in reported["rules"] if rule["labelled"] or rule["raised"]]
    held = [rule[name]["value"] for rule in labels for name in ("label_precision", "label_recall") if rule[name]]
    return (
        f"Seeds {_span(reported['seeds'])}, {reported['declarations']:,} declarations each, of the field "
        f"`{reported['figures'][:12]}`.\n"
        f"Against the labels {len(labels)} rules were raised or should have been: the lowest precision or recall\n"
        f"of any is {min(held):.3f}. Thresholds and chances are tuned or learned on seeds {_span(beside['tuned_on'])}, "
        f"and compared on\nseeds {_span(beside['reported_on'])}. Intervals are of 95 %, by bootstrap over days.\n"
    )


def _span(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return str(seeds[0])
    return f"{seeds[0]}–{seeds[-1]}" if len(seeds) == seeds[-1] - seeds[0] + 1 else ", ".join(map(str, seeds))


def _rules(rules: Iterable[Row]) -> str:
    rows = [
        (
            rule["rule"],
            f"{rule['troubles']:,}",
            f"{rule['alarms']:,}",
            _share(rule["precision"]),
            _share(rule["recall"]),
            _number(rule["delay_minutes"], 1, ",.0f"),
        )
        for rule in rules
        if rule["precision"] or rule["recall"]
    ]
    return _table(("rule", "troubles", "alarms", "precision", "recall", "delay, minutes"), rows)


def _silences(silences: Iterable[Row]) -> str:
    rows = [
        (
            f"{one['rule']}, {one['level']:g}" if one["level"] else one["rule"],
            one["by"],
            one["setting"],
            _share(one["precision"]),
            _share(one["recall"]),
            _number(one["delay_minutes"], 1 / 60, ",.2f"),
            _number(one["times_earlier"], 1, ".2f"),
        )
        for one in silences
    ]
    return _table(
        ("rule, level", "thresholds", "tuned to", "precision", "recall", "delay, hours", "of the learned"), rows
    )


def _cut_offs(kinds: Iterable[Row]) -> str:
    rows = [
        (
            one["of"],
            f"{one['asked']:,}",
            f"{one['base_rate']:.3f}",
            f"{one['brier']:.4f}",
            f"{one['brier_of_base_rate']:.4f}",
            _number(one["skill"], 1, "+.3f"),
        )
        for one in kinds
    ]
    return _table(("answers", "asked", "released in time", "Brier", "Brier of the base rate", "skill"), rows)


def _deciles(kinds: Iterable[Row]) -> str:
    deciles = next((one["deciles"] for one in kinds if one["of"] == TOLD), ())
    rows = [(f"{tenth * 10}–{tenth * 10 + 10} %", *_decile(one)) for tenth, one in enumerate(deciles)]
    return _table(("between", "asked", "told", "came"), rows)


def _decile(one: Row | None) -> tuple[str, str, str]:
    return (f"{one['asked']:,}", f"{one['told']:.3f}", f"{one['came']:.3f}") if one else ("0", "", "")


def _share(one: Row | None) -> str:
    return _number(one, 1, ".3f")


def _number(one: Row | None, times: float, form: str) -> str:
    if one is None:
        return ""
    value, low, high = (format(one[name] * times, form) for name in ("value", "low", "high"))
    return value if low == high == value else f"{value} ({low} to {high})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
