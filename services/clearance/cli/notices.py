"""`clearance notices`: the process that tells people of anomalies."""

from typing import Annotated

import typer

from clearance.cli.bug import bugs_end_it
from clearance.events.log.upcasting import NewerVersion
from clearance.kafka.errors import BrokerError
from clearance.settings import InvalidSetting, load, logs
from clearance.store.errors import StoreError

EXAMPLES = """
Examples:

  clearance notices --bootstrap 127.0.0.1:9092       tells those whom `clearance recipients add` has added
"""


def notices(
    bootstrap: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The store, as SQLAlchemy writes it.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Where Prometheus scrapes it.")] = None,
) -> None:
    """Tell recipients of anomalies, by mail or in groups, once each and never of what was loaded as history.

    Ends with exit code 2 and one line if store, broker or port cannot be had.
    """
    from clearance.notices.process import notify  # here, because it brings SQLAlchemy, and help does not need it

    settings = load(kafka_bootstrap_servers=bootstrap, database_url=database_url, notices_metrics_port=metrics_port)
    logs.configure(settings.log_format, "notices")
    with bugs_end_it(InvalidSetting, StoreError, BrokerError, NewerVersion):
        notify(settings)
