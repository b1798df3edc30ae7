"""The words of anomalies, zh and en: a sentence for each rule and what it says, and the clauses that follow it.

Names in braces are filled in: a field of `about`, of a particular, or what `anomalies/words.py` computes.
"""

from pathlib import Path
from typing import NamedTuple

from clearance.contracts.tables import Row, index


class SentenceRow(Row):
    """What is wrong and what is to be done, by rule and `says`; without `says` it is the usual one of the rule."""

    rule: str
    says: str = ""
    zh: str
    en: str
    do_zh: str
    do_en: str


class ClauseRow(Row):
    """One thing that a sentence may go on with."""

    clause: str
    zh: str
    en: str


class FindingWords(NamedTuple):
    sentences: dict[tuple[str, str], SentenceRow]
    clauses: dict[str, ClauseRow]


def load_finding_words(folder: Path) -> FindingWords:
    """Both tables. Raises `InvalidTable`."""
    sentences, clauses = folder / "finding-words.csv", folder / "clauses.csv"
    return FindingWords(
        index(sentences, (((row.rule, row.says), row) for row in SentenceRow.read(sentences))),
        index(clauses, ((row.clause, row) for row in ClauseRow.read(clauses))),
    )
