"""`clearance status NUMBER`: where a declaration stands, asked of the running API."""

import json
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.answer_panel import show_answer, show_hits
from clearance.cli.api_client import SEVERAL, UNKNOWN, Api, ApiAnswer, ApiClient, one_line

EXAMPLES = """
Examples:

  clearance status E20260004010000003                  by any number that a message carried

  clearance status --lang zh cn:entry:290120260650000003   by its id

  clearance status E20260004010000003 --json | jq .status.code
"""
DeclarationNumber = Annotated[
    str, typer.Argument(help="Any number of the declaration: unified, customs, MRN, LRN, bill of lading, container.")
]


def status(
    number: DeclarationNumber, language: options.Lang = "en", as_json: options.Json = False, api: Api = None
) -> None:
    """Print where a declaration stands: status, timeline, what is wrong now, and how fresh that is.

    Exit code 1 if no declaration carries the number, or several do; they are then listed. 2 if the API is away.
    """
    with one_line(), ApiClient(api, language) as asking:
        answer = asking.declaration(number)
    if as_json:
        typer.echo(json.dumps(answer.body | {"timeline": answer.timeline}, ensure_ascii=False, indent=2))
    else:
        _show(answer, language)
    raise typer.Exit(1 if answer.status in (UNKNOWN, SEVERAL) else 0)


def _show(answer: ApiAnswer, language: options.Language) -> None:
    if answer.status == UNKNOWN:
        typer.echo(f"{answer.body['detail']}", err=True)
        typer.echo("`clearance ingest` brings files in; `clearance dlq list` shows what was refused", err=True)
    elif answer.status == SEVERAL:
        show_hits(options.console(), answer.body)
    else:
        show_answer(options.console(), answer, language)
