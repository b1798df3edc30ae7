"""`clearance recipients`: who is told of anomalies, where and when; and what could not be told."""

import json
import sys
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from clearance.cli import options
from clearance.cli.organisations import Database
from clearance.cli.wrong_use import as_wrong_use
from clearance.events.values.times import rfc3339
from clearance.settings import load
from clearance.settings.clock import utc_now

app = typer.Typer(help="Who is told of anomalies, where and when.", no_args_is_help=True)

ADD = """
Examples:

  clearance recipients add acme-desk --for acme --channel email --to desk@acme.example --severity high

  clearance recipients add acme-group --for acme --channel dingtalk --to-file token --secret-file secret \\
      --lang zh --quiet 22:00-07:00

  clearance recipients add night-shift --ops --channel email --to ops@example.com --digest 08:30 --zone Europe/London
"""
LIST = """
Examples:

  clearance recipients list --json
"""
REMOVE = """
Examples:

  clearance recipients remove acme-desk
"""
TEST = """
Examples:

  clearance recipients test acme-desk         sends a message now, and says what became of it
"""
UNDELIVERED = """
Examples:

  clearance recipients undelivered --for acme-desk
"""
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the recipient.", show_default=False)]


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time of a day: write it as 08:30") from error


@app.command("add", epilog=ADD)
def add(
    recipient: Id,
    channel: Annotated[str, typer.Option(help="email, wecom, dingtalk or feishu.")],
    organisation: Annotated[str, typer.Option("--for", metavar="ORGANISATION", help="Whose declarations.")] = "",
    ops: Annotated[bool, typer.Option("--ops", help="It is told of all declarations.")] = False,
    to: Annotated[str, typer.Option(help="The e-mail address.")] = "",
    to_file: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Holds a robot's token.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Holds what it signs with.")
    ] = None,
    language: options.Lang = "en",
    severity: Annotated[str, typer.Option(help="info, medium, high or critical: told from there on.")] = "medium",
    rule: Annotated[list[str] | None, typer.Option(help="Only of these rules; may be repeated.")] = None,
    digest: Annotated[str, typer.Option(metavar="HH:MM", help="One message a day, at that time.")] = "",
    quiet: Annotated[str, typer.Option(metavar="HH:MM-HH:MM", help="Nothing comes then; it comes after.")] = "",
    zone: Annotated[str, typer.Option(help="Whose clock these times are of.")] = "Asia/Shanghai",
    database_url: Database = None,
) -> None:
    """Add a recipient: it is told of what happens from now on."""
    from clearance.access import database, recipients

    begin, _, end = quiet.partition("-")
    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        given = {
            "id": recipient,
            "organisation": _owner(organisation, ops),
            "channel": channel,
            "address": to_file.read_text(encoding="utf-8").strip() if to_file else to,
            "secret": secret_file.read_text(encoding="utf-8").strip() if secret_file else "",
            "language": language,
            "severity": severity,
            "rules": tuple(rule or ()),
            "digest_at": _time(digest) if digest else None,
            "quiet_from": _time(begin) if quiet else None,
            "quiet_until": _time(end) if quiet else None,
            "zone": zone,
            "added_at": utc_now(),
        }
        recipients.add(engine, recipients.of(given))
    options.console().print(f"added: {recipient}; `clearance recipients test {recipient}` sends it a message")


def _owner(organisation: str, ops: bool) -> str:
    if bool(organisation) == ops:
        raise typer.BadParameter("say of whose declarations it is told: one of --for ORGANISATION, --ops")
    return organisation


@app.command("list", epilog=LIST)
def list_all(as_json: options.Json = False, database_url: Database = None) -> None:
    """List all recipients; of a robot's token the last four characters, of its secret nothing."""
    from clearance.access import database, recipients

    with database.opened(load(database_url=database_url)) as engine:
        found = [recipients.shown(one) for one in recipients.all_of(engine)]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        whose = f"--for {one['organisation']}" if one["organisation"] else "--ops"
        _print(f"{one['id']}  {whose}  {one['channel']}  {one['address']}", "; ".join(_how(one)))


def _how(one: dict[str, str]) -> Iterator[str]:
    """In which way a recipient is told, as far as it was said."""
    for name in ("severity", "rules", "language", "digest", "quiet", "zone"):
        if one[name]:
            yield f"{name} {one[name]}"


def _print(head: str, *below: str) -> None:
    """A paragraph, since a table of so many columns is none at 80 characters."""
    console = options.console()
    console.print(options.plain(head), soft_wrap=True)
    for line in below:
        console.print(Padding(Text(options.plain(line)), (0, 0, 0, 2)))


@app.command("remove", epilog=REMOVE)
def remove(recipient: Id, database_url: Database = None) -> None:
    """Tell a recipient nothing more, and forget what it was told."""
    from clearance.access import database, recipients

    with as_wrong_use("ID"), database.opened(load(database_url=database_url)) as engine:
        recipients.remove(engine, recipient)
    options.console().print(f"removed: {recipient}")


@app.command("test", epilog=TEST)
def try_out(recipient: Id, database_url: Database = None) -> None:
    """Send a recipient a message now, whatever the hour. Exit code 1 if it does not go out."""
    from contextlib import closing

    from clearance.access import database, recipients
    from clearance.notices.messages import trial
    from clearance.notices.posting import Posting

    settings = load(database_url=database_url)
    with as_wrong_use("ID"), database.opened(settings) as engine:
        one = recipients.the_one(engine, recipient)
    with closing(Posting(settings)) as posting:
        outcome = posting.send(one, trial(one), f"test-{utc_now().timestamp()}")
    options.console().print(outcome.reason or f"sent to {one.shown_address}", soft_wrap=True)
    sys.exit(0 if outcome.result == "sent" else 1)


@app.command("undelivered", epilog=UNDELIVERED)
def undelivered(
    recipient: Annotated[str, typer.Option("--for", metavar="ID", help="Only those of this recipient.")] = "",
    as_json: options.Json = False,
    database_url: Database = None,
) -> None:
    """List what recipients were not told, or may not have been, and why; the newest first, at most 1000."""
    from msgspec import to_builtins

    from clearance.access import database
    from clearance.notices import outbox

    with database.opened(load(database_url=database_url)) as engine:
        found = outbox.undelivered(engine, recipient)
    if as_json:
        typer.echo(json.dumps(to_builtins(found), ensure_ascii=False))
        return
    for one in found:
        at = rfc3339(one.noted_at.replace(microsecond=0))
        _print(f"{one.recipient}  {at}  {one.state}, attempts: {one.attempts}", one.matter, one.reason)
    if not found:
        options.console().print("none")
