"""What a move leaves in a log: a seal at the end of the old one, and in the new one what a person had set aside."""

from msgspec.structs import replace
from tests.helpers.partition_logs import TABLES, logged

from clearance.events.log.input_records import SEALED, SET_ASIDE, VERSION, InputRecord
from clearance.events.partition.batch import PartitionFold

LOG = logged("held-then-released")
SEAL = InputRecord("", b"", (("kind", SEALED.encode()), ("schema-version", VERSION.encode())), len(LOG))


def test_a_seal_is_folded_and_changes_nothing() -> None:
    one = PartitionFold(TABLES)
    one.fold(LOG)
    before = {name: state.src for name, state in ((each.id, each) for each in one.partition.states.values())}
    batch = one.fold([SEAL])
    assert (batch.events, batch.sends, batch.dead, batch.dirty) == ([], [], [], {})
    assert {each.id: each.src for each in one.partition.states.values()} == before
    assert one.position == len(LOG)
    assert one.counts["", "sealed", "applied"] == 1


def test_a_copy_of_what_was_set_aside_is_not_folded_and_says_why() -> None:
    nth = next(place for place, one in enumerate(LOG) if one.key)
    aside = replace(LOG[nth], headers=(*LOG[nth].headers, (SET_ASIDE, "挡路".encode())))
    by_header, by_list = PartitionFold(TABLES), PartitionFold(TABLES, set_aside={nth: "挡路"})
    said, listed = by_header.fold([*LOG[:nth], aside, *LOG[nth + 1 :]]), by_list.fold(LOG)
    assert [(one.record.position, one.reason, one.stage) for one in said.dead] == [(nth, "挡路", "operator")]
    assert said.events == listed.events
    assert [one.reason for one in listed.dead] == ["挡路"]
