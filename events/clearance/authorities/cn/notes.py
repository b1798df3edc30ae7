"""What somebody must act on, out of the notes of receipts and out of what the single window asks to be supplemented.

Notes are written for people. Only what has a form of its own is taken out of one (`note-words.csv`); all else stays
text, whole. An item is told where a text names one line of goods and no other: 第3项.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from clearance.authorities.cn.note_tables import Means, Says, supplements, words
from clearance.events.receipts.particulars import bounded
from clearance.events.values.particulars import Amount, Change, Contact, Fault, Particular, Place, Question

ITEM = re.compile(r"第 ?([0-9]{1,4}) ?项")
BETWEEN = re.compile(r"[；;。\n]\s{0,3}(?=第 ?[0-9]{1,4} ?项)")
"""Between what is said of one line of goods and of the next."""
NUMBER = re.compile(r"[0-9]{1,4}")


def noted(says: Says, texts: Iterable[str]) -> Iterator[Particular]:
    """The particulars of notes by what they say, in the order of the texts."""
    for text in dict.fromkeys(filter(None, texts)):
        if says == "error":
            yield from faults("", text)
        elif says == "question":
            yield Question(text, item_of(text))
        elif says == "inspection":
            yield from _where_and_who(text)
        elif says == "tax":
            yield from _amounts(text)


def faults(code: str, text: str) -> Iterator[Fault | Change]:
    """One error for each line of goods that the text speaks of, and the value that it is to have if it says so."""
    for part in list(filter(None, map(str.strip, BETWEEN.split(text)))) or [""]:
        item, field = item_of(part), _field(part)
        yield Fault(code=code, text=part, item=item, name=field)
        if value := _led("value").search(part):
            named = words("value")[value[1]] or field
            if named:
                yield Change(item=item, name=named, value=value[2])


def failure(code: str, text: str) -> tuple[tuple[Particular, ...], bool]:
    """What a technical receipt says is wrong, within bounds: nothing with code 0, the code of success."""
    return bounded(faults(code, text)) if code != "0" else ((), False)


def supplement(values: dict[str, str]) -> Question:
    """What SupResult asks for: which supplement, under which number, for which line of goods (SPEC67 §3)."""
    kind, number, item = (values.get(name, "") for name in ("SupType", "PreSupId", "GNo"))
    called = supplements().get(kind, f"补充申报单 {kind}".strip())
    known = int(item) if NUMBER.fullmatch(item) else None
    return Question(" ".join(filter(None, (called, number, "" if known else item))), known)


def item_of(text: str) -> int | None:
    """The line of goods that the text names, None where it names none or several."""
    named = {int(match[1]) for match in ITEM.finditer(text)}
    return named.pop() if len(named) == 1 else None


def _field(text: str) -> str:
    found = _named_field().search(text)
    return found[1] if found else ""


def _where_and_who(text: str) -> Iterator[Particular]:
    if place := _led("place").search(text):
        yield Place(place[2])
    if contact := _led("contact").search(text):
        yield Contact(contact[2])


def _amounts(text: str) -> Iterator[Amount]:
    """Customs levies in renminbi (进出口关税条例, State Council No. 392, art. 38)."""
    for match in _tax().finditer(text):
        yield Amount(type=match[1], value=match[2].replace(",", ""), currency="CNY")


VALUES: dict[Means, str] = {
    "value": r"[:： ]?([0-9A-Za-z][0-9A-Za-z.%-]{0,39})(?![0-9A-Za-z])",
    "place": r"[:： ]?([^，,。；;\n]{1,255})",
    "contact": r"[:： ] ?([^。；;\n]{1,255})",
}
"""What may follow the words that lead to it."""


@cache
def _led(means: Means) -> re.Pattern[str]:
    """The words and what follows them."""
    return re.compile(f"({_any(means)}){VALUES[means]}")


@cache
def _named_field() -> re.Pattern[str]:
    """The field that stands behind the number of a line, or at the beginning."""
    return re.compile(f"(?:^|项)(?:商品|货物)?的?({_any('field')})")


@cache
def _tax() -> re.Pattern[str]:
    return re.compile(rf"({_any('tax')})[:： ]?(?:人民币|￥|¥)?([0-9][0-9,]{{0,30}}(?:\.[0-9]{{1,4}})?) ?元")


def _any(means: Means) -> str:
    return "|".join(map(re.escape, words(means)))
