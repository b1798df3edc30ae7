"""`clearance watch NUMBER`: follow one declaration, a line for each change, until Ctrl-C or its end."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from clearance.cli import options
from clearance.cli.answer_changes import Change, changes
from clearance.cli.answer_panel import freshness, show_hits
from clearance.cli.api_access import Shown, one_line, opened_to_wait, said, shown
from clearance.client import AsyncClient, ClearanceError, SeveralDeclarations, Unknown

EXAMPLES = """
Examples:

  clearance watch E20260004010000003                   until Ctrl-C

  clearance watch E20260004010000003 --until-closed && echo done
"""

WAIT_SECONDS = 10
"""How long the API may wait with its answer; then the line at the bottom says anew how old it is."""
AGAIN_SECONDS = 1.0
"""Between two questions, while nothing is known or the API is away."""


class Shows(NamedTuple):
    """Where it is printed; `line` stands at the bottom of a terminal."""

    console: Console
    line: Status


def watch(
    number: options.DeclarationNumber,
    language: options.Lang = "en",
    until_closed: Annotated[bool, typer.Option("--until-closed", help="End when nothing more is to come.")] = False,
    api: options.Api = None,
) -> None:
    """Print what is known of a declaration, then each change as it comes. Before its first message it waits for that.

    Exit code 1 if several declarations carry the number; they are then listed. 2 if the API is away from the start.
    """
    console = options.console()
    with one_line(), console.status("asking") as line, suppress(asyncio.CancelledError):
        asyncio.run(_until_signal(_followed(api, number, language, until_closed, Shows(console, line))))


async def _until_signal(work: Coroutine[None, None, None]) -> None:
    """A signal ends it at once, also a question that waits."""
    task = asyncio.create_task(work)
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, task.cancel)
    await task


async def _followed(api: str | None, number: str, language: options.Language, until_closed: bool, shows: Shows) -> None:
    async with opened_to_wait(api, language) as client:
        following = Following(client, number, shows.console, language)
        while not (until_closed and following.closed):
            await asyncio.sleep(await following.ask())
            shows.line.update(following.freshness)


class Following:
    """One declaration and what was last known of it."""

    def __init__(self, client: AsyncClient, number: str, console: Console, language: options.Language) -> None:
        self.freshness = ""
        self._client, self._number, self._console, self._language = client, number, console, language
        self._held: Shown | None = None
        self._answered = False
        self._told = ""

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come."""
        return self._held is not None and not self._held.body["in_progress"]

    async def ask(self) -> float:
        """Ask, print what is new, and after how long to ask again [s]: what is known is waited for by the API. Raises
        `ClearanceError` if the API was never there, `typer.Exit` for several."""
        try:
            answer = await self._asked()
        except Unknown as error:
            self._answered = True
            self._tell(f"{error.detail}; waiting")
            return AGAIN_SECONDS
        except SeveralDeclarations as error:
            show_hits(self._console, error.problem)
            raise typer.Exit(1) from None
        except ClearanceError as error:
            if not self._answered:
                raise
            self._tell(f"{said(error)}; asking on")
            return AGAIN_SECONDS
        self._answered, self._told = True, ""
        self.freshness = freshness(answer.freshness, self._language)
        self._print(answer)
        return 0.0

    async def _asked(self) -> Shown:
        """Where it stands; if that is what is held, after a while."""
        answer = await self._client.declaration(self._number, wait_seconds=WAIT_SECONDS if self._held else 0)
        if self._held is not None and self._held.etag == answer.etag:
            return self._held._replace(freshness=answer.freshness)
        return shown(answer, await self._client.timeline(answer.value.id))

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
