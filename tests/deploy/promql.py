"""Enough of PromQL to say which metrics a query asks for, how, and by which labels."""

import re
from dataclasses import dataclass

WORD = re.compile(
    r"""\s*(?:"(?:[^"\\]|\\.)*"|\d+(?:\.\d+)?[smhdwy]?|[a-zA-Z_][a-zA-Z0-9_:]*|\$[a-z_]+
    |=~|!~|!=|>=|<=|==|[-+*/%^<>=(){}\[\],])""",
    re.VERBOSE,
)
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_:]*")
GROUPINGS = ("by", "without", "on", "ignoring", "group_left", "group_right")
OPERATORS = ("and", "or", "unless", "bool", "offset")
MATCH = ("=", "!=", "=~", "!~")
CLOSES = {"(": ")", "{": "}", "[": "]"}


@dataclass(frozen=True)
class Asked:
    """One metric in a query: the functions around it, innermost first, the labels matched on it or grouped by."""

    metric: str
    functions: tuple[str, ...]
    labels: frozenset[str]
    is_range: bool


def asked(query: str) -> list[Asked]:
    """The metrics of a query. Raises `ValueError` where it is no PromQL, or more of it than this knows."""
    words = _words(query)
    groupings = {label for at, word in enumerate(words) if word in GROUPINGS for label in _list(words, at + 1)}
    found, around = [], list[tuple[str, str]]()  # what must close it, and what it is
    for at, word in enumerate(words):
        if word in CLOSES:
            around.append((CLOSES[word], _called(words, at) if CLOSES[word] == ")" else "no metrics"))
        elif word in CLOSES.values():
            if not around or around.pop()[0] != word:
                raise ValueError(f"{query}: {word} closes nothing")
        elif _is_metric(words, at) and (not around or around[-1][1] != "no metrics"):
            end, labels = _matchers(words, at + 1)
            functions = tuple(name for _, name in reversed(around) if name)
            found.append(Asked(word, functions, frozenset(labels | groupings), words[end : end + 1] == ["["]))
    if around:
        raise ValueError(f"{query}: {around[-1][0]} is missing")
    return found


def _words(query: str) -> list[str]:
    words, at = [], 0
    while at < len(query.rstrip()):
        match = WORD.match(query, at)
        if match is None:
            raise ValueError(f"{query}: nothing of PromQL at {query[at:]!r}")
        words.append(match[0].strip())
        at = match.end()
    return words


def _called(words: list[str], at: int) -> str:
    """What this parenthesis belongs to: the name of a function, "no metrics" for a list of labels, or ""."""
    before = words[at - 1] if at else ""
    if before in GROUPINGS:
        return "no metrics"
    if before == ")":  # sum by (…) (…)
        opens = max(place for place in range(at) if words[place] == "(")
        before = words[opens - 2] if words[opens - 1] in GROUPINGS else ""
    return before if NAME.fullmatch(before) and before not in OPERATORS else ""


def _is_metric(words: list[str], at: int) -> bool:
    is_called = words[at + 1 : at + 2] in ([word] for word in ("(", *GROUPINGS))
    return NAME.fullmatch(words[at]) is not None and words[at] not in {*GROUPINGS, *OPERATORS} and not is_called


def _list(words: list[str], at: int) -> list[str]:
    return [word for word in words[at + 1 : words.index(")", at)] if NAME.fullmatch(word)]


def _matchers(words: list[str], at: int) -> tuple[int, set[str]]:
    if words[at : at + 1] != ["{"]:
        return at, set()
    end = words.index("}", at)
    return end + 1, {words[place - 1] for place in range(at, end) if words[place] in MATCH}
