"""Every index of states keeps the latest entry of each, whatever comes when."""

from itertools import permutations

from clearance.events.partition.index import Entry, Index, MemoryIndex


def test_it_finds_what_was_entered_and_nothing_else() -> None:
    index: Index = MemoryIndex()
    index.enter({"a": Entry(3, 7, over=True), "b": Entry(4, 8, over=False)})
    assert index.find(("a", "b", "c")) == {"a": Entry(3, 7, over=True), "b": Entry(4, 8, over=False)}
    assert len(index) == 2


def test_the_latest_counts_in_whatever_order_they_come() -> None:
    entries = [Entry(3, 7, over=True), Entry(3, 9, over=True), Entry(2, 12, over=False)]
    for order in permutations(entries):
        index: Index = MemoryIndex()
        for entry in order:
            index.enter({"a": entry})
        assert index.find(("a",)) == {"a": Entry(3, 9, over=True)}
        assert len(index) == 1


def test_what_is_judged_anew_at_its_place_counts() -> None:
    index: Index = MemoryIndex()
    index.enter({"a": Entry(3, 7, over=True)})
    index.enter({"a": Entry(3, 7, over=False)})
    assert index.find(("a",)) == {"a": Entry(3, 7, over=False)}
