"""Tables of figures with their intervals, for a terminal of 80 columns."""

from collections.abc import Iterable

from rich.table import Table

from clearance.evaluation.scores import Estimate


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], title: str | None = None) -> Table:
    """The first column to the left, the others to the right."""
    found = Table(box=None, title=title, title_justify="left")
    for place, head in enumerate(heads):
        found.add_column(head, justify="right" if place else "left")
    for row in rows:
        found.add_row(*row)
    return found


def estimated(one: Estimate | None, per: float = 1, decimals: int = 3) -> str:
    """A value with its interval, if it has one."""
    if one is None:
        return "–"
    value, low, high = (f"{each / per:,.{decimals}f}" for each in (one.value, one.low, one.high))
    return value if low == high else f"{value} ({low}–{high})"
