"""The rules by which something is wrong with a declaration: `tables/rules.csv`, the anomaly catalogue as data."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from clearance.contracts.tables import Row, index


class RuleRow(Row):
    """One rule. It watches a `code` in force, the `stage` where the declaration stands, the transport `plan`, or a
    single `fact`.

    `lasting` rules speak of something that has happened and stay open until acknowledged; the others close by
    themselves when what they found is no longer so.
    """

    rule: str = Field(pattern=r"^A\d\d$")
    name: str = Field(pattern=r"^[a-z_]+$")
    watches: Literal["code", "stage", "plan", "fact"]
    lasting: bool
    tell: str
    zh: str
    en: str
    evidence: str


def load_rules(path: Path) -> dict[str, RuleRow]:
    """The table by rule id. Raises `InvalidTable`."""
    return index(path, ((row.rule, row) for row in RuleRow.read(path)))
