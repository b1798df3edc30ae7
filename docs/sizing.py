"""How much a firm, a port and a nation need: the figures of the benchmarks times the assumptions of `docs/sizing.csv`.

`docs.draw` puts it into `docs/sizing.md`. Each line of the arithmetic is one `Line`: its formula, for people, stands
beside the function that is meant by it. The surprise: a benchmark's machine is two cores that sender, broker and worker
share, so its rates are what one worker did on less than one core of its own.
"""

import csv
import json
from collections.abc import Callable, Mapping
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parent
DAY_SECONDS, YEAR_DAYS = 86_400, 365
KIB, MIB, GIB, TIB = 2**10, 2**20, 2**30, 2**40
ONE_BY_ONE = {"input": 495, "event": 740, "state": 1494}
"""Bytes on disk of a record that is a batch by itself, zstd (docs/benchmarks.md, "What compression saves")."""
HALF = 0.5
"""How much of what was measured is planned with: the rest is for catching up, and for what benchmarks leave out."""
COPIES, LAG_DAYS = 3, 7
"""Replicas of each partition; days before states are compacted (their card)."""
ASSUMED = {"messages_a_day": "messages", "peak": "peak", "open_days": "open_days", "questions_a_second": "questions"}
"""Columns of the table, and what the arithmetic calls them."""
ABOUT = """How much a firm, a port and a nation need. Every figure comes from the results in `docs/benchmarks/`
([benchmarks](benchmarks.md)), of machines with two cores that sender, broker and worker share; half of each rate is
planned with. Put your own figures into `docs/sizing.csv`, then `make draw`.
"""
CAVEATS = """Read it so:

- **Memory decides how many trackers there are, not rate**: what is open lies in memory. More than there are
  partitions, 12 until the log is moved ([moving](moving.md)), are of no use; one more than the arithmetic says goes on
  when another restarts.
- **Disk is an upper bound**: it counts records that come one by one. In a backlog an input takes {batch_input:.0f}
  bytes and an event {batch_event:.0f}. All of it stays in Kafka until somebody purges it.
- **The store** can forget what is over ([purging](purging.md)): times days ÷ 365.
- **Answers** count as if each were asked for the first time; what is kept is had {kept_answers:,.0f} times a second.
  Two replicas at least, so that one may restart.
- Not in it: what the analyst keeps, notices, Prometheus, the log of who asked what.
- No nation was loaded: it is arithmetic from at most ten million declarations, five million messages, ten minutes.
"""
Values = dict[str, float]


class Line(NamedTuple):
    """One line of the arithmetic: its name, what it is, how it follows, and how it is shown."""

    name: str
    what: str
    formula: str
    of: Callable[[Values, Values], float]
    shown: Callable[[float], str]


def cases() -> list[dict[str, str]]:
    """The rows of `docs/sizing.csv`."""
    with (DOCS / "sizing.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures() -> Values:
    """What was measured, for one message or one worker."""
    packed, over, restore = (_read(name) for name in ("compression", "over", "restore"))
    rates, sizes, answers = _read("projector"), _read("store-size"), _read("answers")
    ours, arrivals = packed["contestants"]["ours_zstd"], packed["arrivals"]
    return {
        "inputs": packed["inputs"] / arrivals,
        "events": packed["events"] / arrivals,
        "numbers": packed["declarations"] / arrivals,
        "worker": ours["median"],
        "projector": rates["stores"]["postgresql"]["with_states"]["median"],
        "store_bytes": sizes["stores"]["postgresql"]["bytes"] / sizes["messages"],
        "empty_mib": over["empty"]["resident_mib"],
        "index_mib": over["mib_for_what_is_over"],
        "index_bytes": over["index_bytes_per_declaration"],
        "open_bytes": restore["resident_bytes_per_open_declaration"],
        "batch_input": ours["disk_bytes"]["declaration-inputs"] / packed["inputs"],
        "batch_event": ours["disk_bytes"]["declaration-events"] / packed["events"],
        "first_answers": answers["each_once"]["per_second"],
        "kept_answers": answers["answers"]["200"]["per_second"],
        "rebuilt": _read("rebuild")["messages_per_second_until_folded"],
        **ONE_BY_ONE,
    }


def computed(case: Mapping[str, str], measured: Values) -> Values:
    """Every line for a case, by name, with what it rests on."""
    values: Values = {name: float(case[column]) for column, name in ASSUMED.items()}
    for line in LINES:
        values[line.name] = line.of(values, measured)
    return values


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _size(value: float) -> str:
    unit, name = next((one for one in ((TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB")) if value >= one[0]), (KIB, "KiB"))
    return f"{_number(value / unit)} {name}"


def _percent(value: float) -> str:
    return f"{_number(100 * value)} %"


LINES = (
    Line("inputs_a_day", "inputs a day", "messages × {inputs:.2f}", lambda v, m: v["messages"] * m["inputs"], _number),
    Line("events_a_day", "events a day", "messages × {events:.2f}", lambda v, m: v["messages"] * m["events"], _number),
    Line(
        "numbers_a_day",
        "numbers a day: declarations and their aliases",
        "messages × {numbers:.2f}",
        lambda v, m: v["messages"] * m["numbers"],
        _number,
    ),
    Line(
        "peak_inputs",
        "inputs a second at the peak",
        "inputs a day ÷ 86,400 × peak",
        lambda v, _: v["inputs_a_day"] / DAY_SECONDS * v["peak"],
        _number,
    ),
    Line(
        "worker_load",
        "of one tracker, at the peak",
        "inputs a second ÷ {worker:,.0f}",
        lambda v, m: v["peak_inputs"] / m["worker"],
        _percent,
    ),
    Line(
        "open",
        "numbers that are open",
        "numbers a day × days open",
        lambda v, _: v["numbers_a_day"] * v["open_days"],
        _number,
    ),
    Line(
        "open_memory",
        "memory for them, of all trackers",
        "open × {open_bytes:,.0f} bytes",
        lambda v, m: v["open"] * m["open_bytes"],
        _size,
    ),
    Line(
        "trackers",
        "trackers",
        "the most of 1, load ÷ 50 %, memory ÷ 8 GiB; rounded up",
        lambda v, _: max(1, ceil(v["worker_load"] / HALF), ceil(v["open_memory"] / (8 * GIB))),
        _number,
    ),
    Line(
        "tracker_memory",
        "memory of each",
        "{empty_mib:.0f} + {index_mib:.0f} MiB + memory ÷ trackers",
        lambda v, m: (m["empty_mib"] + m["index_mib"]) * MIB + v["open_memory"] / v["trackers"],
        _size,
    ),
    Line(
        "index_disk",
        "disk of their indexes, after a year",
        "numbers a day × 365 × {index_bytes:.0f} bytes",
        lambda v, m: v["numbers_a_day"] * YEAR_DAYS * m["index_bytes"],
        _size,
    ),
    Line(
        "inputs_disk",
        "disk of inputs and events, a year, one copy",
        "365 × (inputs × {input:.0f} + events × {event:.0f} bytes)",
        lambda v, m: YEAR_DAYS * (v["inputs_a_day"] * m["input"] + v["events_a_day"] * m["event"]),
        _size,
    ),
    Line(
        "states_disk",
        "disk of states, a year, one copy",
        "(numbers × 365 + inputs × 7, not yet compacted) × {state:,.0f} bytes",
        lambda v, m: (v["numbers_a_day"] * YEAR_DAYS + v["inputs_a_day"] * LAG_DAYS) * m["state"],
        _size,
    ),
    Line(
        "kafka_disk",
        "disk of all brokers, a year",
        "(the two before) × 3 copies",
        lambda v, _: (v["inputs_disk"] + v["states_disk"]) * COPIES,
        _size,
    ),
    Line(
        "projector_load",
        "of the projector on PostgreSQL, at the peak",
        "events a day ÷ 86,400 × peak ÷ {projector:,.0f}",
        lambda v, m: v["events_a_day"] / DAY_SECONDS * v["peak"] / m["projector"],
        _percent,
    ),
    Line(
        "store_disk",
        "store, a year, on PostgreSQL",
        "messages × 365 × {store_bytes:,.0f} bytes",
        lambda v, m: v["messages"] * YEAR_DAYS * m["store_bytes"],
        _size,
    ),
    Line(
        "replicas",
        "API replicas",
        "questions a second ÷ ({first_answers:,.0f} × 50 %), rounded up",
        lambda v, m: max(1, ceil(v["questions"] / (m["first_answers"] * HALF))),
        _number,
    ),
    Line(
        "rebuild",
        "days to fold a year anew, by one tracker",
        "messages × 365 ÷ {rebuilt:,.0f} a second",
        lambda v, m: v["messages"] * YEAR_DAYS / m["rebuilt"] / DAY_SECONDS,
        _number,
    ),
)


def page() -> str:
    """What stands in `docs/sizing.md` behind its title."""
    measured, found = figures(), cases()
    values = [computed(case, measured) for case in found]
    names = [case["case"] for case in found]
    shown = [
        [line.what, line.formula.format_map(measured), *(line.shown(one[line.name]) for one in values)]
        for line in LINES
    ]
    assumed = [[case[name] for name in ("case", "who", *ASSUMED, "source")] for case in found]
    sections = (
        ABOUT,
        "## Assumed\n",
        _table(["case", "who", "messages a day", "peak", "days open", "questions a second", "source"], assumed),
        "`peak` is the busiest hour, divided by the mean.\n",
        "## The arithmetic\n",
        _table(["what", "how it follows", *names], shown),
        CAVEATS.format_map(measured),
    )
    return "\n".join(sections)


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)) + "\n"
