"""What a key costs a request: judged, charged to its quota, told in headers. µs of processor time, as one JSON
line; the best of several rounds counts."""

import argparse
import json
import time
from collections.abc import Callable

from clearance.access.gate import Gate
from clearance.access.key_form import hash_of, new_key
from clearance.access.keys import Snapshot
from clearance.access.verdicts import Key
from clearance.settings.clock import utc_now

SECRET = b"a secret of this server"
ORGANISATIONS = 1000
ENDLESS = 10**9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(json.dumps({name: best(given.requests, given.rounds, name) for name in ("key", "charge", "all")}))


def best(requests: int, rounds: int, what: str) -> float:
    """µs for each request, in the best round; each round has a gate of its own, whose keys are fresh."""
    return min(timed(requests, work_of(what)) for _ in range(rounds))


def timed(requests: int, work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(requests):
        work()
    return round((time.process_time() - began) / requests * 1e6, 2)


def work_of(what: str) -> Callable[[], object]:
    secrets = [new_key() for _ in range(ORGANISATIONS)]
    keys = [Key(f"key-{n}", "organisation", f"firm-{n}", ("read",), utc_now()) for n in range(ORGANISATIONS)]
    held = {hash_of(secret, SECRET): key for secret, key in zip(secrets, keys, strict=True)}
    gate = Gate(Snapshot(1, held, {}), SECRET, ENDLESS)
    secret, key = secrets[ORGANISATIONS // 2], keys[ORGANISATIONS // 2]
    works: dict[str, Callable[[], object]] = {
        "key": lambda: gate.admit(secret, "read"),
        "charge": lambda: gate.charge(key, 1),
        "all": lambda: gate.charge(gate.admit(secret, "read"), 1).headers(),
    }
    return works[what]


if __name__ == "__main__":
    main()
