"""Particulars in a terminal: a line each, below what the receipt means. They are given as the API answers them.

Questions and decisions have no line: they stand in the text of the receipt.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from clearance.cli.options import Language, plain
from clearance.events.values.times import rfc3339

ITEM = {"zh": "第{}项", "en": "item {}"}
BY = {"zh": "限期 {}", "en": "by {}"}
Stated = Mapping[str, Any]


def below(means: str, stated: Iterable[Stated], language: Language) -> str:
    """What a receipt means, and its particulars below it."""
    lines = (LINES[each["kind"]](each, language) for each in stated if each["kind"] in LINES)
    return "\n".join([means, *(f"- {plain(line)}" for line in lines)])


def _error(one: Stated, language: Language) -> str:
    said = "; ".join(filter(None, (one["words"], one["text"])))
    return _joined(f"{one['code']} {said}".strip(), _place(one, language))


def _amount(one: Stated, language: Language) -> str:
    money = " ".join(filter(None, (one["type"], one["value"], one["currency"])))
    return _joined(money, _item(one, language), one["method"], one["reference"], one["account"])


def _limit(one: Stated, language: Language) -> str:
    at = one["at"] if isinstance(one["at"], str) else rfc3339(one["at"])
    return _joined(BY[language].format(at), one["for"], one["reference"])


def _change(one: Stated, language: Language) -> str:
    return _joined(_place(one, language) or one["field"], one["value"])


def _place(one: Stated, language: Language) -> str:
    """In words and as the authority writes it, or the item where it writes none."""
    return f"{one['where']} ({one['pointer']})" if one["pointer"] else _item(one, language)


def _item(one: Stated, language: Language) -> str:
    return ITEM[language].format(one["item"]) if one["item"] is not None else ""


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


LINES: Mapping[str, Callable[[Stated, Language], str]] = {
    "error": _error,
    "amount": _amount,
    "limit": _limit,
    "change": _change,
    "place": lambda one, language: str(one["text"]),
    "contact": lambda one, language: str(one["text"]),
}
