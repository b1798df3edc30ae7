"""One declaration asked for again and again, alone and while sixty ask dear questions: how long its answers take.

`python -m benchmarks.questions`. A store of many declarations, copies of one under numbers of their own, on SQLite and
on PostgreSQL; the API is a process of its own. Dear questions are clearance times by office, each of another period;
who is answered or refused asks again a second later.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import uvicorn
from benchmarks.projector import postgres
from benchmarks.surroundings import surroundings, tell
from msgspec.structs import asdict
from rich.progress import track

from clearance.api.app import create_app
from clearance.api.examples import stored
from clearance.api.server import opener
from clearance.api.stores import Store, Stores
from clearance.devbroker.local import free_port
from clearance.settings import load
from clearance.settings.clock import monotonic
from clearance.store import bulk, schema
from clearance.store.connect import migrate, open_store, writing
from clearance.store.derived import Row
from clearance.store.tallies import DIMENSIONS
from clearance.store.tally_writes import tally

DEAR, OFFICES, AT_ONCE, START_SECONDS = 60, 40, 5000, 60.0
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
PROGRAM = (sys.executable, "-m", "benchmarks.questions")


def fill(url: str, count: int) -> None:
    """A store of so many declarations, with their numbers and three spans each, 85 % of which have ended."""
    engine, rng = open_store(url), random.Random(5)  # noqa: S311 # no secret
    migrate(engine)
    for start in track(range(0, count, AT_ONCE), "filling", transient=True):
        rows = [_rows(number, rng) for number in range(start, min(count, start + AT_ONCE))]
        with writing(engine) as connection:
            bulk.insert(connection, schema.declarations, [one for one, _, _ in rows])
            bulk.insert(connection, schema.numbers, [number for _, number, _ in rows])
            spans = [span for _, _, some in rows for span in some]
            bulk.insert(connection, schema.spans, spans)
            tally(connection, [], spans)
    engine.dispose()


def _rows(number: int, rng: random.Random) -> tuple[Row, Row, list[Row]]:
    value = f"E{number:017}"
    name, at = f"cn:unified:{value}", BEGAN + timedelta(seconds=number)
    office = f"{2900 + rng.randrange(OFFICES)}"
    told = {**asdict(stored()), "office": office}
    own = {"id": name, "merged_into": "", "seq": 3, "applied_at": at, "parts": b""}
    ends = [(span, rng.random() < 0.85) for span in ("review", "release", "closure")]
    spans: list[Row] = [
        {
            "declaration": name,
            "span": span,
            "begun_at": at,
            "seconds": rng.lognormvariate(9, 1.2) if ended else None,
            "open": not ended,
            **{dimension: told[dimension] for dimension in DIMENSIONS},
        }
        for span, ended in ends
    ]
    return {**told, **own}, {"declaration": name, "kind": "unified", "value": value}, spans


def serve(url: str, port: int) -> None:
    """The API over a store, without a broker."""
    settings = load(database_url=url)
    store = Store(0, opener(settings)(0))
    log: Any = type("Log", (), {"skew": None})()
    uvicorn.run(create_app(Stores(store, opener(settings)), log, settings, gate=None), port=port, log_config=None)


@contextmanager
def serving(url: str) -> Iterator[str]:
    """Its address. Raises `SystemExit` if it does not come up."""
    port, end = free_port(), monotonic() + START_SECONDS
    process = subprocess.Popen([*PROGRAM, "--serve", url, "--port", str(port)])  # noqa: S603 # ours
    try:
        while monotonic() < end:
            with suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/healthz")
                break
        else:
            raise SystemExit("the API does not answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(START_SECONDS)


async def cheap(address: str, seconds: float, count: int) -> list[float]:
    """One declaration after the other, for so long: how long each took [s]. Raises `SystemExit` if one is refused."""
    found, rng, end = [], random.Random(7), monotonic() + seconds  # noqa: S311 # no secret
    async with httpx.AsyncClient(base_url=address, timeout=120) as client:
        while monotonic() < end:
            began = monotonic()
            answer = await client.get(f"/v1/declarations/cn:unified:E{rng.randrange(count):017}")
            found.append(monotonic() - began)
            if answer.status_code != httpx.codes.OK:
                raise SystemExit(f"one declaration was answered {answer.status_code}: {answer.text}")
    return found


async def dear(client: httpx.AsyncClient, asker: int, counted: "Counter[str]") -> None:
    """Ask, again and again, for other periods than all others do."""
    for turn in range(sys.maxsize):
        since = BEGAN + timedelta(microseconds=turn * DEAR + asker)
        given = {"by": "office", "began_from": since.isoformat().replace("+00:00", "Z")}
        counted[str((await client.get("/v1/clearance-times", params=given)).status_code)] += 1
        await asyncio.sleep(1)


async def measure(address: str, seconds: float, count: int) -> dict[str, Any]:
    """Answers of one declaration, alone and beside dear questions."""
    await cheap(address, 1, count)
    alone, counted = await cheap(address, seconds, count), Counter[str]()
    limits = httpx.Limits(max_connections=DEAR)
    async with httpx.AsyncClient(base_url=address, timeout=600, limits=limits) as client:
        asking = [asyncio.create_task(dear(client, asker, counted)) for asker in range(DEAR)]
        await asyncio.sleep(1)
        beside = await cheap(address, seconds, count)
        for one in asking:
            one.cancel()
    return {
        "alone": _figures(alone),
        "beside": _figures(beside),
        "dear": dict(counted),
        "ratio_p99": round(_p99(beside) / _p99(alone), 2),
    }


def _figures(times: list[float]) -> dict[str, float]:
    middle = sorted(times)[len(times) // 2]
    return {"n": len(times), "p50_ms": _ms(middle), "p99_ms": _ms(_p99(times)), "max_ms": _ms(max(times))}


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def compared(folder: Path, count: int, seconds: float) -> dict[str, Any]:
    """The figures of both databases, in turn."""
    found = {}
    with postgres() as databases:
        for store, url in (("sqlite", f"sqlite:///{folder / 'store.db'}"), ("postgresql", databases[0])):
            fill(url, count)
            os.sync()
            with serving(url) as address:
                found[store] = asyncio.run(measure(address, seconds, count))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__.splitlines()[0])
    parser.add_argument("--declarations", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=60, help="how long each is measured")
    parser.add_argument("--json", type=Path, help="write the result here as well")
    parser.add_argument("--serve", metavar="URL", help="be the API of such a store")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.port)
        return
    with tempfile.TemporaryDirectory() as name:
        stores = compared(Path(name), options.declarations, options.seconds)
    report = {**surroundings(), "benchmark": "questions", "declarations": options.declarations, "stores": stores}
    tell(report, options.json)


if __name__ == "__main__":
    main()
