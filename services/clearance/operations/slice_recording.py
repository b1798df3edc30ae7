"""A slice of the log → a recording told of other people, and whether that still comes to the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clearance.events.partition.replay import Arrival, Replay
from clearance.events.tables.tables import Tables
from clearance.recordings.new_recording import write_recording
from clearance.recordings.pseudonym_check import changed_outcomes
from clearance.recordings.pseudonyms import Pseudonyms
from clearance.recordings.rewriting import Unwritable, rewritten
from clearance.recordings.story import Story


@dataclass(frozen=True)
class Writable:
    """The arrivals that can be told of other people; and of each that cannot, a line that says why."""

    arrivals: list[Arrival] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recorded:
    """What was written: the story that it tells, and what comes out otherwise than in the log, one line each."""

    arrivals: int
    story: Story
    differences: list[str]


def writable(arrivals: Iterable[Arrival]) -> Writable:
    """Those whose bytes are text in the encoding that they declare."""
    sorted_out = Writable()
    for arrival in arrivals:
        try:
            rewritten(arrival.data, str)
        except Unwritable as error:
            sorted_out.left_out.append(f"a message received at {arrival.at}: {error}")
            continue
        sorted_out.arrivals.append(arrival)
    return sorted_out


def record_slice(folder: Path, arrivals: Sequence[Arrival], source: str, tables: Tables) -> Recorded:
    """Write a new folder with the arrivals, names and numbers replaced. Raises `OSError` if it is there already."""
    pseudonyms = Pseudonyms(arrivals)
    retold = [pseudonyms.arrival(arrival) for arrival in arrivals]
    before, after = (Story(Replay(tables).feed(each)) for each in (arrivals, retold))
    differences = changed_outcomes(before, after, pseudonyms)
    write_recording(folder, retold, source)
    return Recorded(len(retold), after, differences)
