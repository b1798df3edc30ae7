"""Ids that codecs make, where the format gives none, are those of every log written before: `made-ids.csv` holds what
the version before particulars and whole texts made."""

import csv
from pathlib import Path

from tests.helpers.recordings import RECORDINGS

from clearance.events.receipts.formats import parse
from clearance.settings.tables import default_tables

ROOT = RECORDINGS.parents[1]
MADE = Path(__file__).with_name("made-ids.csv")


def test_an_id_that_was_made_is_made_again() -> None:
    with MADE.open(encoding="utf-8", newline="") as file:
        before = {row["message"]: row["receipt_id"] for row in csv.DictReader(file)}
    assert len(before) > 400
    assert [name for name, made in before.items() if (ROOT / name).exists() and made not in _ids(ROOT / name)] == []


def _ids(message: Path) -> list[str]:
    return [receipt.receipt_id for receipt in parse(message.read_bytes(), default_tables(), sender="s")]
