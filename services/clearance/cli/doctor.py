"""`clearance doctor`: what is wrong with this installation, and what to do."""

from typing import Annotated, Literal

import msgspec
import typer

from clearance.cli import options
from clearance.cli.broker import Bootstrap
from clearance.settings import load

EXAMPLES = """
Examples:

  clearance doctor                           everything, with the settings of this environment

  clearance doctor tracker                   what a tracker needs, where a tracker runs

  clearance doctor --json | jq '.[] | select(.state != "ok")'
"""
Part = Literal["tracker", "analyst", "projector", "api", "notices"]


def doctor(
    part: Annotated[Part | None, typer.Argument(help="Only what this process needs.", show_default=False)] = None,
    bootstrap: Bootstrap = None,
    database_url: Annotated[str | None, typer.Option(metavar="URL", help="The store.")] = None,
    epoch: Annotated[int | None, typer.Option(min=0, help="Of which epoch; the current one if not given.")] = None,
    language: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Look at broker, topics, log, store, secrets and machine, and say what is wrong and what to do. Changes nothing.

    Exit code 0: nothing is wrong; 1: something is, or could not be looked at; notes do not count.
    """
    from clearance.cli.doctor_shown import as_data, show  # here, because it brings Kafka, SQLAlchemy and the fold
    from clearance.doctor.examining import examine
    from clearance.doctor.installation import Installation

    with Installation(load(kafka_bootstrap_servers=bootstrap, database_url=database_url), epoch) as here:
        results = examine(here, part or "")
        made = [*results] if as_json else show(options.console(), results, language)
    if as_json:
        data = msgspec.json.encode([as_data(one, language) for one in made])
        typer.echo(msgspec.json.format(data, indent=2).decode())
    if any(one.state in ("wrong", "unknown") for one in made):
        raise typer.Exit(1)
