"""The words of incidents, zh and en: a sentence for each state, kind and attribute that says who must act, and what
attributes are called. Names in braces are filled in by `incidents/words.py`."""

from pathlib import Path
from typing import Literal, NamedTuple

from clearance.contracts.tables import Row, index


class IncidentRow(Row):
    """What has happened and what is to be done. `about` is the attribute that says who must act; without it the row is
    for the authority as a whole, and for what is over."""

    state: Literal["opened", "closed", "merged"]
    kind: Literal["stuck", "rejected"]
    about: str = ""
    zh: str
    en: str
    do_zh: str
    do_en: str


class AttributeRow(Row):
    """What declarations may share. The rows stand in the order in which they say who must act: the first one does."""

    attribute: str
    zh: str
    en: str


class IncidentWords(NamedTuple):
    sentences: dict[tuple[str, str, str], IncidentRow]
    attributes: dict[str, AttributeRow]


def load_incident_words(folder: Path) -> IncidentWords:
    """Both tables. Raises `InvalidTable`, also where an attribute has no sentence."""
    sentences, attributes = folder / "incident-words.csv", folder / "incident-attributes.csv"
    rows = IncidentRow.read(sentences)
    words = IncidentWords(
        index(sentences, (((row.state, row.kind, row.about), row) for row in rows)),
        index(attributes, ((row.attribute, row) for row in AttributeRow.read(attributes))),
    )
    for row in words.attributes.values():
        if any(("opened", kind, row.attribute) not in words.sentences for kind in ("stuck", "rejected")):
            raise row.refuse(attributes, f"incident-words.csv says nothing for {row.attribute}")
    return words
