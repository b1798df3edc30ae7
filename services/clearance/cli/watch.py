"""`clearance watch NUMBER`: follow one declaration, a line for each change, until Ctrl-C or its end."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clearance.cli import options
from clearance.cli.answer_changes import Change, changes
from clearance.cli.answer_panel import freshness, show_hits
from clearance.cli.api_access import Shown, asked, one_line, opened, said
from clearance.cli.ending import Ending
from clearance.client import ClearanceError, Client, SeveralDeclarations, Unknown

EXAMPLES = """
Examples:

  clearance watch E20260004010000003                   until Ctrl-C

  clearance watch E20260004010000003 --until-closed && echo done
"""


def watch(
    number: options.DeclarationNumber,
    language: options.Lang = "en",
    until_closed: Annotated[bool, typer.Option("--until-closed", help="End when nothing more is to come.")] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two questions.")] = 2.0,
    api: options.Api = None,
) -> None:
    """Print what is known of a declaration, then each change as it comes. Before its first message it waits for that.

    Exit code 1 if several declarations carry the number; they are then listed. 2 if the API is away from the start.
    """
    ending = Ending()
    console = options.console()
    with one_line(), opened(api, language) as client, console.status("asking") as line:
        following = Following(client, number, console, language)
        following.ask()
        while not (until_closed and following.closed):
            line.update(following.freshness)
            if ending.wait(every):
                return
            following.ask()


class Following:
    """One declaration and what was last known of it."""

    def __init__(self, client: Client, number: str, console: Console, language: options.Language) -> None:
        self.freshness = ""
        self._client, self._number, self._console, self._language = client, number, console, language
        self._held: Shown | None = None
        self._answered = False
        self._told = ""

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come."""
        return self._held is not None and not self._held.body["in_progress"]

    def ask(self) -> None:
        """Ask once, print what is new. Raises `ClearanceError` if the API was never there, `typer.Exit` for several."""
        try:
            answer = asked(self._client, self._number, self._held)
        except Unknown as error:
            self._answered = True
            return self._tell(f"{error.detail}; waiting")
        except SeveralDeclarations as error:
            show_hits(self._console, error.problem)
            raise typer.Exit(1) from None
        except ClearanceError as error:
            if not self._answered:
                raise
            return self._tell(f"{said(error)}; asking on")
        self._answered, self._told = True, ""
        self.freshness = freshness(answer.freshness, self._language)
        return self._print(answer)

    def _print(self, answer: Shown) -> None:
        before, self._held = self._held, answer
        if before is not None and before.etag == answer.etag:
            return
        for change in changes(before, answer):
            self._say(change)
        if self.freshness:
            self._console.print(Text(self.freshness, style="dim"))

    def _say(self, change: Change) -> None:
        """In a terminal wrapped between words, beside what it is about; for programs one line each."""
        if not self._console.is_terminal:
            return self._console.print(f"{change.what:8}{change.text}", soft_wrap=True)
        grid = Table.grid()
        grid.add_column(width=8)
        grid.add_column(overflow="fold")
        grid.add_row(change.what, Text(change.text, change.style))
        return self._console.print(grid)

    def _tell(self, notice: str) -> None:
        """Once until something else is to be said."""
        if notice != self._told:
            self._console.print(options.plain(notice), soft_wrap=True)
            self._told = notice
