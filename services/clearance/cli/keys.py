"""`clearance keys`: issued, listed, rolled, revoked. A key is printed once."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from clearance.cli import options
from clearance.cli.organisations import Database
from clearance.cli.wrong_use import as_wrong_use
from clearance.events.values.times import rfc3339
from clearance.settings import load
from clearance.settings.clock import utc_now

if TYPE_CHECKING:
    from clearance.access.keys import Issued
    from clearance.access.verdicts import Key

app = typer.Typer(help="Keys of the API: what they allow, to whom, and how long.", no_args_is_help=True)

ISSUE = """
Examples:

  clearance keys issue --for acme-exports --days 365       lets it ask for what it may see

  clearance keys issue --for acme-exports --scope read --scope command

  clearance keys issue --connection acme                   lets a connection bring messages that count as from customs

  clearance keys issue --ops --note 'night shift'          sees and may state everything
"""
LIST = """
Examples:

  clearance keys list                        all of them, those issued last first

  clearance keys list --for acme-exports
"""
ROLL = """
Examples:

  clearance keys roll 5f0c1b22a9d3 --overlap-hours 48      both work for two days

  clearance keys roll 5f0c1b22a9d3 --overlap-hours 0       the old one ends at once
"""
REVOKE = """
Examples:

  clearance keys revoke 5f0c1b22a9d3         it is refused everywhere within a second
"""
AUDIT = """
Examples:

  clearance keys audit                       who asked last for what, and how it was answered

  clearance keys audit --for acme-exports --limit 1000
"""
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the key, which is no secret.", show_default=False)]
For = Annotated[str, typer.Option("--for", metavar="ORGANISATION", help="The organisation that holds it.")]


@app.command("issue", epilog=ISSUE)
def issue(
    organisation: For = "",
    connection: Annotated[str, typer.Option(metavar="NAME", help="The trusted connection that holds it.")] = "",
    ops: Annotated[bool, typer.Option("--ops", help="Whoever runs clearance holds it.")] = False,
    scope: Annotated[
        list[str] | None, typer.Option(help="read, command or file, for an organisation; read if not given.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="It expires then; never if not given.")] = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    as_json: options.Json = False,
    database_url: Database = None,
) -> None:
    """Issue a key. It is printed now and never again: what is kept cannot be turned back into it."""
    from clearance.access import database, keys

    settings = load(database_url=database_url)
    secret = database.secret_of(settings)
    now = utc_now()
    with as_wrong_use(), database.opened(settings) as engine:
        wanted = _wanted(organisation=organisation, connection=connection, ops=ops, scope=scope or [], now=now)
        wanted = _with(wanted, None if days is None else now + timedelta(days=days), note)
        _tell(keys.issue(engine, secret, wanted), as_json)


@app.command("list", epilog=LIST)
def list_all(organisation: For = "", as_json: options.Json = False, database_url: Database = None) -> None:
    """List keys, without what is secret of them."""
    from clearance.access import database, keys

    with database.opened(load(database_url=database_url)) as engine:
        found = keys.all_of(engine)
    found = [one for one in found if not organisation or (one.holder, one.name) == ("organisation", organisation)]
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
        return
    table = options.table("id", "held by", "scopes", "state", "issued at", "expires at", "last used at", "note")
    for one in found:
        times = (one.issued_at, one.expires_at, one.last_used_at)
        holder = f"{one.holder} {one.name}".strip()
        table.add_row(
            one.id, holder, " ".join(one.scopes), one.state(utc_now()), *map(_time, times), options.plain(one.note)
        )
    options.console().print(table)


@app.command("roll", epilog=ROLL)
def roll(
    key: Id,
    overlap_hours: Annotated[float, typer.Option(min=0, max=8760, help="How long the old one works beside it.")] = 24,
    as_json: options.Json = False,
    database_url: Database = None,
) -> None:
    """Issue a key in place of another. It allows the same, for as long as the other did."""
    from clearance.access import database, keys

    settings = load(database_url=database_url)
    secret = database.secret_of(settings)
    with as_wrong_use(), database.opened(settings) as engine:
        _tell(keys.roll(engine, secret, key, timedelta(hours=overlap_hours), utc_now()), as_json)


@app.command("revoke", epilog=REVOKE)
def revoke(key: Id, database_url: Database = None) -> None:
    """Revoke a key."""
    from clearance.access import database, keys

    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        keys.revoke(engine, key, utc_now())
    options.console().print(f"revoked: {key}; every API refuses it within a second")


@app.command("audit", epilog=AUDIT)
def audit(
    organisation: For = "",
    declaration: Annotated[str, typer.Option(metavar="ID", help="Only what was asked about this declaration.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 100,
    as_json: options.Json = False,
    database_url: Database = None,
) -> None:
    """Show who read and who stated what."""
    from msgspec import to_builtins

    from clearance.access import audit, database

    with database.opened(load(database_url=database_url)) as engine:
        found = audit.entries(engine, organisation or None, declaration or None, limit)
    if as_json:
        typer.echo(json.dumps(to_builtins(found), ensure_ascii=False))
        return
    table = options.table("key", "at", "held by", "asked", "status", "declaration")
    for one in found:
        table.add_row(
            one.key,
            _time(one.at),
            one.name or "operator",
            f"{one.method} {one.route}",
            str(one.status),
            one.declaration,
        )
    options.console().print(table)


def _wanted(organisation: str, connection: str, ops: bool, scope: list[str], now: datetime) -> "Key":
    from clearance.access.errors import AccessRefused
    from clearance.access.verdicts import Key

    if [bool(organisation), bool(connection), ops].count(True) != 1:
        raise AccessRefused("say who holds it: one of --for ORGANISATION, --connection NAME, --ops")
    if organisation:
        return Key("", "organisation", organisation, tuple(dict.fromkeys(scope)) or ("read",), now)
    if connection:
        return Key("", "connection", connection, tuple(scope) or ("ingest",), now)
    return Key("", "operator", "", tuple(scope) or ("ops",), now)


def _with(wanted: "Key", expires_at: datetime | None, note: str) -> "Key":
    from msgspec import structs

    return structs.replace(wanted, expires_at=expires_at, note=note)


def _tell(issued: "Issued", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"key": issued.secret, **_as_json(issued.key)}, ensure_ascii=False))
        return
    console = options.console()
    console.print(issued.secret, soft_wrap=True)
    console.print(f"its id is {issued.key.id}; keep the key now, it is not told again", soft_wrap=True)


def _as_json(one: "Key") -> dict[str, object]:
    from msgspec import to_builtins

    told: dict[str, object] = to_builtins(one)
    return told | {"state": one.state(utc_now())}


def _time(at: datetime | None) -> str:
    return "–" if at is None else rfc3339(at.replace(microsecond=0))
