"""Benign mutations: refusing everything does not pass. The other side of `test_hostile.py`."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from tests.hostile.benign import KINDS, NAMESPACES, SPELLINGS, mutant
from tests.hostile.valid import VALID

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.events.values.receipt import Receipt
from clearance.settings.tables import default_tables

EACH = 150
MESSAGES = [(f"{codec} {place}", message) for codec, all_ in VALID.items() for place, message in enumerate(all_, 1)]
WANTED = 0.95


def mutants(name: str, message: str) -> Iterator[tuple[str, bytes]]:
    """The same ones every time."""
    random = Random(name)  # noqa: S311 # no secret
    return (mutant(message, random) for _ in range(EACH))


def read(data: bytes) -> tuple[Receipt, ...] | str:
    """The receipts, or why there are none."""
    try:
        return parse(data, default_tables(), sender="benign")
    except InvalidMessage as error:
        return error.reason


@pytest.mark.parametrize(("name", "message"), MESSAGES, ids=[name for name, _ in MESSAGES])
def test_it_reads_at_least_95_percent_of_benign_mutants_alike(name: str, message: str) -> None:
    original = parse(message.encode(), default_tables(), sender="benign")
    wrong = Counter(change for change, data in mutants(name, message) if read(data) != original)
    share = 1 - wrong.total() / EACH
    print(f"{name}: {share:.1%} of {EACH} read alike; {dict(wrong.most_common(5))}")  # noqa: T201 # for the report
    assert share >= WANTED, wrong


def test_it_reads_at_least_95_percent_of_all() -> None:
    right = sum(
        read(data) == parse(message.encode(), default_tables(), sender="benign")
        for name, message in MESSAGES
        for _, data in mutants(name, message)
    )
    count = len(MESSAGES) * EACH
    print(f"{right:,} of {count:,} benign mutants read alike: {right / count:.2%}")  # noqa: T201 # for the report
    assert count >= 2_000
    assert right / count >= WANTED


def test_every_kind_of_mutation_occurs_and_changes_the_bytes() -> None:
    seen: Counter[str] = Counter()
    distinct = set()
    for name, message in MESSAGES:
        for change, data in mutants(name, message):
            seen.update(change.split(" + "))
            distinct.add(data)
    assert seen.keys() == {kind.__name__ for kind in (*KINDS, *NAMESPACES, *SPELLINGS)}
    assert len(distinct) >= 2_000
