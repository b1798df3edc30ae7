"""How anomalies of the API look in a terminal."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from clearance.cli.declaration_panel import SEVERITIES
from clearance.cli.options import plain
from clearance.client.models import Anomaly, Turn
from clearance.events.values.times import rfc3339


def show_list(console: Console, found: Iterable[Anomaly]) -> None:
    """Two lines for each, the declaration and what is wrong in the second: neither id is ever cut."""
    for one in found:
        limit = f"  limit {rfc3339(one.limit)}" if one.limit else ""
        assignee = f"  assigned to {plain(one.assignee)}" if one.assignee else ""
        severity = Text(one.severity.words, style=SEVERITIES.get(one.severity.code, ""))
        console.print(Text.assemble(one.id, "  ", severity, f"  {one.state.words}{limit}{assignee}"), soft_wrap=True)
        console.print(f"    {one.declaration}  {one.rule.code} {plain(one.text)}", soft_wrap=True)


def show_history(console: Console, one: Anomaly) -> None:
    """What is wrong, then what became of it."""
    console.print(f"{one.declaration}  {one.rule.code}  {one.severity.words}  {one.state.words}", soft_wrap=True)
    console.print(plain(one.text), soft_wrap=True)
    for turn in one.history:
        console.print(f"{rfc3339(turn.at)}  {turn.what.words}{_more(turn)}", soft_wrap=True)


def _more(turn: Turn) -> str:
    who = " ".join(filter(None, (turn.organisation, turn.by)))
    told = ((f"to {turn.assignee}" if turn.assignee else ""), (f"by {who}" if who else f"({turn.cause})"), turn.note)
    return "".join(f"  {plain(each)}" for each in told if each)
