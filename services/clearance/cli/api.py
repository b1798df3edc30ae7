"""`clearance api`: its options."""

from typing import Annotated

import typer

from clearance.settings import load, logs

EXAMPLES = """
Examples:

  clearance api --bootstrap 127.0.0.1:9092 --database-url sqlite:///clearance.db

  clearance api --host 0.0.0.0 --port 80        for other machines too: `clearance keys issue` makes keys, and
                                                CLEARANCE_API_HOSTS names what they call it

  clearance api --no-authentication             everybody on this machine sees everything
"""


def api(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The store, as SQLAlchemy writes it.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on; 0 picks one.")] = None,
    authentication: Annotated[
        bool | None, typer.Option(help="Ask for keys; off only where it listens on loopback.", show_default="on")
    ] = None,
) -> None:
    """Answer where declarations stand, from the store, and put what users state into the log.

    `clearance projector` makes and fills the store. Ends with exit code 2 and one line if store, broker or port cannot
    be had.
    """
    settings = load(
        kafka_bootstrap_servers=bootstrap,
        database_url=database_url,
        api_host=host,
        api_port=port,
        api_authentication=authentication,
    )
    logs.configure(settings.log_format, "api")
    from clearance.api.server import serve_api  # here, because it brings FastAPI and SQLAlchemy, and help needs neither

    serve_api(settings)
