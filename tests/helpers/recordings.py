"""The recordings: where they stand, what they are called, and the whole log of each."""

from functools import cache
from pathlib import Path

from clearance.events.partition.replay import Replay
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

RECORDINGS = Path(__file__).parents[1] / "recordings"
STORIES = sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir())


@cache
def recorded(story: str) -> Replay:
    """The whole log of a story, with the clocks and links that a running system adds."""
    return Replay(default_tables()).feed(read_recording(RECORDINGS / story))
