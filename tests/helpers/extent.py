"""How far an exhaustive test goes: some of its cases with `make test`, all with `make soak`, few with `make quick`."""

from typing import Any

import pytest
from hypothesis import settings

QUICK = "quick"
"""The Hypothesis profile of `make quick`."""


def some_or_all(some: Any, every: Any) -> list[Any]:
    """The two values of a parameter: what `make test` takes, and what `make soak` does."""
    return [pytest.param(some, id="some"), pytest.param(every, id="all", marks=pytest.mark.soak)]


def examples(count: int) -> int:
    """As many examples of Hypothesis; a tenth of them in a quick run."""
    return max(5, count // 10) if settings.get_current_profile_name() == QUICK else count
