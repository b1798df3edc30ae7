"""Words and numbers → others of the same shape, the same for the same one wherever it stands.

Two promises keep what messages mean: of one shape, different ones stay different, and what sorts before another still
does (order decides which number a message is filed under). A substitute keeps the length and the kinds of character,
what its shape says is kept (direction, year, customs office), and is valid if the original is.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from math import prod
from random import Random
from typing import NamedTuple

from clearance.recordings.check_digits import SOCIAL_CREDIT, container, organisation, social_credit

CHINESE = "\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(f"&[^;&]{{1,12}};|[0-9A-Za-z]+|[{CHINESE}]+|[^\\W_0-9A-Za-z{CHINESE}]+")
"""What is replaced as one: a run of letters and digits, of characters, of any other letters. References (`&amp;`) are
found too, and stay."""
DIGITS, UPPER, LOWER, WIDE = (
    "0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "０１２３４５６７８９",
)
OTHER = "".join(char for char in map(chr, range(0xE0, 0x180)) if char.islower())
NOT_Z = UPPER[:-1]
"""A word begins with Z only if it did: by that a temporary number is known at the head of a note."""

Check = tuple[int, int, Callable[[str], str]]
"""The place of a check digit, and the function of what stands before it from another place on."""
Alphabets = tuple[str, ...]
"""For each place of a word the characters that may stand there, in order; one where it is kept."""


class Shape(NamedTuple):
    """A sort of number; one with `checks` that do not hold is not of this sort. `kept` are places that stay."""

    pattern: re.Pattern[str]
    kept: frozenset[int]
    checks: tuple[Check, ...] = ()
    upper: str = UPPER

    def holds(self, word: str) -> bool:
        """Whether the word is of this sort."""
        if not self.pattern.fullmatch(word):
            return False
        return all(word[place] == digit(word[start:place]) for place, start, digit in self.checks)


SHAPES = (
    Shape(re.compile(r"[IE]\d{17}", re.ASCII), frozenset(range(5))),  # 统一编号: direction, year
    Shape(
        re.compile(
            rf"9[1-3]\d{{6}}[{SOCIAL_CREDIT}]{{10}}", re.ASCII
        ),  # 统一社会信用代码: who registers, kind of organisation
        frozenset({0, 1}),
        ((16, 8, organisation), (17, 0, social_credit)),
        "".join(filter(str.isalpha, SOCIAL_CREDIT)),
    ),
    Shape(re.compile(r"\d{8}[\dIE]\d{9}", re.ASCII), frozenset(range(9))),  # 海关编号: customs office, year, direction
    Shape(
        re.compile(r"[A-Z]{3}[UJZ]\d{7}", re.ASCII), frozenset({3}), ((10, 0, container),)
    ),  # container: kind of equipment
    Shape(re.compile(r"\d\d[A-Z]{2}[0-9A-Z]{13}\d", re.ASCII), frozenset({0, 1, 2, 3, 16}), ((17, 0, container),)),
    Shape(
        re.compile(r"\d\d[A-Z]{2}[0-9A-Z]{14}", re.ASCII), frozenset({0, 1, 2, 3, 16})
    ),  # MRN: year, country, procedure
)


def substitutes(words: Iterable[str], draw: Random) -> dict[str, str]:
    """For each word another one. Raises `ValueError` if there are not enough of a shape."""
    groups: dict[tuple[Alphabets, tuple[Check, ...]], list[str]] = {}
    for word in sorted(set(words)):
        if word.strip("0") and word[0] != "&":
            groups.setdefault(_group(word), []).append(word)
    found: dict[str, str] = {}
    for (alphabets, checks), members in groups.items():
        found.update(zip(members, _drawn(members, alphabets, checks, draw), strict=True))
    return found


def _group(word: str) -> tuple[Alphabets, tuple[Check, ...]]:
    """What words of one shape have in common: of them only the order among each other is to be kept."""
    shape = next((shape for shape in SHAPES if shape.holds(word)), None)
    if shape is None:
        return tuple(_alphabet(word, place) for place in range(len(word))), ()
    fixed = {place: word[place] for place in shape.kept} | {place: "0" for place, _, _ in shape.checks}
    return tuple(fixed.get(place) or _alphabet(word, place, shape.upper) for place in range(len(word))), shape.checks


def _alphabet(word: str, place: int, upper: str = UPPER) -> str:
    char = word[place]
    if place == 0 and char in UPPER + LOWER and (char == "Z" or not word.isalpha()):
        return char
    if char in UPPER:
        return NOT_Z if place == 0 else upper
    if "\u3400" <= char <= "\ufaff":
        return _common_characters()
    return next((kind for kind in (DIGITS, LOWER, WIDE) if char in kind), OTHER)


@cache
def _common_characters() -> str:
    """The 3,755 most common characters: level 1 of GB2312, so that every encoding of a message can write them."""
    codes = (
        bytes((high, low)) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA)
    )
    return "".join(sorted(b"".join(codes).decode("gb2312")))


def _drawn(words: list[str], alphabets: Alphabets, checks: tuple[Check, ...], draw: Random) -> list[str]:
    """As many as there are words, in order, and none of the words themselves if there are plenty of others."""
    size, zeros = prod(map(len, alphabets)), all(kind[0] == "0" for kind in alphabets)
    least = int(zeros)  # only zeros say that there is no number
    if len(words) > size - least:
        raise ValueError(f"{len(words):,} different words are like {words[0][:20]!r}, and there are only {size:,}")
    if size < 100 * len(words):
        return [_word(one, alphabets, checks) for one in sorted(draw.sample(range(least, size), len(words)))]
    taken, found = set(words), set[int]()
    while len(found) < len(words):
        one = draw.randrange(least, size)
        if _word(one, alphabets, checks) not in taken:
            found.add(one)
    return [_word(one, alphabets, checks) for one in sorted(found)]


def _word(number: int, alphabets: Alphabets, checks: tuple[Check, ...]) -> str:
    """The word of that number in the order of all words of a shape, its check digits made valid."""
    chars: list[str] = []
    for alphabet in reversed(alphabets):
        number, place = divmod(number, len(alphabet))
        chars.append(alphabet[place])
    word = "".join(reversed(chars))
    for place, start, digit in checks:
        word = word[:place] + digit(word[start:place]) + word[place + 1 :]
    return word
