"""A record of the log or of events lies where it lay; positions are those of the new cluster."""

import msgspec

from clearance.archive.record_files import Kept
from clearance.backup.manifest import Part
from clearance.backup.places import HOLE, laid_out

IDS = {"old": "new", "old-cluster": "new-cluster"}


def kept(offset: int, value: bytes = b"v") -> Kept:
    return Kept(offset, 7, b"k", value, (("kind", b"message"),))


def test_what_was_purged_or_cannot_be_read_leaves_a_hole() -> None:
    part = Part("declaration-inputs", 0, 2, 8, 3, "")
    lying = [*laid_out(part, "places", [kept(2), kept(3), kept(6)], IDS)]
    assert [at for at, _ in lying] == [*range(8)]
    assert [at for at, record in lying if record is HOLE] == [0, 1, 4, 5, 7]
    assert lying[2][1].timestamp == 7


def test_of_others_only_the_order_counts() -> None:
    part = Part("declaration-status", 0, 0, 2, 2, "")
    lying = [*laid_out(part, "records", [kept(5), kept(9)], IDS)]
    assert [(at, record.key, record.timestamp) for at, record in lying] == [(0, b"k", 7), (1, b"k", 7)]


def test_progress_names_the_new_cluster_and_its_topics_and_what_is_strange_stays_so() -> None:
    told = {"position": 4, "cluster_id": "old-cluster", "topic_id": "old", "topic_ids": {"a": "old", "b": "gone"}}
    part = Part("tracker-progress", 0, 0, 1, 1, "")
    [(at, record)] = laid_out(part, "progress", [kept(77, msgspec.json.encode(told))], IDS)
    assert at == 0
    assert msgspec.json.decode(record.value or b"") == {
        "position": 4,
        "cluster_id": "new-cluster",
        "topic_id": "new",
        "topic_ids": {"a": "new", "b": "gone"},
    }
