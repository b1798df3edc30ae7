"""Each breakage as it is made and mended: a context, in which the system is broken. Its name is that of its row."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from sqlalchemy import text
from tests.chaos.flags import POISON
from tests.chaos.processes import Process
from tests.cli_live.program import run
from tests.system.running import until

from clearance.access import organisations
from clearance.access.key_form import new_key
from clearance.edge.append import open_edge
from clearance.events.partition.replay import Arrival
from clearance.kafka import clients
from clearance.kafka.names import BASE
from clearance.kafka.wire import Outgoing
from clearance.settings.clock import utc_now

from .prepared import DISK_MIB
from .prometheus import Prometheus
from .traffic import Traffic, arrival, chinese
from .whole import ORGANISATION, Whole, archived

MANY = 60
"""Declarations of a burst, which an alert on more than fifty in an hour must see."""
MIB = 1024 * 1024
FREE_SHARE = 0.03
"""Of a disk that is nearly full."""
GARBAGE = b"\x00 not an input"


class Running(NamedTuple):
    """The system, what comes in, and who watches it."""

    whole: Whole
    traffic: Traffic
    prometheus: Prometheus

    def process(self, kind: str) -> Process:
        return self.whole.processes[kind]


Breakage = Callable[[Running], AbstractContextManager[None]]


def _killed(kind: str) -> Breakage:
    @contextmanager
    def broken(running: Running) -> Iterator[None]:
        process = running.process(kind)
        process.end_at_once()
        yield
        process.start()

    return broken


@contextmanager
def _tracker_stopped(running: Running) -> Iterator[None]:
    """It ends by itself when it goes on, since others may have its partitions, and is started again."""
    running.process("tracker").stand_still()
    yield
    running.process("tracker").resume()


@contextmanager
def _broker_killed(running: Running) -> Iterator[None]:
    running.whole.kafka.kill()
    yield
    running.whole.kafka.start()


@contextmanager
def _database_killed(running: Running) -> Iterator[None]:
    os.kill(running.whole.postgres.get_pid(), signal.SIGQUIT)
    yield
    running.whole.postgres.ensure_postgres_running()


@contextmanager
def _partition_parked(running: Running) -> Iterator[None]:
    """A bug of the fold, for one declaration; the fold is mended and the partition let go on."""
    tracker = running.process("tracker")
    tracker.flags.set("poison", 1)
    _take(running, chinese("L", POISON.rpartition(":")[2]))
    yield
    tracker.flags.set("poison", 0)
    [parked] = tracker.events("partition_parked")[-1:]
    told = run("partitions", "unpark", parked["partition"], broker=running.whole.kafka.bootstrap)
    assert told.exit_code == 0, told.output


@contextmanager
def _poison(running: Running) -> Iterator[None]:
    asyncio.run(_garbage(running.whole.kafka.bootstrap))
    yield


@contextmanager
def _unknown_codes(running: Running) -> Iterator[None]:
    _take(running, *(chinese("~") for _ in range(MANY)))
    yield


@contextmanager
def _held_goods(running: Running) -> Iterator[None]:
    """Customs holds all at once for inspection (A07)."""
    _take(running, *(chinese("C") for _ in range(MANY)))
    yield


@contextmanager
def _mail_server_down(running: Running) -> Iterator[None]:
    running.whole.mail_server.stop()
    _take(running, *(chinese("C") for _ in range(3)))
    yield
    running.whole.mail_server_again()


@contextmanager
def _table_away(running: Running) -> Iterator[None]:
    """Somebody has renamed a table that only one question of the API reads."""
    with _renamed(running.whole, "registrations", "registrations_away"), _asked(running, "/v1/registrations"):
        yield


@contextmanager
def _quota_used_up(running: Running) -> Iterator[None]:
    with running.whole.access() as engine:
        organisations.set_quota(engine, ORGANISATION, 1)
    with _asked(running, *["/v1/declarations?limit=1"] * MANY):
        yield
    with running.whole.access() as engine:
        organisations.set_quota(engine, ORGANISATION, None)


@contextmanager
def _keys_guessed(running: Running) -> Iterator[None]:
    running.traffic.shown = new_key()
    with _asked(running, *["/v1/declarations?limit=1"] * MANY):
        yield
    running.traffic.shown = running.traffic.organisation


@contextmanager
def _nobody_archives(running: Running) -> Iterator[None]:
    archived(running.whole.archive, days_ago=3)
    yield
    archived(running.whole.archive, days_ago=0)


@contextmanager
def _key_ends(running: Running) -> Iterator[None]:
    with running.whole.access() as engine:
        organisations.add(engine, "late", "late", utc_now())
    running.whole.issue("organisation", "late", "read", days=6)
    yield
    running.whole.issue("organisation", "late", "read", days=100)


@contextmanager
def _clock_ahead(running: Running) -> Iterator[None]:
    running.process("tracker").flags.set("ahead", 1)
    yield
    running.process("tracker").flags.set("ahead", 0)


@contextmanager
def _disk_filled(running: Running) -> Iterator[None]:
    file = running.whole.disk / "somebody else's"
    file.write_bytes(bytes(int(shutil.disk_usage(running.whole.disk).free - FREE_SHARE * DISK_MIB * MIB)))
    yield
    file.unlink()


@contextmanager
def _projector_stands_still(running: Running) -> Iterator[None]:
    """The other one, for which the one that is watched waits."""
    running.process("other").stand_still()
    yield
    running.process("other").resume()


@contextmanager
def _restarts(running: Running) -> Iterator[None]:
    """Of notices, which depend on nobody and nobody on them."""
    process, seen = running.process("notices"), 'changes(process_start_time_seconds{job="notices"}[1h])'
    for times in range(1, 5):
        process.send(signal.SIGKILL)
        until(lambda: not process.runs, "it has ended")
        process.look_after()
        running.prometheus.sees(f"{seen} >= {times}")
    yield


@contextmanager
def _authority_silent(running: Running) -> Iterator[None]:
    running.traffic.silent.add("uk")
    yield
    running.traffic.silent.clear()


BREAKAGES: dict[str, Breakage] = {
    **{f"{kind} killed": _killed(kind) for kind in ("tracker", "analyst", "projector", "api", "notices")},
    "tracker stopped": _tracker_stopped,
    "broker killed": _broker_killed,
    "database killed": _database_killed,
    "partition parked": _partition_parked,
    "inputs that nobody can read": _poison,
    "codes that no table holds": _unknown_codes,
    "customs holds many at once": _held_goods,
    "mail server down": _mail_server_down,
    "a table of the store is gone": _table_away,
    "a quota is used up": _quota_used_up,
    "somebody guesses keys": _keys_guessed,
    "nobody archives": _nobody_archives,
    "a key ends in six days": _key_ends,
    "clock a minute ahead": _clock_ahead,
    "notices start again and again": _restarts,
    "disk of the store nearly full": _disk_filled,
    "a projector that nobody watches stands still": _projector_stands_still,
    "an authority says nothing": _authority_silent,
}
"""By the name in `breakages.csv`."""


def _take(running: Running, *given: bytes) -> None:
    """Into the log, all at once."""
    asyncio.run(_append(running.whole.kafka.bootstrap, [arrival(data) for data in given]))


async def _append(bootstrap: str, given: list[Arrival]) -> None:
    async with open_edge(bootstrap) as edge:
        results = [taken.result async for taken in edge.take_many(given)]
    assert {*results} == {"appended"}


async def _garbage(bootstrap: str) -> None:
    async with clients.new_producer(bootstrap) as producer:
        await clients.write(producer, BASE.inputs, 0, [Outgoing(b"nobody", GARBAGE, [])] * MANY)


@contextmanager
def _asked(running: Running, *paths: str) -> Iterator[None]:
    """These questions are asked again and again."""
    running.traffic.asked[:] = paths
    yield
    running.traffic.asked.clear()


@contextmanager
def _renamed(whole: Whole, table: str, away: str) -> Iterator[None]:
    with whole.access() as engine:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE access.{table} RENAME TO {away}"))
        yield
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE access.{away} RENAME TO {table}"))
