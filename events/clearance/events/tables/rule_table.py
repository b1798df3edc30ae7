"""The rules by which something is wrong with a declaration: `tables/rules.csv`, the anomaly catalogue as data."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from clearance.contracts.tables import Row, index


class RuleRow(Row):
    """One rule. It watches a `code` in force, the `stage` where the declaration stands, the transport `plan`, a single
    `fact`, or what the analyst told of `related` declarations.

    `lasting` rules speak of something that has happened and stay open until acknowledged; the others close by
    themselves when what they found is no longer so. `depends`: what is open in the end follows from the set of `facts`
    and the time alone, or also from the order of the `log`: of several occurrences of what lasts one is told, and how
    long a stay may take is for the table of expectations to say that stands in the log before the clock.
    `rests_on` says what it looks at, `evidence` why there is such a rule. The `analyst` looks at many declarations;
    a rule that watches `nothing` is of the catalogue and not raised, for the reason that is given.
    """

    rule: str = Field(pattern=r"^A\d\d$")
    name: str = Field(pattern=r"^[a-z_]+$")
    watches: Literal["code", "stage", "plan", "fact", "related", "analyst", "nothing"]
    lasting: bool
    depends: Literal["facts", "log", ""] = ""
    tell: str
    zh: str
    en: str
    rests_on: str = ""
    evidence: str

    @property
    def raised(self) -> bool:
        """Whether anything about one declaration can set it off."""
        return self.watches not in ("analyst", "nothing")


def load_rules(path: Path) -> dict[str, RuleRow]:
    """The table by rule id. Raises `InvalidTable`."""
    return index(path, ((row.rule, row) for row in RuleRow.read(path)))
