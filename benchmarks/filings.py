"""How much memory does the analyst's book of filings take when it is full, and how long does a filing take?

`python -m benchmarks.filings --json docs/benchmarks/filings.json`. As many declarations of Chinese customs as a book
holds, each read from its record, of a thousand consignors; every tenth repeats the goods of the one before it, and is
told of. Then a tenth more come, for which others must go. `--largest`: each has as many traits, numbers and stages as
count.
"""

import argparse
import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import process_time

from benchmarks.processes import resident_mib
from benchmarks.surroundings import surroundings, tell

from clearance.events.filings.book import MOST_FILINGS
from clearance.events.filings.filing import MOST_NUMBERS, MOST_TRAITS, Filing
from clearance.events.filings.telling import Telling
from clearance.kafka.filing_records import filing_record, read_filing

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
STAGES = ("draft", "submitted", "received", "manual_review", "reviewed", "released_conditionally", "released", "closed")
USUAL = (2, 2, 3)
"""Traits: a bill of lading and the goods; numbers besides its own; stages."""
LARGEST = (MOST_TRAITS, MOST_NUMBERS, len(STAGES))


def filing(number: int, traits: int, numbers: int, stages: int) -> Filing:
    """As it is read from its record, so that it shares nothing with others."""
    goods = number - 1 if number % 10 == 1 else number
    at = BEGIN + timedelta(seconds=number)
    kinds = ("entry", "temporary", "cop-msg")
    made = Filing(
        declaration=f"cn:unified:E2026{number:013d}",
        seq=stages,
        at=at,
        trader=f"91350100M{goods // 10 % 1000:09d}",
        traits=(*sorted(f"bill:{_hash(goods, place)}" for place in range(traits - 1)), f"goods:{_hash(goods, -1)}"),
        numbers=tuple(f"{kinds[place % 3]}:{number:015d}{place:03d}" for place in range(numbers)),
        points=tuple((at + timedelta(minutes=place), stage) for place, stage in enumerate(STAGES[:stages])),
    )
    return read_filing(filing_record(made).value or b"")


def _told(telling: Telling, one: Filing) -> int:
    telling.take(one)
    telling.forgotten()
    return len(telling.due())


def _hash(goods: int, place: int) -> str:
    return sha256(f"{goods} {place}".encode()).hexdigest()[:16]


def measured(count: int, size: tuple[int, int, int]) -> dict[str, object]:
    """Memory and processor time for each; that of its record is in it."""
    telling, before, begun = Telling(), resident_mib(os.getpid()), process_time()
    told = sum(_told(telling, filing(number, *size)) for number in range(count))
    seconds, full, held = process_time() - begun, resident_mib(os.getpid()), len(telling.book)
    for number in range(count, count + count // 10):
        _told(telling, filing(number, *size))
    return {
        "filings": held,
        "told": told,
        "memory_mib": round(full - before),
        "bytes_each": round((full - before) * 2**20 / held),
        "cpu_us_each": round(1e6 * seconds / count, 1),
        "after_a_tenth_more": {"filings": len(telling.book), "memory_mib": round(resident_mib(os.getpid()) - before)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filings", type=int, default=MOST_FILINGS)
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    size = LARGEST if asked.largest else USUAL
    found = {"benchmark": "filings", "traits_numbers_stages": size, **measured(asked.filings, size)}
    tell({**found, **surroundings()}, asked.json)


if __name__ == "__main__":
    main()
