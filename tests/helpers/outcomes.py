"""What each recording comes to, in few words: the same for this step and for that of an earlier version.

    git worktree add ../before 8b3b6e4
    cd ../before
    PYTHONPATH=contracts:events:services python ../clearance/tests/helpers/outcomes.py ../clearance/tests/recordings

writes what that version, the last before issue 12, makes of today's recordings: `tests/events/partition/history/`,
`before.json`. So this file uses only what both versions have.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from clearance.recordings.story import ToldDeclaration, tell

Outcomes = dict[str, str]
"""By declaration id, and by "" of the whole recording."""


def outcomes(folder: Path) -> Outcomes:
    """The declarations of a recording, and which of its messages are refused."""
    story = tell(folder, organisation="")
    refused = _words("refused", (one.name for one in story.refused))
    return {"": refused or "all read", **{told.id: _outcome(told) for told in story}}


def _outcome(told: ToldDeclaration) -> str:
    holds = (f"{hold.kind} {'open' if hold.until is None else 'ended'}" for hold in told.view.holds)
    parts = [_words("flags", told.flags), _words("holds", holds), _words("anomalies", told.open_anomalies)]
    return "; ".join([told.status, *filter(None, parts)])


def _words(what: str, names: Iterable[str]) -> str:
    """The names, each as often as it stands, "" if there are none."""
    found = ", ".join(sorted(names))
    return f"{what} {found}" if found else ""


def main(recordings: Path) -> None:
    found = {folder.name: outcomes(folder) for folder in sorted(recordings.iterdir()) if folder.is_dir()}
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
