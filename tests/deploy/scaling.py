"""Rules of Prometheus in which time passes faster: each duration divided, and nothing else altered.

Seconds that a metric is compared with are those of our processes, which run as they always do; they stay.
"""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DURATION = r"(\d+)(ms|[smhdw])"
WINDOW = re.compile(rf"(?<=\[){DURATION}(?=\])|(?<=offset ){DURATION}\b")
WHOLE = re.compile(rf"{DURATION}\Z")
Group = dict[str, Any]
Altered = Callable[[str], str]


def seconds(duration: str) -> float:
    """Of a duration as Prometheus writes it."""
    found = WHOLE.match(duration)
    assert found, duration
    return int(found[1]) * SECONDS[found[2]]


def faster(group: Group, times: float) -> Group:
    """A group of rules whose windows, offsets, `for` and interval are so many times shorter, to the millisecond."""
    return with_durations(group, lambda duration: f"{max(1, round(seconds(duration) / times * 1000))}ms")


def without_durations(group: Group) -> Group:
    """All that a group of rules says but its durations."""
    return with_durations(group, lambda _: "")


def durations_of(group: Group) -> list[float]:
    """Each of them [s], in the order of the rules."""
    found: list[float] = []

    def note(duration: str) -> str:
        found.append(seconds(duration))
        return duration

    with_durations(group, note)
    return found


def with_durations(group: Group, altered: Altered) -> Group:
    """The group with each duration altered. That of a label is a name."""
    new = deepcopy(group)
    for told in (new, *new["rules"]):
        for field in {"interval", "for"} & {*told}:
            told[field] = altered(told[field])
    for rule in new["rules"]:
        rule["expr"] = WINDOW.sub(lambda found: altered(found[0]), rule["expr"])
    return new
