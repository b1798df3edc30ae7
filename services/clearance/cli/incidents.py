"""`clearance incidents`: what many share that are held up, told as one; asked of the running API."""

from itertools import islice
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from clearance.cli import options
from clearance.cli.answer_panel import show_freshness
from clearance.cli.options import plain
from clearance.client.models import Incident, IncidentInFull
from clearance.events.values.times import rfc3339

app = typer.Typer(help="What many share that are held up, told as one.", no_args_is_help=True)

LIST = """
Examples:

  clearance incidents list                                     those that are open, and those that closed

  clearance incidents list --state open --lang zh

  clearance incidents list --declaration E20260004010000003    of which it is or was a member
"""
SHOW = """
Examples:

  clearance incidents show 5c0a5f1e77aa04f1                    what is shared, what to do, and who is in it
"""

Id = Annotated[str, typer.Argument(help="The id of an incident, as `list` shows it.", show_default=False)]

OPENED = {"en": "opened {}", "zh": "发现于 {}"}
NONE = {"en": "none", "zh": "无"}


@app.command("list", epilog=LIST)
def list_(
    state: Annotated[str, typer.Option(help="`open` or `closed`; all if left out.")] = "",
    declaration: Annotated[str, typer.Option(help="With this declaration, by any of its numbers.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, help="At most so many.")] = 50,
    language: options.Lang = "en",
    as_json: options.Json = False,
    api: options.Api = None,
) -> None:
    """Incidents, those that opened last first. Exit code 2 if the API cannot answer."""
    from clearance.cli.api_access import one_line, opened

    asked: dict[str, Any] = {"state": state, "declaration": declaration}
    wanted = {name: value for name, value in asked.items() if value}
    with one_line(), opened(api, language) as client:
        found = [*islice(client.incidents(**wanted, limit=min(most, 500)), most)]
        listed = client.listed
    if as_json:
        for one in found:
            typer.echo(options.as_line(one))
    else:
        _show_list(options.console(), found, language)
        show_freshness(options.console(), listed, language)


@app.command("show", epilog=SHOW)
def show(incident: Id, language: options.Lang = "en", as_json: options.Json = False, api: options.Api = None) -> None:
    """One incident and those of its members that you see. Exit code 2 if it is unknown."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, language) as client:
        answer = client.incident(incident)
    one = answer.value
    if as_json:
        typer.echo(options.as_line(one))
        return
    console = options.console()
    _show_list(console, [one], language)
    for member in one.members:
        console.print(plain(member), soft_wrap=True)
    show_freshness(console, answer.freshness, language)


def _show_list(console: Console, found: list[Incident] | list[IncidentInFull], language: options.Language) -> None:
    """One paragraph for each, since a sentence needs the width. Its first line holds the id whole, to be copied."""
    for one in found:
        opened_at = OPENED[language].format(rfc3339(one.opened_at))
        console.print(f"{one.id}  {one.kind.words}  {one.state.words}  {opened_at}", soft_wrap=True)
        console.print(Padding(Text(plain(one.text)), (0, 0, 0, 2)))
    if not found:
        console.print(NONE[language])
