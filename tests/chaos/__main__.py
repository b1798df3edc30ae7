"""`make chaos RUNS=20 SEED=1`: runs one after the other, each with a seed of its own, and what came of them.

Ends with exit code 1 if anything is red, and says how to repeat it; with 2 if nothing is, but some run could not be
judged. The same seed gives the same load and the same faults in the same order; what is in flight at that moment is the
machine's.
"""

import argparse
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .incidents import Counted
from .outcome import Outcome
from .processes import ROOT
from .run import FAULTS, run

RED, NOT_JUDGED = 1, 2


def main() -> int:
    asked = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--seed", type=int, default=1, help="of the first run; each further one has the next")
    asked.add_argument("--results", type=Path, help="one line of JSON a run")
    given = asked.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console = Console()
    results = given.results or ROOT / "docs" / "chaos" / f"seed-{given.seed}.jsonl"
    outcomes = _runs(range(given.seed, given.seed + given.runs), results, console)
    console.print(_table(outcomes), _totals(outcomes))
    red = [one for one in outcomes if one.red]
    for one in red:
        console.print(
            f"[red]seed {one.seed}[/]: repeat it with `make chaos RUNS=1 SEED={one.seed}`", *one.red, sep="\n"
        )
    for one in outcomes:
        if one.not_judged:
            console.print(f"[yellow]seed {one.seed}[/] was not judged: {one.not_judged}")
    return RED if red else NOT_JUDGED if any(one.not_judged for one in outcomes) else 0


def _runs(seeds: Sequence[int], results: Path, console: Console) -> list[Outcome]:
    outcomes, commit = [], _commit()
    results.parent.mkdir(parents=True, exist_ok=True)
    with Progress(console=console) as progress, results.open("wb") as lines:
        task = progress.add_task("", total=len(seeds) * sum(FAULTS.values()))
        for number, seed in enumerate(seeds, 1):
            progress.update(task, description=f"run {number} of {len(seeds)}, seed {seed}")
            folder = Path(mkdtemp(prefix=f"clearance-chaos-{seed}-"))
            outcome = run(seed, folder, done=lambda _: progress.advance(task))
            lines.write(msgspec.json.encode({**msgspec.to_builtins(outcome), "commit": commit}) + b"\n")
            lines.flush()
            outcomes.append(outcome)
            if outcome.red:
                console.print(f"[red]seed {seed} is red[/]; what the processes said is in {folder}")
            else:
                rmtree(folder)
    return outcomes


def _table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(title="Runs")
    for head in ("seed", "s", "kills", "in flight", "inputs", "events", "copies", "incidents", "red"):
        table.add_column(head, justify="right")
    for one in outcomes:
        numbers = (
            one.faults.get("kill", 0),
            one.kills_in_flight,
            sum(one.inputs.values()),
            one.events,
            one.copies,
            one.incidents.opened,
            one.notices,
        )
        red = "not judged" if one.not_judged else str(len(one.red))
        table.add_row(str(one.seed), f"{one.seconds:.0f}", *map(str, numbers), red)
    return table


def _totals(outcomes: Sequence[Outcome]) -> Table:
    table = Table(title="All runs")
    table.add_column("what")
    table.add_column("times", justify="right")
    total = sum((Counter(one.faults) for one in outcomes), Counter[str]())
    for name in FAULTS:
        table.add_row(name, str(total[name]))
    in_flight = sum(one.kills_in_flight for one in outcomes)
    for what in Counted._fields:
        table.add_row(f"incidents {what}", str(sum(getattr(one.incidents, what) for one in outcomes)))
    table.add_row("kills in flight", f"{in_flight / max(1, total['kill']):.0%}", end_section=True)
    for name in ("lost", "wrong", "gaps", "unasked", "unexplained"):
        table.add_row(name, str(sum(getattr(one, name) for one in outcomes)))
    return table


def _commit() -> str:
    """What was tested; with a plus if more than that."""
    said = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
        for command in (("git", "rev-parse", "--short", "HEAD"), ("git", "status", "--porcelain"))
    ]
    return said[0] + ("+" if said[1] else "")


if __name__ == "__main__":
    sys.exit(main())
