"""Public logs of real processes as stays: XES and CSV, packed or not. A stay is from an activity of a case to its next.

The last activity of a case begins none: the case is over. Times without a zone are taken as UTC.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lxml import etree

from clearance.events.learning.expectations import LONGEST_NAME

LOGS = Path(__file__).parents[2] / "shared" / "data" / "event-logs"
"""Beside the project, where there are any: they are nobody's to copy."""
CSV_COLUMNS = (("Case ID", "case:concept:name", "case_id"), ("Activity", "concept:name", "activity"))
CSV_TIMES = ("Complete Timestamp", "time:timestamp", "timestamp")


class Event(NamedTuple):
    case: str
    activity: str
    at: datetime


class Ended(NamedTuple):
    """A stay with its end."""

    activity: str
    began: datetime
    ended: datetime


def logs(folder: Path = LOGS) -> dict[str, list[Ended]]:
    """The stays of each log by its name, as they began. Raises `ValueError` for a file that cannot be read."""
    paths = (
        [path for path in sorted(folder.iterdir()) if {".xes", ".csv"} & {*path.suffixes}] if folder.exists() else []
    )
    return {path.name.split(".")[0]: stays(path) for path in paths}


def stays(path: Path) -> list[Ended]:
    """From each activity of a case to the next. Two at one time stand in the order of the file."""
    cases: dict[str, list[Event]] = defaultdict(list)
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for event in _xes(BytesIO(data)) if ".xes" in path.suffixes else _csv(path, data.decode()):
        cases[event.case].append(event)
    found: list[Ended] = []
    for events in cases.values():
        events.sort(key=lambda event: event.at)
        found += [Ended(_named(one.activity), one.at, two.at) for one, two in pairwise(events)]
    return sorted(found, key=lambda stay: stay.began)


def _named(activity: str) -> str:
    """As long as a table of expectations takes names; ours are codes."""
    written = activity.encode()
    return activity if len(written) <= LONGEST_NAME else blake2b(written, digest_size=LONGEST_NAME // 2).hexdigest()


def _xes(file: BinaryIO) -> Iterator[Event]:
    for number, (_, trace) in enumerate(etree.iterparse(file, tag="{*}trace", huge_tree=True)):
        for event in trace.iterfind("{*}event"):
            told = {one.get("key"): one.get("value") for one in event}
            yield Event(str(number), told["concept:name"] or "", _utc(told["time:timestamp"] or ""))
        trace.clear()


def _csv(path: Path, text: str) -> Iterator[Event]:
    rows = csv.DictReader(text.splitlines(), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    names = [next((one for one in names if one in (rows.fieldnames or ())), "") for names in (*CSV_COLUMNS, CSV_TIMES)]
    if not all(names):
        raise ValueError(f"{path}: needs columns for case, activity and time, of {CSV_COLUMNS}, {CSV_TIMES}")
    for row in rows:
        yield Event(row[names[0]], row[names[1]], _utc(row[names[2]].replace("/", "-")))


def _utc(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
