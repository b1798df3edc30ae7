"""How far an exhaustive test goes: some of its cases with `make test`, all with `make soak`, few with `make quick`."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings

QUICK, WHOLE = "quick", "whole"
"""The Hypothesis profiles of `make quick` and of `make soak`."""
SHARES = {QUICK: 20, WHOLE: 1}
USUAL = 4


def some_or_all(some: Any, every: Any) -> list[Any]:
    """The two values of a parameter: what `make test` takes, and what `make soak` does."""
    return [pytest.param(some, id="some"), pytest.param(every, id="all", marks=pytest.mark.soak)]


def a_few_of(cases: Sequence[Any], one_in: int) -> list[Any]:
    """Cases of a parameter: one in so many with `make test`, the others with `make soak`."""
    return [case if nth % one_in == 0 else pytest.param(case, marks=pytest.mark.soak) for nth, case in enumerate(cases)]


def examples(count: int, least: int = 5) -> int:
    """As many examples of Hypothesis with `make soak`; a quarter of them with `make test`, a twentieth in a quick run.

    At `least` so many in any case.
    """
    return max(least, count // SHARES.get(settings.get_current_profile_name(), USUAL))


def fewer(cases: Sequence[Any]) -> Sequence[Any]:
    """One in three of the cases in a quick run, else all."""
    return cases[::3] if settings.get_current_profile_name() == QUICK else cases
