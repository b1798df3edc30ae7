"""The pytest plugin: `clearance_replay("recordings/held-then-released")` in a test of your own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clearance.recordings.story import Story


@pytest.fixture
def clearance_replay(request: pytest.FixtureRequest) -> "Callable[..., Story]":
    """Replay a recording (a folder) or message files, given relative to the test's folder or to the root of the tests.

    Returns a `Story`: `story.status`, `story.obligations`, `story.particulars`, `story.deadline`, `story.timeline`,
    `story.anomalies`, or by declaration id `story[id].status`. Options are those of
    `clearance.recordings.story.tell`: `organisation`, `tables`, `until`.
    """

    from clearance.recordings.story import tell  # here, so that test runs without a recording do not pay for it

    def replay(*paths: str | Path, **options: object) -> "Story":
        return tell(*(_find(request, Path(path)) for path in paths), **options)  # type: ignore[arg-type]

    return replay


@pytest.fixture
def clearance_differences(request: pytest.FixtureRequest) -> "Callable[..., list[str]]":
    """Replay a recording and compare it with its `expected.json`: one line for each key that came out otherwise."""

    from clearance.recordings.story import differences, tell

    def compare(folder: str | Path, **options: object) -> list[str]:
        found = _find(request, Path(folder))
        return differences(tell(found, **options), found)  # type: ignore[arg-type]

    return compare


def _find(request: pytest.FixtureRequest, path: Path) -> Path:
    tried = [path] if path.is_absolute() else [request.path.parent / path, request.config.rootpath / path]
    for one in tried:
        if one.exists():
            return one
    pytest.fail(f"no recording at {' or '.join(str(one) for one in tried)}", pytrace=False)
