"""`clearance organisations`: who may be given keys, and what names them in messages."""

import json
from typing import Annotated

import typer

from clearance.cli import options
from clearance.cli.wrong_use import as_wrong_use
from clearance.events.values.times import rfc3339
from clearance.settings import load

app = typer.Typer(help="Organisations that may ask: their names and identifiers.", no_args_is_help=True)

ADD = """
Examples:

  clearance organisations add acme-exports 'Acme Exports Ltd' --identifier uscc:91350100M000100Y43
"""
LIST = """
Examples:

  clearance organisations list             all of them

  clearance organisations list --json      for other programs
"""
SHOW = """
Examples:

  clearance organisations show acme-exports
"""
IDENTIFY = """
Examples:

  clearance organisations identify acme-exports eori:GB123456789000

  clearance organisations identify acme-exports connection:acme      what comes through its own connection
"""
UNIDENTIFY = """
Examples:

  clearance organisations unidentify acme-exports eori:GB123456789000
"""
SET_QUOTA = """
Examples:

  clearance organisations set-quota acme-exports 60000       requests a minute, of each API process

  clearance organisations set-quota acme-exports default     what CLEARANCE_API_QUOTA says
"""
GRANT = """
Examples:

  clearance organisations grant acme-exports 26GBSYN00000000069        CLEARANCE_API_KEY_FILE holds a key with scope ops
"""
WITHDRAW_GRANT = """
Examples:

  clearance organisations withdraw-grant acme-exports 26GBSYN00000000069
"""
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of the organisation.", show_default=False)]
Identifier = Annotated[
    str, typer.Argument(metavar="KIND:VALUE", help="uscc, customs, eori or connection.", show_default=False)
]
Database = Annotated[str | None, typer.Option("--database-url", help="The store, beside which access is kept.")]


@app.command("add", epilog=ADD)
def add(
    organisation: Id,
    name: Annotated[str, typer.Argument(help="What it is called.", show_default=False)],
    identifier: Annotated[
        list[str] | None, typer.Option(metavar="KIND:VALUE", help="What messages name it by; may be repeated.")
    ] = None,
    database_url: Database = None,
) -> None:
    """Add an organisation. It sees nothing before a key is issued to it."""
    from clearance.access import database, identifiers, organisations
    from clearance.settings.clock import utc_now

    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        checked = [":".join(identifiers.checked_identifier(one)) for one in identifier or ()]
        organisations.add(engine, organisation, name, utc_now())
        for one in checked:
            organisations.identify(engine, organisation, one)
    options.console().print(f"added: {organisation}; `clearance keys issue --for {organisation}` makes it a key")


@app.command("list", epilog=LIST)
def list_all(as_json: options.Json = False, database_url: Database = None) -> None:
    """List all organisations with their identifiers."""
    from clearance.access import database, organisations

    with database.opened(load(database_url=database_url)) as engine:
        found = organisations.all_of(engine)
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
        return
    table = options.table("id", "name", "identifiers", "quota", "added at")
    for one in found:
        quota = "default" if one.quota is None else str(one.quota)
        added_at = rfc3339(one.added_at.replace(microsecond=0))
        table.add_row(one.id, options.plain(one.name), "\n".join(one.identifiers), quota, added_at)
    options.console().print(table)


@app.command("show", epilog=SHOW)
def show(organisation: Id, as_json: options.Json = False, database_url: Database = None) -> None:
    """Show one organisation."""
    from clearance.access import database, organisations

    with as_wrong_use("ID"), database.opened(load(database_url=database_url)) as engine:
        one = organisations.the_one(engine, organisation)
    if as_json:
        typer.echo(json.dumps(_as_json(one), ensure_ascii=False))
        return
    for name, value in _as_json(one).items():
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        options.console().print(f"{name:<12}  {options.plain(shown)}", soft_wrap=True)


@app.command("identify", epilog=IDENTIFY)
def identify(organisation: Id, identifier: Identifier, database_url: Database = None) -> None:
    """Let an identifier name an organisation: it sees the declarations that name it so."""
    from clearance.access import database, organisations

    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        told = organisations.identify(engine, organisation, identifier)
    options.console().print(f"{told} names {organisation}")


@app.command("unidentify", epilog=UNIDENTIFY)
def unidentify(organisation: Id, identifier: Identifier, database_url: Database = None) -> None:
    """Let an identifier name an organisation no more."""
    from clearance.access import database, organisations

    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        organisations.unidentify(engine, organisation, identifier)
    options.console().print(f"{identifier} names {organisation} no more")


@app.command("set-quota", epilog=SET_QUOTA)
def set_quota(
    organisation: Id,
    requests: Annotated[str, typer.Argument(help="Requests a minute, or `default`.", show_default=False)],
    database_url: Database = None,
) -> None:
    """Let an organisation ask more, or less, than others may."""
    from clearance.access import database, organisations

    if not requests.isdecimal() and requests != "default":
        raise typer.BadParameter("it is a number of requests a minute, or `default`", param_hint="REQUESTS")
    with as_wrong_use(), database.opened(load(database_url=database_url)) as engine:
        organisations.set_quota(engine, organisation, None if requests == "default" else int(requests))
    options.console().print(f"{organisation}: {requests} requests a minute; it holds within a second")


@app.command("grant", epilog=GRANT)
def grant(organisation: Id, number: options.DeclarationNumber, api: options.Api = None) -> None:
    """Let an organisation see a declaration whose messages do not name it; asks the API. Exit code 2 if it refuses."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, "en") as client:
        told = client.grant(number, organisation).value
    options.console().print(f"{organisation} sees {number}: {told.outcome.words}", soft_wrap=True)


@app.command("withdraw-grant", epilog=WITHDRAW_GRANT)
def withdraw_grant(organisation: Id, number: options.DeclarationNumber, api: options.Api = None) -> None:
    """Withdraw a grant; messages and connections go on showing what they show. Exit code 2 if the API refuses."""
    from clearance.cli.api_access import one_line, opened

    with one_line(), opened(api, "en") as client:
        told = client.withdraw_grant(number, organisation).value
    options.console().print(f"{organisation} has no grant of {number}: {told.outcome.words}", soft_wrap=True)


def _as_json(one: object) -> dict[str, object]:
    from msgspec import to_builtins

    told: dict[str, object] = to_builtins(one, builtin_types=(tuple,))
    return told
