"""Thousands of clients that wait on one API process: what a connection costs, and when the last one has its answer.

`python -m benchmarks.waiting`. All wait for one declaration, or for any change, or have a stream open; then one receipt
is applied. At last each is of another organisation, and the receipt concerns one. The API is a process on the first
core with keys, over SQLite; it is started anew for each kind. Clients, and what applies the receipt, are on the other.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from benchmarks.answer_servers import started
from benchmarks.answers import QUOTA, tell_progress
from benchmarks.folded_store import FoldedStore
from benchmarks.message_to_status import arrival
from benchmarks.processes import MIB, resident_mib
from benchmarks.surroundings import surroundings, tell
from benchmarks.waiters import answered, at_rest, connected, processor_seconds
from msgspec import structs

from clearance.access import schema
from clearance.access.database import changing, opened, secret_of
from clearance.access.key_form import hash_of, new_key
from clearance.access.verdicts import Key
from clearance.events.partition.replay import Arrival
from clearance.settings import load
from clearance.settings.clock import monotonic, utc_now

CHANGED = 7
"""The declaration that the receipt is about, and the organisation that it concerns."""
KINDS = {"declaration": False, "changes": False, "stream": True}
"""What clients wait for, and whether as a stream."""
WAIT, OTHERS_SECONDS = 60, 2.0


def keys_of(url: str, secret_file: Path, organisations: int) -> list[str]:
    """A key that sees everything, then one of each organisation, to which the connection of its name belongs."""
    settings, now = load(database_url=url, access_secret_file=str(secret_file)), utc_now()
    told, names = [new_key() for _ in range(organisations + 1)], [named(one) for one in range(organisations)]
    wanted = [Key("", "operator", "", ("ops",), now, expires_at=now + timedelta(days=1))]
    wanted += [Key("", "organisation", name, ("read",), now, expires_at=now + timedelta(days=1)) for name in names]
    secret = secret_of(settings)
    rows = []
    for one, key in zip(told, wanted, strict=True):
        hashed = hash_of(one, secret)
        rows.append({**structs.asdict(key), "id": hashed.hex()[:12], "hash": hashed, "scopes": " ".join(key.scopes)})
    with opened(settings) as engine, changing(engine) as connection:
        connection.execute(schema.organisations.insert(), [{"id": one, "name": one, "added_at": now} for one in names])
        given = [{"kind": "connection", "value": one, "organisation": one} for one in names]
        connection.execute(schema.identifiers.insert(), given)
        connection.execute(schema.keys.insert(), rows)
    return told


def named(number: int) -> str:
    return f"bench-{number}"


def receipts(first: int, count: int, clients: int) -> list[Arrival]:
    """The next receipt of so many declarations, each of another organisation."""
    return [
        structs.replace(arrival(one, clients), organisation=named(one % clients)) for one in range(first, first + count)
    ]


def declaration_id(number: int) -> str:
    """As `arrival` numbers them."""
    return f"cn:unified:I202600000{number:08d}"


def written(key: str, path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {key}", f"Prefer: wait={WAIT}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


def requests_of(kind: str, port: int, keys: Sequence[str], count: int) -> list[bytes]:
    """What each client writes; one key for all, or one for each."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        if kind == "declaration":
            path = f"/v1/declarations/{declaration_id(CHANGED)}"
            tag = client.get(path, headers=shown(keys[0])).raise_for_status().headers["ETag"]
            return [written(keys[0], path, f"If-None-Match: {tag}")] * count
        cursors = [client.get("/v1/changes", headers=shown(key)).raise_for_status().json()["cursor"] for key in keys]
    accept = ("Accept: text/event-stream",) if kind == "stream" else ()
    made = [written(key, f"/v1/changes?cursor={at}", *accept) for key, at in zip(keys, cursors, strict=True)]
    return made * (count // len(made))


def shown(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}


async def waited(port: int, pid: int, requests: Sequence[bytes], streams: bool) -> dict[str, Any]:
    """Memory of the clients that wait."""
    await at_rest(pid)
    before = resident_mib(pid)
    waiters = await connected(port, requests, streams)
    await at_rest(pid)
    each = (resident_mib(pid) - before) * MIB / len(requests)
    early = sum(one.news.is_set() for one in waiters)
    refused = sum(one.refusals for one in waiters)
    return {"waiters": waiters, "kib_each": round(each / 1024, 1), "answered_early": early, "refused_first": refused}


async def all_are_told(store: FoldedStore, port: int, pid: int, requests: list[bytes], turn: Any) -> dict[str, Any]:
    """One receipt, for which all wait."""
    kind, change = turn
    found = await waited(port, pid, requests, KINDS[kind])
    waiters, took = found.pop("waiters"), processor_seconds(pid)
    await asyncio.to_thread(store.take, change)
    found |= await answered(waiters, monotonic(), 30)
    await at_rest(pid)
    return found | {"processor_ms": round((processor_seconds(pid) - took) * 1000)}


async def one_is_told(store: FoldedStore, port: int, pid: int, requests: list[bytes], turn: Any) -> dict[str, Any]:
    """One receipt, which concerns one of them."""
    _, change = turn
    found = await waited(port, pid, requests, streams=False)
    waiters, took = found.pop("waiters"), processor_seconds(pid)
    await asyncio.to_thread(store.take, change)
    found |= await answered(waiters[CHANGED : CHANGED + 1], monotonic(), 30)
    await asyncio.sleep(OTHERS_SECONDS)
    others = sum(one.news.is_set() for one in waiters) - 1
    return found | {"others_answered": others, "processor_ms": round((processor_seconds(pid) - took) * 1000)}


def measure(folder: Path, clients: int) -> dict[str, Any]:
    """Each kind, on an API of its own over the same store."""
    url, secret = f"sqlite:///{folder / 'store.db'}", folder / "secret"
    secret.write_text("benchmark")
    store = FoldedStore(url)
    store.take(receipts(0, clients, clients))
    tell_progress(url)
    ops, *theirs = keys_of(url, secret, clients)
    settings = {
        "CLEARANCE_DATABASE_URL": url,
        "CLEARANCE_ACCESS_SECRET_FILE": str(secret),
        "CLEARANCE_API_QUOTA": QUOTA,
        "CLEARANCE_API_CONNECTIONS": str(clients + 100),
    }
    os.sched_setaffinity(0, {1})
    found = {}
    for turn, kind in enumerate([*KINDS, "organisations"], start=1):
        told, keys = (one_is_told, theirs) if kind == "organisations" else (all_are_told, [ops])
        change = receipts(turn * clients + CHANGED, 1, clients)
        with started("ours", **settings) as (process, port):
            requests = requests_of(kind, port, keys, clients)
            found[kind] = asyncio.run(told(store, port, process.pid, requests, (kind, change)))
        print(kind, found[kind], flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waiting", description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--json", type=Path, help="write the result here as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), options.clients)
    tell({**surroundings(), "benchmark": "waiting", "clients": options.clients, **found}, options.json)


if __name__ == "__main__":
    main()
