"""The API as a process: its store, its socket, the epoch that it answers from."""

import asyncio
import ipaddress
import signal
import socket
import sys
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import uvloop

from clearance.settings import InvalidSetting, Settings, needs_broker
from clearance.settings.garbage import collect_seldom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

    from clearance.access.gate import Gate
    from clearance.api.stores import Store, Stores
    from clearance.kafka.epochs import Current

GRACE = 5
"""After a signal to end: how long answers under way may take, and then the log to close [s]."""
LOOK_SECONDS = 1.0
"""Between two tries to learn which epoch is current, while nobody tells."""
STORE = "CLEARANCE_DATABASE_URL"


def serve_api(settings: Settings) -> None:
    """Serve the API until a signal. A broker that is away is not waited for. Raises `InvalidSetting`, `StoreError`,
    `BrokerError` if it cannot begin."""
    broker = needs_broker(settings)
    _check_authentication(settings)
    store = open_current(settings, current_log(settings), opener(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with _gate(settings) as gate, _access(settings) as access, _listening(settings) as listening:
        collect_seldom()
        serving = _serve(settings=settings, broker=broker, store=store, listening=listening, gate=gate, access=access)
        uvloop.run(serving)


def _check_authentication(settings: Settings) -> None:
    """Raises `InvalidSetting` if whoever reaches the machine could ask without a key."""
    if not settings.api_authentication and not _is_loopback(settings.api_host):
        raise InvalidSetting(
            f"CLEARANCE_API_AUTHENTICATION is off, and others reach the API if it listens on {settings.api_host}: "
            "leave it on and issue keys (`clearance keys issue`), or listen on 127.0.0.1 (CLEARANCE_API_HOST)"
        )


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@contextmanager
def _gate(settings: Settings) -> "Iterator[Gate | None]":
    """None if no key is asked for. Raises `InvalidSetting`, `StoreError`."""
    if not settings.api_authentication:
        yield None
        return
    from clearance.access.tending import tended

    with tended(settings) as gate:
        yield gate


def _access(settings: Settings) -> "AbstractContextManager[Engine]":
    """What is kept beside the store. Raises `StoreError`."""
    from clearance.access.database import opened

    return opened(settings, settings.api_access_connections)


def current_log(settings: Settings) -> "Current | None":
    """The epoch to answer from, by the broker; None while it is away. Raises `BrokerError` if its topics are not as
    their cards say."""
    import structlog

    from clearance.kafka.errors import NoBroker
    from clearance.kafka.ready import find_log, require_topics

    try:
        require_topics(settings.kafka_bootstrap_servers)
        return find_log(settings.kafka_bootstrap_servers)
    except NoBroker as error:
        structlog.get_logger().warning(
            "answering without a broker",
            reason=str(error),
            epoch=settings.epoch,
            remedy="none needed: commands and messages are taken as soon as it is there",
        )
        return None


def opener(settings: Settings) -> "Callable[[int], Engine]":
    """Opens the store of an epoch to be read, with a connection for each thread that may ask it, a scrape, a switch and
    the tail, which takes two when it begins."""
    from clearance.store.connect import open_store

    threads = settings.api_cheap_threads + settings.api_list_threads + settings.api_dear_threads
    return partial(open_store, settings.database_url, connections=threads + 4, read_only=True)


def open_current(settings: Settings, told: "Current | None", opened: "Callable[[int], Engine]") -> "Store":
    """The store, as soon as it can be read: the projector may be making it. What no broker has `told`, the settings and
    the store do. Raises `StoreError` if it never can be read."""
    from clearance.api.stores import Store
    from clearance.kafka.names import FIRST
    from clearance.settings.waiting import wait_for
    from clearance.store.connect import is_made
    from clearance.store.errors import StoreAway
    from clearance.store.positions import partitions_of

    epoch = told.epoch if told else settings.epoch
    engine = opened(epoch)

    def look() -> None:
        if not is_made(engine):
            raise StoreAway(f"no store at {engine.url!r}: `clearance projector` makes it; start that, or mend {STORE}")

    wait_for("store", look, StoreAway, settings.start_wait_seconds)
    if told is not None:
        return Store(epoch, engine, told.base.partitions, told.address)
    return Store(epoch, engine, partitions_of(engine) or FIRST.partitions)


def _listening(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.api_host, settings.api_port), backlog=1024)
    except OSError as error:
        raise InvalidSetting(
            f"the API cannot listen on {settings.api_host}:{settings.api_port} ({error.strerror or error}): stop what "
            "listens there, or set CLEARANCE_API_PORT to another port"
        ) from error


async def follow_epochs(stores: "Stores", broker: str) -> None:
    """Answer from the current epoch, for ever. A broker that is away is said once."""
    import structlog
    from aiokafka.errors import KafkaError

    from clearance.kafka.epochs import follow
    from clearance.kafka.errors import BrokerError

    told = ""
    while True:
        try:
            await stores.follow(follow(broker))
        except (KafkaError, BrokerError) as error:
            if told != str(error):
                structlog.get_logger().warning("not following which epoch is current", reason=str(error))
            told = str(error)
            await asyncio.sleep(LOOK_SECONDS)


async def _serve(
    settings: Settings,
    broker: str,
    store: "Store",
    listening: socket.socket,
    gate: "Gate | None",
    access: "Engine",
) -> None:
    import structlog
    import uvicorn

    from clearance.api.app import create_app, new_board
    from clearance.api.connections import Config
    from clearance.api.stores import Stores
    from clearance.edge.late import open_late

    stack = AsyncExitStack()
    stores = Stores(store, opener(settings))
    following = asyncio.create_task(follow_epochs(stores, broker))
    board = new_board()
    log = await stack.enter_async_context(open_late(broker, board))
    app = create_app(stores, log, settings, gate, board, access=access)
    config = Config(app, settings)
    config.timeout_graceful_shutdown = GRACE
    structlog.get_logger().info("listening", url="http://{}:{}".format(*listening.getsockname()[:2]))
    try:
        async with app.state.tail.running(), app.state.waiters.looking_after(gate):
            await uvicorn.Server(config).serve([listening])
    finally:
        following.cancel()
        with suppress(TimeoutError):  # the producer would wait for ever for a broker that is away
            async with asyncio.timeout(GRACE):
                await stack.aclose()
