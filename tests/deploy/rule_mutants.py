"""Rules with one thing altered: a threshold, a window, how long it must hold, a label that is matched or kept.

Numbers are doubled and halved; 0 and 1, which mean "any" and "yes", become one more. An alteration that no test of
`tests/deploy/alerts/` notices is a line that nobody holds.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

WINDOW = re.compile(r"(?<=\[)(\d+)([smhdw])(?=\])|(?<=offset )(\d+)([smhdw])")
NUMBER = re.compile(r"(?<![\w.\[\"])\d+(?:\.\d+)?(?![\w.\]])")
MATCHER = re.compile(r'\w+(?:=~|!~|!=|=)"[^"]*",?')
KEPT_LABEL = re.compile(r"(?:by|on) \(([^)]*)\)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Mutant(NamedTuple):
    """Rules of one alert, and what they rest on, with one thing altered: what that is."""

    alert: str
    what: str
    file: dict[str, Any]


def mutants(path: Path) -> Iterator[Mutant]:
    """All of a file of rules. What is altered of a recorded rule, the alerts of the file must notice."""
    rules = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"][0]["rules"]
    for nth, rule in enumerate(rules):
        alert = rule.get("alert") or next(one["alert"] for one in rules if "alert" in one)
        for field, altered in altered_fields(rule):
            mutant = deepcopy(rules)
            mutant[nth][field] = altered
            kept = [one for one in mutant if "record" in one or one["alert"] == alert]
            yield Mutant(alert, f"{nth} {field}: {altered}", {"groups": [{"name": "altered", "rules": kept}]})


def cases_of(alert: str, path: Path) -> dict[str, Any]:
    """A file of tests with those of one alert only."""
    file: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for test in file["tests"]:
        test["alert_rule_test"] = [case for case in test.get("alert_rule_test", []) if case["alertname"] == alert]
        test["promql_expr_test"] = [case for case in test.get("promql_expr_test", []) if f'"{alert}"' in case["expr"]]
    kept = [test for test in file["tests"] if test["alert_rule_test"] or test["promql_expr_test"]]
    return file | {"tests": kept}


def altered_fields(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each alteration of one rule: the field, and what it says then."""
    yield from (("expr", expression) for expression in altered_expressions(rule["expr"]))
    if "for" in rule:
        yield from (("for", altered) for altered in altered_durations(int(rule["for"][:-1]), rule["for"][-1]))


def altered_expressions(text: str) -> Iterator[str]:
    """Each alteration of an expression."""
    for found in WINDOW.finditer(text):
        number, unit = found[1] or found[3], found[2] or found[4]
        yield from (_put(text, found.span(), altered) for altered in altered_durations(int(number), unit))
    for found in NUMBER.finditer(text):
        yield from (_put(text, found.span(), altered) for altered in altered_numbers(float(found[0])))
    yield from (_put(text, found.span(), "") for found in MATCHER.finditer(text))
    for found in KEPT_LABEL.finditer(text):
        kept = found[1].split(", ")
        yield from (_put(text, found.span(1), ", ".join(one for one in kept if one != gone)) for gone in kept)


def altered_durations(number: int, unit: str) -> list[str]:
    """Twice as long, and half."""
    return [f"{2 * number}{unit}", f"{number * SECONDS[unit] // 2}s"]


def altered_numbers(number: float) -> list[str]:
    """Twice as much, and half; of 0 and 1, one more."""
    return [f"{number + 1:g}"] if number in (0, 1) else [f"{2 * number:g}", f"{number / 2:g}"]


def _put(text: str, span: tuple[int, int], altered: str) -> str:
    return text[: span[0]] + altered + text[span[1] :]
