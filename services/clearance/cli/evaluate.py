"""`clearance evaluate`: how good the rules are in a simulated field, whose truth is known."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clearance.cli import options
from clearance.cli.figures_shown import estimated, table
from clearance.cli.held_out_shown import show_held_out
from clearance.evaluation.held_out import SeedsInBoth, held_out
from clearance.evaluation.incidents import IncidentScore
from clearance.evaluation.kept import KeptElsewhere
from clearance.evaluation.scores import Estimate, Score
from clearance.evaluation.seeds import Evaluation, Wish
from clearance.evaluation.seeds import evaluate as evaluated
from clearance.settings.garbage import collect_seldom
from clearance.simulator.identities import SEEDS
from clearance.simulator.world import WorldName

EXAMPLES = """
Examples:

  clearance evaluate --seeds 1-5                        rules as they ship, on seeds to tune on

  clearance evaluate --seeds 1-5 --durations own.csv    with thresholds of your own

  clearance evaluate --seeds 101-120 --declarations 50000 --json > table.json   what is reported; hours

  clearance evaluate --seeds 101-105 --keep reported --tuned-on tuned   learned thresholds beside fixed ones
"""
LABELS = ("rule", "labelled", "precision", "recall")
TROUBLES = ("rule", "troubles", "alarms", "precision", "recall", "delay, minutes")


def _seeds(text: str) -> tuple[int, ...]:
    """`101-105` or `3`. Raises `typer.BadParameter`."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise typer.BadParameter(f"{text!r}: write 101-105, or one number")
    if not (SEEDS[0] <= int(first) <= int(last or first) <= SEEDS[-1]):
        raise typer.BadParameter(f"{text!r}: seeds go from {SEEDS[0]} up to {SEEDS[-1]}")
    return tuple(range(int(first), int(last or first) + 1))


def evaluate(
    seeds: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Tune on 1-20, report on 101-120 (decision 57).")
    ] = "1-5",
    declarations: Annotated[int, typer.Option(min=1, help="Of each seed, filed within a month.")] = 5000,
    world: Annotated[WorldName, typer.Option(help="As of `clearance simulate`.")] = "field",
    durations: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Thresholds of your own, over those that ship.")
    ] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="At a time; one for each processor if left out.")] = None,
    keep: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Keep each seed here as it is done, and go on with those that are missing."),
    ] = None,
    tuned_on: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="A folder of other seeds that --keep has kept: learn and tune on them, and hold learned thresholds "
            "against fixed ones, and chances of a release against what came, on all seeds of --keep.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Simulate seeds, fold what they tell, and hold what was raised against what is true.

    Against the labels, which say what these durations must find, a rule is exact. Against the troubles, which say what
    is truly wrong, it is as good as its durations fit; the delay counts from when a trouble could be known.
    """
    if tuned_on is not None and keep is None:
        raise typer.BadParameter("thresholds are compared on seeds that are kept: name --keep too", param_hint="--keep")
    wish = Wish(seeds=_seeds(seeds), declarations=declarations, world=world, durations=durations, keep=keep)
    try:
        result = _with_progress(wish if processes is None else msgspec.structs.replace(wish, processes=processes))
        beside = held_out(tuned_on, keep) if tuned_on is not None and keep is not None else None
    except (KeptElsewhere, SeedsInBoth) as error:
        raise typer.BadParameter(str(error), param_hint="--keep") from error
    if as_json:
        told = {**msgspec.to_builtins(result), "held_out": msgspec.to_builtins(beside)}
        typer.echo(msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=2).decode())
        return
    _show(result)
    if beside is not None:
        show_held_out(options.console(), beside)


def _with_progress(wish: Wish) -> Evaluation:
    collect_seldom()
    bars = (TextColumn("evaluating"), BarColumn(), MofNCompleteColumn(), TextColumn("seeds"), TimeElapsedColumn())
    with Progress(*bars, console=options.console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(wish.seeds))
        return evaluated(wish, lambda done: progress.update(task, completed=done))


def _show(result: Evaluation) -> None:
    console = options.console()
    labels = [(one.rule, f"{one.labelled:,}", *_both(one.label_precision, one.label_recall, 3)) for one in result.rules]
    console.print(table(LABELS, labels, "Against the labels"))
    troubles = [_against_troubles(one) for one in result.rules if one.precision or one.recall]
    console.print(table(TROUBLES, troubles, "Against the troubles (95 % intervals by bootstrap over days)"))
    held = sum(bool(one.members) for one in result.outages)
    console.print(f"{len(result.outages)} outages, of which {held} befell somebody")
    console.print(_incidents(result.incident_score))
    for kind, count in sorted(result.unspoken.items()):
        console.print(f"{count:,} {kind}: no rule speaks of it")


def _both(precision: Estimate | None, recall: Estimate | None, decimals: int) -> tuple[str, str]:
    return estimated(precision, decimals=decimals), estimated(recall, decimals=decimals)


def _against_troubles(score: Score) -> tuple[str, ...]:
    delay = estimated(score.delay_minutes, decimals=0)
    return score.rule, f"{score.troubles:,}", f"{score.alarms:,}", *_both(score.precision, score.recall, 2), delay


def _incidents(score: IncidentScore) -> str:
    delay = score.delay_minutes
    after = f", {delay.value:,.0f} minutes after the fifth was due" if delay else ""
    return (
        f"{score.incidents} incidents, precision {estimated(score.precision)}, named exactly {estimated(score.exact)}; "
        f"{score.outages} outages that can be found, recall {estimated(score.recall)}{after}"
    )
