"""An index keeps the latest entry of each state, whatever comes when: in memory and on disk alike."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.events.partition.index import Entry, Index, MemoryIndex
from clearance.tracker.disk_index import DiskIndex, IndexBroken

OVER, WAITS = Entry(3, 7, over=True), Entry(4, 8, over=False)
New = Callable[[], Index]


def on_disk() -> DiskIndex:
    """One that writes nothing by itself."""
    return DiskIndex("", "a topic")


class Hasty(DiskIndex):
    """One that writes whatever is entered at once."""

    def enter(self, entries: object) -> None:
        super().enter(entries)  # type: ignore[arg-type]
        self.write(0)


@pytest.fixture(params=[MemoryIndex, on_disk, lambda: Hasty("", "a topic")], ids=["memory", "waiting", "written"])
def new(request: pytest.FixtureRequest) -> New:
    made: New = request.param
    return made


def test_it_finds_what_was_entered_and_nothing_else(new: New) -> None:
    index = new()
    index.enter({"a": OVER, "b": WAITS})
    assert index.find(("a", "b", "c")) == {"a": OVER, "b": WAITS}
    assert len(index) == 2
    assert index.find(()) == {}


def test_the_latest_counts_in_whatever_order_they_come(new: New) -> None:
    entries = [Entry(3, 7, over=True), Entry(3, 9, over=True), Entry(2, 12, over=False)]
    for order in permutations(entries):
        index = new()
        for entry in order:
            index.enter({"a": entry})
        assert index.find(("a",)) == {"a": Entry(3, 9, over=True)}
        assert len(index) == 1


def test_what_is_judged_anew_at_its_place_counts(new: New) -> None:
    index = new()
    index.enter({"a": OVER})
    index.enter({"a": OVER._replace(over=False)})
    assert index.find(("a",)) == {"a": OVER._replace(over=False)}


some = st.dictionaries(st.sampled_from("abcdé"), st.builds(Entry, st.integers(0, 3), st.integers(0, 3), st.booleans()))


@given(st.lists(st.tuples(some, st.booleans())))
def test_disk_and_memory_agree(entered: list[tuple[dict[str, Entry], bool]]) -> None:
    memory, disk = MemoryIndex(), on_disk()
    for entries, written in entered:
        memory.enter(entries)
        disk.enter(entries)
        if written:
            disk.write(0)
    assert disk.find("abcdé") == memory.find("abcdé")
    assert len(disk) == len(memory)
    disk.close()


def test_what_was_kept_is_there_again_and_nothing_after_it(tmp_path: Path) -> None:
    path = str(tmp_path / "index.db")
    index = DiskIndex(path, "a topic")
    index.enter({"a": OVER, "b": WAITS})
    index.write(9)
    index.enter({"c": Entry(9, 9, over=True)})  # and then it was killed
    again = DiskIndex(path, "a topic")
    assert (again.read_to, again.beyond, len(again)) == (9, 4, 2)
    assert again.find("abc") == {"a": OVER, "b": WAITS}
    assert again.not_over() == {"b": WAITS}


def test_what_is_of_another_topic_is_dropped(tmp_path: Path) -> None:
    path = str(tmp_path / "index.db")
    index = DiskIndex(path, "a topic")
    index.enter({"a": OVER})
    index.write(9)
    index.close()
    again = DiskIndex(path, "another topic")
    assert (again.read_to, len(again), again.find("a")) == (0, 0, {})
    assert len(DiskIndex(path, "a topic")) == 0


def test_a_file_that_is_no_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(b"nonsense" * 1000)
    assert len(DiskIndex(str(path), "a topic")) == 0


def test_a_file_that_is_damaged_meanwhile_is_dropped_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    names = [f"{number:060}" for number in range(20_000)]
    index = DiskIndex(str(path), "a topic")
    index.enter(dict.fromkeys(names, OVER))
    index.write(9)
    index.close()
    again = DiskIndex(str(path), "a topic")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with pytest.raises(IndexBroken, match=r"index.db is damaged .*made anew"):
        again.find(names)
    assert len(DiskIndex(str(path), "a topic")) == 0


def test_a_folder_that_is_not_there_is_named() -> None:
    with pytest.raises(IndexBroken, match=r"/nowhere/index.db cannot be used .*disk is full"):
        DiskIndex("/nowhere/index.db", "a topic")
