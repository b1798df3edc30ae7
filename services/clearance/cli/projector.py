"""`clearance projector`: the projector as a command."""

from typing import Annotated

import structlog
import typer

from clearance.cli.bug import bugs_end_it
from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.errors import BrokerError
from clearance.projector.patience import Away
from clearance.settings import InvalidSetting, load, logs
from clearance.store.errors import StoreError

EXAMPLES = """
Examples:

  clearance projector --bootstrap 127.0.0.1:9092                       into clearance.db of this folder

  clearance projector --database-url postgresql://clearance@db/clearance

  clearance projector --rebuild                                        make the store anew from the log
"""
STAYED_AWAY = 1
log = structlog.get_logger()


def projector(
    database_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The store: `sqlite:///file.db` or `postgresql://…`.")
    ] = None,
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes the projector.")] = None,
    epoch: Annotated[int | None, typer.Option(min=0, help="Whose topics it applies, to a store of their own.")] = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Empty the store first, and read the log anew.")] = False,
) -> None:
    """Bring the store up to date with the log, and keep it so: what the API answers from. One projector writes to
    a store; a second one waits, and takes over when that ends.

    A store that was made from another cluster or other topics is rebuilt. Ends with exit code 1 if store or broker stay
    away for half a minute, so that a supervisor starts it again; with 2 where that would not help.
    """
    import uvloop

    from clearance.projector.run import project  # here, because it brings Kafka and SQLAlchemy, and help needs neither

    settings = load(
        database_url=database_url,
        kafka_bootstrap_servers=bootstrap,
        projector_metrics_port=metrics_port,
        epoch=epoch,
    )
    logs.configure(settings.log_format, "projector")
    with bugs_end_it(InvalidSetting, StoreError, BrokerError, NewerVersion):
        try:
            uvloop.run(project(settings, rebuild=rebuild))
        except Away as error:
            log.error("stopped", reason=str(error))
            raise typer.Exit(STAYED_AWAY) from error
