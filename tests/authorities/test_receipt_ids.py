"""Receipt ids stay what they were when they were written down: history folded again must find its facts."""

from hashlib import sha256
from pathlib import Path

from clearance.events.receipts.formats import parse
from clearance.settings.tables import default_tables

WRITTEN_DOWN = Path(__file__).with_name("receipt-ids.tsv")
"""A line for each message: the first 16 digits of its sha256, and the ids of its receipts."""
RECORDINGS = Path(__file__).parents[1] / "recordings"


def test_the_ids_of_old_messages_have_not_changed() -> None:
    lines = (line.split("\t") for line in WRITTEN_DOWN.read_text(encoding="utf-8").splitlines())
    known = {digest: ids for digest, *ids in lines}
    messages = {sha256(data).hexdigest()[:16]: data for data in map(Path.read_bytes, RECORDINGS.rglob("*.xml"))}
    found = known.keys() & messages.keys()
    assert len(found) > 400
    for digest in found:
        assert [one.receipt_id for one in parse(messages[digest], default_tables(), sender="acme")] == known[digest]
