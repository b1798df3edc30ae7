"""`clearance status NUMBER`: where a declaration stands, asked of the running API."""

import json
from collections.abc import Mapping
from typing import Any

import typer

from clearance.cli import options
from clearance.cli.answer_panel import show_answer, show_hits
from clearance.cli.api_access import asked, one_line, opened
from clearance.client import SeveralDeclarations, Unknown

EXAMPLES = """
Examples:

  clearance status E20260004010000003                  by any number that a message carried

  clearance status --lang zh cn:entry:290120260650000003   by its id

  clearance status E20260004010000003 --json | jq .status.code
"""


def status(
    number: options.DeclarationNumber,
    language: options.Lang = "en",
    as_json: options.Json = False,
    api: options.Api = None,
) -> None:
    """Print where a declaration stands: status, timeline, what is wrong now, and how fresh that is.

    Exit code 1 if no declaration carries the number, or several do; they are then listed. 2 if the API is away.
    """
    with one_line(), opened(api, language) as client:
        try:
            answer = asked(client, number)
        except (Unknown, SeveralDeclarations) as error:
            _show_refusal(error, as_json)
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(_text(answer.body | {"timeline": answer.timeline}))
    else:
        show_answer(options.console(), answer, language)


def _show_refusal(error: Unknown | SeveralDeclarations, as_json: bool) -> None:
    if as_json:
        typer.echo(_text(error.problem))
    elif isinstance(error, SeveralDeclarations):
        show_hits(options.console(), error.problem)
    else:
        typer.echo(error.detail, err=True)
        typer.echo("`clearance ingest` brings files in; `clearance dlq list` shows what was refused", err=True)


def _text(shown: Mapping[str, Any]) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=2)
