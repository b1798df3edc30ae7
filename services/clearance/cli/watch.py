"""`clearance watch NUMBER`: follow one declaration, a line for each change, until Ctrl-C or its end."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clearance.cli import options
from clearance.cli.answer_changes import Change, changes
from clearance.cli.answer_panel import freshness, show_hits
from clearance.cli.api_client import SEVERAL, UNCHANGED, UNKNOWN, Api, ApiAnswer, ApiAway, ApiClient, one_line
from clearance.cli.ending import Ending
from clearance.cli.status import DeclarationNumber

EXAMPLES = """
Examples:

  clearance watch E20260004010000003                   until Ctrl-C

  clearance watch E20260004010000003 --until-closed && echo done
"""


def watch(
    number: DeclarationNumber,
    language: options.Lang = "en",
    until_closed: Annotated[bool, typer.Option("--until-closed", help="End when nothing more is to come.")] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two questions.")] = 2.0,
    api: Api = None,
) -> None:
    """Print what is known of a declaration, then each change as it comes. Before its first message it waits for that.

    Exit code 1 if several declarations carry the number; they are then listed. 2 if the API is away from the start.
    """
    ending = Ending()
    console = options.console()
    with one_line(), ApiClient(api, language) as asking, console.status("asking") as line:
        following = Following(asking, number, console, language)
        following.ask()
        while not (until_closed and following.closed):
            line.update(following.freshness)
            if ending.wait(every):
                return
            following.ask()


class Following:
    """One declaration and what was last known of it."""

    def __init__(self, asking: ApiClient, number: str, console: Console, language: options.Language) -> None:
        self.freshness = ""
        self._asking, self._number, self._console, self._language = asking, number, console, language
        self._held: ApiAnswer | None = None
        self._answered = False
        self._told = ""

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come."""
        return self._held is not None and not self._held.body["in_progress"]

    def ask(self) -> None:
        """Ask once, and print what is new. Raises `ApiAway` if the API was never there, `typer.Exit` for several."""
        try:
            answer = self._asking.declaration(self._number, self._held.etag if self._held else "")
        except ApiAway as error:
            if not self._answered:
                raise
            return self._tell(f"{error}; asking on")
        self._answered = True
        self.freshness = freshness(answer, self._language)
        if answer.status == SEVERAL:
            show_hits(self._console, answer.body)
            raise typer.Exit(1)
        if answer.status == UNKNOWN:
            return self._tell(f"{answer.body['detail']}; waiting")
        self._told = ""
        if answer.status != UNCHANGED:
            self._print(answer)
        return None

    def _print(self, answer: ApiAnswer) -> None:
        for change in changes(self._held, answer):
            self._say(change)
        if self.freshness:
            self._console.print(Text(self.freshness, style="dim"))
        self._held = answer

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
