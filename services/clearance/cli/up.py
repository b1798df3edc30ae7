"""`clearance up`: the whole product on this machine, with a simulated single window, in one terminal."""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clearance.cli import options
from clearance.cli.child_processes import ChildFailed, ChildProcesses, nothing
from clearance.cli.ending import Ending
from clearance.cli.live_line import LiveLine
from clearance.client import ONCE, ClearanceError, Client
from clearance.contracts import topics
from clearance.devbroker.embedded import EmbeddedBroker
from clearance.devbroker.keeping import Keeper
from clearance.events.values.times import rfc3339
from clearance.kafka.ready import require_topics
from clearance.kafka.security import UNSECURED
from clearance.kafka.topics import ensure
from clearance.settings import PREFIX, InvalidSetting, Settings, load
from clearance.simulator.process import any_seed, begins

EXAMPLES = """
Examples:

  clearance up                                     everything, on an embedded broker that keeps messages in memory

  clearance up --bootstrap 127.0.0.1:9092          on a broker of your own, as `make kafka` starts one

  clearance up --seed 7 --speed 3600               the same stories each time, an hour of them a second

  clearance up --no-simulator                      wait for messages of your own: `clearance ingest` brings them
"""
LOOK_SECONDS = 1.0
SESSION_SECONDS = 6.0
"""Of a stage on an embedded broker, which lets the next process in after two sessions of the one that was killed."""
QUIET_SECONDS = 10.0
"""How often a line is printed where the output is no terminal."""


def up(
    bootstrap: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="The Kafka broker; without it an embedded one is started.")
    ] = None,
    database_url: Annotated[str | None, typer.Option(help="The store, as SQLAlchemy writes it.")] = None,
    port: Annotated[int | None, typer.Option(help="The port of the API.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the simulated stories; another one each time if not given.")
    ] = None,
    speed: Annotated[float | None, typer.Option(help="Simulated seconds in one second.")] = None,
    simulator: Annotated[bool, typer.Option(help="Simulate a single window.")] = True,
) -> None:
    """Run everything on this machine: broker, simulated single window, tracker, analyst, projector, API; until Ctrl-C.

    It listens on loopback only, and authentication is off.
    """
    settings = load(
        kafka_bootstrap_servers=bootstrap, database_url=database_url, api_port=port, api_authentication=False, epoch=0
    )
    _check_ports(settings, simulator)
    console = options.console()
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        settings, broker, keeper = _with_broker(settings, folder, stack, database_url is not None)
        console.print("starting …")
        children = ChildProcesses(folder, _environment(settings), keeper.settle if keeper else nothing)
        stack.callback(children.stop)
        children.start("projector", "projector")
        children.start("tracker", "tracker")
        children.start("analyst", "analyst", needed=False)
        children.start("api", "api")
        if simulator:
            children.start("simulator", "simulate", *_simulation(seed, speed))
        _watch(console, settings, children, broker, keeper)


def _simulation(seed: int | None, speed: float | None) -> list[str]:
    """Its options: all that is left to chance is chosen here, so that it goes on after a failure."""
    chosen = ["--seed", str(any_seed() if seed is None else seed), "--from", rfc3339(begins())]
    return chosen if speed is None else [*chosen, "--speed", f"{speed:g}"]


def _with_broker(
    settings: Settings, folder: Path, stack: ExitStack, store_given: bool
) -> tuple[Settings, str, Keeper | None]:
    """The settings with a broker and its topics, and a word on it; an embedded one brings a store and a keeper."""
    if settings.kafka_bootstrap_servers:
        broker, replicas = settings.kafka_bootstrap_servers, settings.kafka_replication_factor
        ensure(broker, topics(), replication_factor=replicas, create=True)
        require_topics(broker)
        return settings, broker, None
    embedded = stack.enter_context(EmbeddedBroker(topics().values()))
    os.environ.update(_variables(UNSECURED))  # for the keeper, which asks it as every client does
    store = settings.database_url if store_given else f"sqlite:///{folder / 'clearance.db'}"
    keeper = Keeper(embedded.bootstrap, topics().values())
    stack.callback(keeper.stop)
    ours: dict[str, Any] = {"kafka_bootstrap_servers": embedded.bootstrap, "database_url": store, **UNSECURED}
    sessions = {"tracker_session_seconds", "analyst_session_seconds"} - settings.model_fields_set
    ours.update(dict.fromkeys(sessions, SESSION_SECONDS))
    told = f"{embedded.bootstrap}, embedded: it keeps messages in memory only"
    return settings.model_copy(update=ours), told, keeper


def _environment(settings: Settings) -> dict[str, str]:
    """What the processes are told."""
    return _variables(settings.model_dump())


def _variables(told: Mapping[str, Any]) -> dict[str, str]:
    return {f"{PREFIX}{name.upper()}": str(value) for name, value in told.items()}


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for logs, and for the store of an embedded broker; kept only if something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="clearance-"))
    try:
        yield folder
    except ChildFailed as error:
        raise InvalidSetting(f"{error}; all logs are in {folder}") from error
    shutil.rmtree(folder, ignore_errors=True)


def _check_ports(settings: Settings, simulator: bool) -> None:
    wanted = {
        "API_PORT": (settings.api_host, settings.api_port),
        "TRACKER_METRICS_PORT": (settings.metrics_host, settings.tracker_metrics_port),
        "ANALYST_METRICS_PORT": (settings.metrics_host, settings.analyst_metrics_port),
        "PROJECTOR_METRICS_PORT": (settings.metrics_host, settings.projector_metrics_port),
    }
    if simulator:
        wanted["SIMULATOR_METRICS_PORT"] = (settings.metrics_host, settings.simulator_metrics_port)
    for name, place in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(place)
            except OSError as error:
                raise InvalidSetting(
                    f"port {place[1]} on {place[0]} cannot be had ({error.strerror}): stop what listens there, or set "
                    f"{PREFIX}{name} to another port"
                ) from error


def _watch(console: Console, settings: Settings, children: ChildProcesses, broker: str, keeper: Keeper | None) -> None:
    """Show the live line and look after the processes until a signal comes."""
    ending = Ending()
    line, example = LiveLine(settings), ""
    quiet = not console.is_terminal
    with Live(console=console, refresh_per_second=4, transient=False, auto_refresh=False) as live:
        turns = 0
        while not ending.wait(LOOK_SECONDS):
            if keeper is not None:
                keeper.check()
            for name, why, again in children.look_after():
                what = "it was started again, and writes" if again else "all else goes on without it, see"
                console.print(f"{name} {why}; {what} {children.folder / name}.log")
            example = example or _example(settings)
            if not quiet:
                live.update(_shown(settings, broker, example, line.text()), refresh=True)
            elif turns % QUIET_SECONDS == 0:
                console.print(line.text() if turns else _shown(settings, broker, example, line.text()))
            turns += 1
    console.print("ending …")


def _example(settings: Settings) -> str:
    """The address of a declaration, as soon as there is one."""
    base = f"http://{settings.api_host}:{settings.api_port}"
    with Client(base, retries=ONCE, timeout_seconds=1.0) as client, suppress(ClearanceError):
        return next((f"{base}{row.links['self']}" for row in client.declarations(limit=1)), "")
    return ""


def _shown(settings: Settings, broker: str, example: str, line: str) -> Table:
    base = f"http://{settings.api_host}:{settings.api_port}"
    ports = (
        settings.tracker_metrics_port,
        settings.analyst_metrics_port,
        settings.projector_metrics_port,
        settings.simulator_metrics_port,
    )
    grid = Table.grid(padding=(0, 2))
    grid.add_row("API", Text(f"{base}/docs"))
    grid.add_row("list", Text(f"{base}/v1/declarations?limit=100"))
    grid.add_row("example", Text(example or "as soon as the first message is through"))
    grid.add_row("metrics", Text(f"{base}/metrics, and on {settings.metrics_host} ports {', '.join(map(str, ports))}"))
    grid.add_row("broker", Text(broker))
    grid.add_row("access", Text("authentication is off; it listens on this machine only. Ctrl-C ends everything"))
    grid.add_row("now", Text(line, style="bold"))
    return grid
