"""How often a rule is right, by what became of its anomalies, and which rules cry wolf. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

SETTLED = frozenset({"resolved", "acknowledged", "false_positive"})
"""States in which an anomaly is over for good: not those that go on as another one."""


class Settled(NamedTuple):
    """How many anomalies of a rule are settled, and how many of them somebody has called false positives."""

    settled: int
    false_positives: int

    @property
    def precision(self) -> float:
        return 1 - self.false_positives / self.settled


class Least(NamedTuple):
    """What is asked of a rule: this precision, once so many of its anomalies are settled."""

    precision: float
    settled: int


def demoted(by_rule: Mapping[str, Settled], least: Least) -> frozenset[str]:
    """The rules that fall short: what they find counts as `info`."""
    return frozenset(
        rule for rule, one in by_rule.items() if one.settled >= least.settled and one.precision < least.precision
    )
