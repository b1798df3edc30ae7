"""How long do `parse` and `step` take per message, beside a bare lxml reader of the same bytes?

Two mixes: `traffic`, stories in the shares in which they happen (`TRAFFIC`), and `recordings`, every story once, which
is dense with what goes wrong. Bare, parse and step are taken in turn and the best of many rounds counts, so that what
else the machine does counts for nothing. Bare is `lxml.etree.fromstring` with the same guards, and a dictionary of name
and text: once of the root's children, once of every element (in a nested format the root's children hold nothing). One
JSON line per benchmark ends the output. How to read it: docs/benchmarks.md.
"""

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from lxml import etree

from clearance.events.log.inputs import Message
from clearance.events.partition.partition import placed
from clearance.events.partition.replay import Arrival, Replay
from clearance.events.receipts.formats import parse
from clearance.events.receipts.xml import guard
from clearance.events.step.declaration import Declaration
from clearance.events.step.step import step
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.read import read_recording
from clearance.settings.tables import default_tables

RECORDINGS = Path(__file__).parents[1] / "tests" / "recordings"
TABLES = default_tables()
BARE = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
TRAFFIC = {
    "export-green": 50,
    "closed-before-released-in-the-same-second": 10,
    "import-taxed-then-released": 12,
    "temporary-then-unified-then-entry": 4,
    "both-generations-mixed": 3,
    "technical-ack-in-time": 3,
    "guarantee-release-then-paid": 2,
    "held-then-released": 2,
    "rejected-then-filed-again": 2,
    "returned-and-redeclared": 1,
    "amendment-after-release": 1,
    "deleted-after-release": 1,
    "release-delivered-three-times": 1,
    "uk-export-exits": 5,
    "uk-import-tax-documents-control": 2,
    "uk-import-in-37-minutes": 1,
}
"""Percent. Inspections, rejections, amendments and deletions by the published or assumed shares of China; the rest, and
how much is British, are assumptions."""
Story = list[tuple[str, Message]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    rounds = options.parse_args().rounds
    everything = {folder.name: 1 for folder in sorted(RECORDINGS.iterdir())}
    by_format(rounds, everything)
    for mix, shares in (("traffic", TRAFFIC), ("recordings", everything)):
        measure(mix, rounds, shares)


def measure(mix: str, rounds: int, shares: dict[str, int]) -> None:
    """The figures of one mix: one JSON line each for parse, step, and both."""
    datas = [data for name, share in shares.items() for data in readable(name) * share]
    stories = [one for name, share in shares.items() for one in [story(name)] * share]
    works = [reads(one, datas) for one in (bare_children, bare, read)] + [lambda: fold(stories)]
    children, elements, parsed, folded = rotate(rounds, works)
    per = {"children": 1e6 * children / len(datas), "elements": 1e6 * elements / len(datas)}
    alone, steps = 1e6 * parsed / len(datas), 1e6 * folded / sum(map(len, stories))
    for name, value in (("parse", alone), ("step", steps), ("parse+step", alone + steps)):
        line: dict[str, object] = {"benchmark": name, "mix": mix, "value": round(value, 2), "unit": "µs/message"}
        for kind, seconds in per.items():
            line |= {f"bare_{kind}": round(seconds, 2), f"ratio_{kind}": round(value / seconds, 2)}
        line |= {"messages": len(datas), "rounds": rounds, "python": platform.python_version()}
        print(json.dumps(line, ensure_ascii=False))


def by_format(rounds: int, shares: dict[str, int]) -> None:
    """A line for each format."""
    found: dict[str, list[bytes]] = {}
    for name in shares:
        for data in readable(name):
            found.setdefault(parse(data, default_tables())[0].format, []).append(data)
    print(f"{'format':20}{'messages':>9}{'bytes':>7}{'children':>10}{'elements':>10}{'parse':>9}   µs per message")
    for form, datas in sorted(found.items()):
        seconds = rotate(rounds, [reads(one, datas) for one in (bare_children, bare, read)])
        children, elements, parsed = (1e6 * one / len(datas) for one in seconds)
        size = sum(map(len, datas)) // len(datas)
        print(f"{form:20}{len(datas):9}{size:7}{children:10.2f}{elements:10.2f}{parsed:9.2f}  {parsed / children:.2f}x")


def rotate(rounds: int, works: list[Callable[[], None]]) -> list[float]:
    """The best time of each, taken in turn."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = perf_counter()
            work()
            best[place] = min(best[place], perf_counter() - start)
    return best


def reads(reader: Callable[[bytes], object], datas: list[bytes]) -> Callable[[], None]:
    def work() -> None:
        for data in datas:
            reader(data)

    return work


def bare_children(data: bytes) -> object:
    guard(data)
    return {child.tag: child.text for child in etree.fromstring(data, BARE)}


def bare(data: bytes) -> object:
    guard(data)
    return {element.tag: element.text for element in etree.fromstring(data, BARE).iter()}


def read(data: bytes) -> object:
    return parse(data, default_tables(), sender="self")


def arrivals(name: str) -> list[Arrival]:
    return [arrival for arrival in read_recording(RECORDINGS / name, "self") if arrival.kind == "message"]


def readable(name: str) -> list[bytes]:
    """The messages of a story. Those are left out that it holds to be refused, and those in another code page than they
    say: no bare reader reads them."""
    found = []
    for arrival in arrivals(name):
        try:
            parse(arrival.data, default_tables())
            bare(arrival.data)
        except (InvalidMessage, etree.XMLSyntaxError):
            continue
        found.append(arrival.data)
    return found


def story(name: str) -> Story:
    """The messages of a story as inputs, with their declaration ids."""
    log = Replay(TABLES).feed(arrivals(name)).log
    found = [(key, given) for key, given in log if isinstance(given, Message)]
    return [(key, placed(given, place)) for place, (key, given) in enumerate(found)]  # type: ignore[misc]


def fold(stories: list[Story]) -> None:
    for one in stories:
        states: dict[str, Declaration] = {}
        for key, given in one:
            states[key] = step(states.get(key) or Declaration(key), given, TABLES).declaration


if __name__ == "__main__":
    main()
