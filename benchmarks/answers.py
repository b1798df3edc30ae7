"""What an answer costs, beside what the same server and the same framework take at the least: in turn, in one run.

`python -m benchmarks.answers`. A store of many declarations on SQLite; the API, one process on one core, asks for keys
and tells its freshness; the load comes from the other core, for random declarations. *Bare* is an ASGI function that
answers 304 and nothing else; *plain* is a FastAPI route with our response model, whose answer lies ready in memory.
"""

import argparse
import asyncio
import os
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import uvloop
from benchmarks.answer_servers import PAGE, serving
from benchmarks.load import Load, Request, load
from benchmarks.questions import BEGAN, dear, fill
from benchmarks.surroundings import surroundings, tell
from msgspec import structs

from clearance.access import keys
from clearance.access.database import opened, secret_of
from clearance.access.verdicts import Key
from clearance.api.etags import etag
from clearance.api.examples import stored
from clearance.contracts import topic
from clearance.settings import load as settings_of
from clearance.settings.clock import monotonic, utc_now
from clearance.store import bulk, schema
from clearance.store.connect import open_store, writing
from clearance.store.tallies import DIMENSIONS
from clearance.store.viewer import EVERYBODY

CONNECTIONS, DEAR, ROUNDS, WARM_SECONDS = 50, 60, 5, 1800.0
QUOTA = "1000000000"
"""Requests a minute: it is charged, and never used up."""


def tell_progress(url: str) -> None:
    """All partitions are folded up to now."""
    engine, now = open_store(url), utc_now()
    told = {"epoch": 0, "position": 1, "stream_time": now, "wall_time": now, "external_clock": False}
    partitions = range(topic("declaration-status").partitions)
    with writing(engine) as connection:
        rows = [{**told, "partition": one, "applied_at": now, "parked_since": None} for one in partitions]
        bulk.insert(connection, schema.progress, rows)
    engine.dispose()


def issued(url: str, secret_file: Path) -> str:
    """A key that sees everything."""
    settings = settings_of(database_url=url, access_secret_file=str(secret_file))
    with opened(settings) as engine:
        wanted = Key("", "operator", "", ("ops",), utc_now(), expires_at=utc_now() + timedelta(days=1))
        return keys.issue(engine, secret_of(settings), wanted).secret


class Asker:
    """Requests for random declarations, as a client writes them that holds the tags of all."""

    def __init__(self, count: int, key: str) -> None:
        self.rng, self.count, self.key = random.Random(7), count, key  # noqa: S311 # no secret
        row, self.made = stored(), iter(range(count))
        self.tags = [etag(structs.replace(row, id=declaration_id(one)), "en", EVERYBODY, None) for one in range(count)]

    def each(self) -> bytes:
        """One after the other, then no more."""
        number = next(self.made, None)
        return b"" if number is None else self._written(f"/v1/declarations/{declaration_id(number)}")

    def one(self) -> bytes:
        return self._written(f"/v1/declarations/{declaration_id(self.rng.randrange(self.count))}")

    def unchanged(self) -> bytes:
        number = self.rng.randrange(self.count)
        return self._written(f"/v1/declarations/{declaration_id(number)}", f"if-none-match: {self.tags[number]}\r\n")

    def page(self) -> bytes:
        return self._written(f"/v1/declarations?limit={PAGE}")

    def _written(self, path: str, more: str = "") -> bytes:
        head = f"GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\nauthorization: Bearer {self.key}"
        return f"{head}\r\n{more}\r\n".encode()


def declaration_id(number: int) -> str:
    """As `fill` numbers them."""
    return f"cn:unified:E{number:017}"


async def in_turn(ports: Mapping[str, int], asker: Asker, seconds: float) -> dict[str, Any]:
    """Each question to each server that answers it, one after the other, `ROUNDS` times: medians, and their ratios."""
    asked: dict[str, tuple[str, Request]] = {
        "bare 304": ("bare", asker.unchanged),
        "304": ("ours", asker.unchanged),
        "plain 200": ("plain", asker.one),
        "200": ("ours", asker.one),
        "plain list": ("plain", asker.page),
        "list": ("ours", asker.page),
    }
    found: dict[str, list[Load]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, (server, request) in asked.items():
            found[name].append(await load(ports[server], request, CONNECTIONS, seconds))
    middle = {name: sorted(loads, key=lambda one: one.rate)[len(loads) // 2] for name, loads in found.items()}
    ratios = {
        name: round(middle[name].rate / middle[beside].rate, 3)
        for name, beside in (("304", "bare 304"), ("200", "plain 200"), ("list", "plain list"))
    }
    return {"answers": {name: one.figures() for name, one in middle.items()}, "ratios": ratios}


async def statistics(port: int, key: str) -> dict[str, float]:
    """How long clearance times take by each set of dimensions, and of a period [ms]; the slower of two."""
    asked = [list(by) for size in range(len(DIMENSIONS) + 1) for by in combinations(DIMENSIONS, size)]
    found: dict[str, float] = {}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, headers=shown(key)) as client:
        for by in asked:
            for period in ({}, {"began_from": f"{BEGAN + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"}):
                began = monotonic()
                answer = await client.get("/v1/clearance-times", params={"by": by, **period})
                if answer.status_code != httpx.codes.OK:
                    raise SystemExit(f"clearance times were answered {answer.status_code}: {answer.text}")
                name = f"{' '.join(by) or 'all'}{', a period' if period else ''}"
                found[name] = round((monotonic() - began) * 1000, 1)
    return found


async def beside_dear(port: int, asker: Asker, seconds: float) -> dict[str, Any]:
    """304s alone, and while sixty ask for clearance times."""
    alone = await load(port, asker.unchanged, CONNECTIONS, seconds)
    limits, counted = httpx.Limits(max_connections=DEAR), Counter[str]()
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=600, limits=limits, headers=shown(asker.key)
    ) as client:
        asking = [asyncio.create_task(dear(client, one, counted)) for one in range(DEAR)]
        await asyncio.sleep(1)
        beside = await load(port, asker.unchanged, CONNECTIONS, seconds)
        for one in asking:
            one.cancel()
    ratio = round(beside.p99 / alone.p99, 2)
    return {"alone": alone.figures(), "beside": beside.figures(), "dear": dict(counted), "ratio_p99": ratio}


def shown(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def compared(folder: Path, count: int, seconds: float) -> dict[str, Any]:
    """All figures, over a store of so many declarations."""
    url, secret = f"sqlite:///{folder / 'store.db'}", folder / "secret"
    secret.write_text("benchmark")
    fill(url, count)
    tell_progress(url)
    asker = Asker(count, issued(url, secret))
    os.sync()
    os.sched_setaffinity(0, {1})
    settings = {
        "CLEARANCE_DATABASE_URL": url,
        "CLEARANCE_ACCESS_SECRET_FILE": str(secret),
        "CLEARANCE_API_QUOTA": QUOTA,
    }
    with serving("bare") as bare, serving("plain") as plain, serving("ours", **settings) as ours:
        ports = {"bare": bare, "plain": plain, "ours": ours}
        first = uvloop.run(load(ours, asker.each, CONNECTIONS, WARM_SECONDS))
        return {
            "each_once": first.figures(),
            **uvloop.run(in_turn(ports, asker, seconds)),
            "clearance_times_ms": uvloop.run(statistics(ours, asker.key)),
            "beside_dear": uvloop.run(beside_dear(ours, asker, seconds * 3)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__.splitlines()[0])
    parser.add_argument("--declarations", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=4, help="how long each question is asked in a round")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = compared(Path(name), options.declarations, options.seconds)
    tell({**surroundings(), "benchmark": "answers", "declarations": options.declarations, **found}, options.json)


if __name__ == "__main__":
    main()
