"""The steps of a life, read from one line: `filed, received, reviewed after manual-review, released at once`.

A step is a word, after its usual delay, after another one, or at once. `filed` stands for how the broker's filings
begin; `anew` files again under new numbers. `arrived` and `departed` happen to goods of exports only.
"""

from collections.abc import Iterator

from msgspec import Struct

from clearance.simulator.words import Word, words

AT_ONCE = ""
CORRECTION = "correction"
EXPORTS_ONLY = frozenset({"arrived", "departed"})


class ScriptStep(Struct, frozen=True):
    """One word, the delay before it, and to which of the life's declarations it happens."""

    word: Word
    delay: str
    filing: int


def read_script(line: str, opening: str, direction: str = "") -> list[ScriptStep]:
    """The steps of a script. Raises `ValueError` naming a word that is not in `words.csv`."""
    steps: list[ScriptStep] = []
    filing = 0
    for name, delay in _told(line):
        if name == "anew":
            filing += 1
        if name in ("filed", "anew"):
            first = CORRECTION if name == "anew" else AT_ONCE
            for position, (inner, own) in enumerate(_told(opening)):
                steps.append(_step(inner, (delay or first) if position == 0 else own, filing))
        elif name not in EXPORTS_ONLY or direction == "export":
            steps.append(_step(name, delay if steps else AT_ONCE, filing))
    return steps


def _told(line: str) -> Iterator[tuple[str, str | None]]:
    """Words with the delay that the line gives them: None for the usual one."""
    for step in line.split(", "):
        name, _, delay = step.partition(" after ")
        if step.endswith(" at once"):
            yield step.removesuffix(" at once"), AT_ONCE
        else:
            yield name, delay or None


def _step(name: str, delay: str | None, filing: int) -> ScriptStep:
    word = words().get(name)
    if word is None:
        raise ValueError(f"{name!r} is no word; known: filed, anew, {', '.join(words())}")
    return ScriptStep(word, word.after if delay is None else delay, filing)
