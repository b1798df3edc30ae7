"""What `clearance evaluate --tuned-on` adds in a terminal: learned thresholds beside fixed ones, and chances."""

from collections.abc import Iterable

from rich.console import Console

from clearance.cli.figures_shown import estimated, table
from clearance.evaluation.chances import Reliability
from clearance.evaluation.comparison import Compared
from clearance.evaluation.held_out import TOLD, HeldOut

THRESHOLDS = ("rule", "thresholds", "tuned to", "precision", "recall", "delay, hours", "of the learned")
CHANCES = ("a release before the cut-off", "asked", "came", "Brier", "of the base rate", "skill")
DECILES = ("told between", "asked", "told", "came")


def show_held_out(console: Console, found: HeldOut) -> None:
    console.print(table(THRESHOLDS, map(_threshold, (*found.silences, *found.deployed))))
    console.print(table(CHANCES, map(_chance, found.cut_off)))
    for one in found.cut_off:
        if one.of == TOLD:
            console.print(table(DECILES, _deciles(one)))


def _threshold(one: Compared) -> tuple[str, ...]:
    shares = (estimated(one.precision), estimated(one.recall))
    return (one.rule, one.by, one.setting, *shares, estimated(one.delay_minutes, 60), estimated(one.times_earlier))


def _chance(one: Reliability) -> tuple[str, ...]:
    brier = (f"{one.brier:.4f}", f"{one.brier_of_base_rate:.4f}")
    return (one.of, f"{one.asked:,}", f"{one.base_rate:.3f}", *brier, estimated(one.skill))


def _deciles(of: Reliability) -> Iterable[tuple[str, ...]]:
    for tenth, one in enumerate(of.deciles):
        between = f"{tenth * 10}–{tenth * 10 + 10} %"
        yield (between, f"{one.asked:,}", f"{one.told:.3f}", f"{one.came:.3f}") if one else (between, "0", "–", "–")
