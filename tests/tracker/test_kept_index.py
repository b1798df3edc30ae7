"""With an index that was kept, a restore reads only what is new, and comes to the same as one that reads everything."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.partition_logs import TABLES, state_bytes

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.events.partition.index import Entry
from clearance.kafka.names import BASE
from clearance.kafka.topics import Identity
from clearance.kafka.wire import Outgoing
from clearance.settings import InvalidSetting
from clearance.tracker import index_folder
from clearance.tracker.disk_index import DiskIndex
from clearance.tracker.index_folder import IndexFolder
from clearance.tracker.owned import Owned

from .by_hand import ByHand, keys, receipt
from .stories import run

CODES = "7LJPR"
IDENTITY = Identity("cluster", {BASE.status: "topic"})


def an_index(path: Path) -> DiskIndex:
    return DiskIndex(str(path), "the partition")


async def whole(hand: ByHand, owned: Owned) -> dict[str, bytes]:
    """Every state, also what was away."""
    await hand.bring_back(owned, *keys(owned.number, count=100))
    return state_bytes(owned.fold)


async def same(hand: ByHand, partition: int, path: Path) -> None:
    """With the index and without."""
    kept, read = await hand.restore(partition, index=an_index(path)), await hand.restore(partition)
    assert kept.stale == read.stale
    names = keys(partition, count=100)
    assert kept.owned.index.find(names) == read.owned.index.find(names)
    assert {*kept.owned.fold.partition.states} == {*read.owned.fold.partition.states}
    assert kept.owned.fold.partition.states.gone == read.owned.fold.partition.states.gone
    assert kept.owned.fold.partition.due() == read.owned.fold.partition.due()
    assert await whole(hand, kept.owned) == await whole(hand, read.owned)


def test_it_reads_what_is_new_and_what_is_still_to_come(broker: EmbeddedBroker, partition: int, tmp_path: Path) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        path = tmp_path / "index.db"
        owned = (await hand.restore(partition, index=an_index(path))).owned
        others = keys(partition, 1, 60)
        await hand.append(partition, *(receipt(one, code) for one in others for code in CODES), receipt(key, "7"))
        await hand.fold(partition, owned)
        owned.index.keep(0)
        an_index(path).close()
        index = DiskIndex(str(path), "the partition")
        assert index.read_to == 0, "it was killed before anything was kept"
        owned = (await hand.restore(partition, index=index)).owned
        index.write(owned.status.known_to)
        await same(hand, partition, path)
        found = await hand.restore(partition, index=an_index(path))
        assert (found.records, found.owned.fold.partition.states.gone) == (1, 60)
        assert [*found.owned.fold.partition.states] == [key]

    run(broker, partition, story)


def test_a_late_receipt_after_a_restart_folds_as_if_nothing_had_been(
    broker: EmbeddedBroker, partition: int, tmp_path: Path
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        index = an_index(tmp_path / "index.db")
        owned = (await hand.restore(partition, index=index)).owned
        await hand.append(partition, *(receipt(key, code, minutes) for minutes, code in enumerate(CODES)))
        await hand.fold(partition, owned)
        index.write(owned.status.known_to)
        late = (await hand.restore(partition, index=an_index(tmp_path / "index.db"))).owned
        assert late.fold.partition.states.gone == 1
        await hand.append(partition, receipt(key, "C", 2))
        batch = await hand.fold(partition, late)
        assert batch.events
        assert state_bytes(late.fold) == state_bytes(await hand.fold_anew(partition))

    run(broker, partition, story)


def test_where_the_topic_is_shorter_or_lacks_a_state_everything_is_read(
    broker: EmbeddedBroker, partition: int, tmp_path: Path
) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        owned = (await hand.restore(partition)).owned
        await hand.append(partition, receipt(key, "7"), receipt(keys(partition, 1)[0], "7"))
        await hand.fold(partition, owned)
        for entered, read_to in (({}, 99), ({"cn:unified:I20260000009999999": Entry(0, 1, over=False)}, 2)):
            index = an_index(tmp_path / f"{read_to}.db")
            index.enter(entered)
            index.write(read_to)
            await same(hand, partition, tmp_path / f"{read_to}.db")

    run(broker, partition, story)


def test_a_newer_state_of_another_worker_is_known_to_it(broker: EmbeddedBroker, partition: int, tmp_path: Path) -> None:
    async def story(hand: ByHand, partition: int, key: str) -> None:
        index = an_index(tmp_path / "index.db")
        owned = (await hand.restore(partition, index=index)).owned
        await hand.append(partition, *(receipt(key, code, minutes) for minutes, code in enumerate(CODES)))
        await hand.fold(partition, owned)
        last = (await hand.states(partition))[-1]
        newer = [(name, b"99" if name == "src" else value) for name, value in last.headers]
        await hand.write(BASE.status, partition, Outgoing(last.key, last.value, newer))
        await hand.heal(owned)
        index.write(owned.status.known_to)
        found = (await hand.restore(partition, index=an_index(tmp_path / "index.db"))).owned
        assert found.index.find((key,)) == (await hand.restore(partition)).owned.index.find((key,))
        assert found.index.find((key,))[key].src == 99

    run(broker, partition, story)


@pytest.mark.parametrize("seed", [3, 14, 19])  # they notice where something is believed that was not looked at
def test_whatever_happened_in_between(seed: int, broker: EmbeddedBroker, partition: int, tmp_path: Path) -> None:
    """Batches, restarts with what was kept by then, old and new states of a worker that was paused, healing."""

    async def story(hand: ByHand, partition: int, _: str) -> None:
        draw, path = random.Random(seed), tmp_path / "index.db"  # noqa: S311 # no secret
        names = keys(partition, count=12)
        owned = (await hand.restore(partition, index=an_index(path))).owned

        async def batch() -> None:
            given = [receipt(draw.choice(names), draw.choice(CODES), draw.randrange(60)) for _ in range(8)]
            await hand.append(partition, *given)
            await hand.fold(partition, owned)

        async def foreign() -> None:
            if states := await hand.states(partition):
                for old in draw.sample(states, min(3, len(states))):
                    await hand.write(BASE.status, partition, Outgoing(old.key, old.value, list(old.headers)))

        async def healed() -> None:
            await hand.heal(owned)

        async def kept() -> None:
            owned.let_go(0)
            index = owned.index
            assert isinstance(index, DiskIndex)
            index.write(owned.status.known_to)

        async def killed() -> None:
            nonlocal owned
            found = await hand.restore(partition, index=an_index(path))
            if draw.random() < 0.3:  # and again, before it has written over what is old
                found = await hand.restore(partition, index=an_index(path))
            owned = found.owned
            await hand.write_again(found)

        for _step in range(30):
            await draw.choice((batch, batch, foreign, healed, kept, killed))()
        await same(hand, partition, path)
        assert await whole(hand, owned) == state_bytes(await hand.fold_anew(partition))

    run(broker, partition, story)


WRITES = """
import sys
from itertools import count
from clearance.events.partition.index import Entry
from clearance.tracker.disk_index import DiskIndex
index = DiskIndex(sys.argv[1], "a topic")
for number in count(index.read_to):
    index.enter({f"{number % 997:060}": Entry(number, number, number % 3 > 0)})
    if number % 50 == 0:
        index.write(number + 1)
        print(number + 1, flush=True)
"""


def test_killed_while_it_is_written_it_holds_what_the_topic_held(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITES, path], stdout=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(40)][-1]
            process.send_signal(signal.SIGKILL)
        index = DiskIndex(str(path), "a topic")
        latest = {f"{number % 997:060}": number for number in range(int(index.read_to))}
        assert index.read_to >= told
        assert index.find(latest) == {name: Entry(last, last, over=last % 3 > 0) for name, last in latest.items()}
        assert len(index) == len(latest)
        index.close()


def test_trackers_that_share_a_folder_have_parts_of_their_own(tmp_path: Path) -> None:
    here, there = IndexFolder(str(tmp_path)), IndexFolder(str(tmp_path))
    ours, theirs = (one.index(BASE, 3, IDENTITY, TABLES) for one in (here, there))
    assert ours.path != theirs.path
    ours.enter({"a": Entry(1, 1, over=True)})
    ours.write(2)
    assert here.index(BASE, 3, IDENTITY, TABLES).read_to == 2
    assert there.index(BASE, 3, IDENTITY, TABLES).read_to == 0


@pytest.mark.parametrize(
    "other",
    [
        lambda folder: folder.index(BASE, 4, IDENTITY, TABLES),
        lambda folder: folder.index(BASE, 3, Identity("cluster", {BASE.status: "made anew"}), TABLES),
        lambda folder: folder.index(BASE, 3, Identity("another", IDENTITY.topic_ids), TABLES),
    ],
    ids=["another partition", "another topic", "another cluster"],
)
def test_what_is_of_something_else_is_not_trusted(other: Callable[[IndexFolder], DiskIndex], tmp_path: Path) -> None:
    folder = IndexFolder(str(tmp_path))
    folder.index(BASE, 3, IDENTITY, TABLES).write(2)
    assert other(folder).read_to == 0


def test_after_the_machine_was_started_again_nothing_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = IndexFolder(str(tmp_path / "index"))
    folder.index(BASE, 3, IDENTITY, TABLES).write(2)
    (tmp_path / "boot").write_text("another\n", encoding="ascii")
    monkeypatch.setattr(index_folder, "BOOT", tmp_path / "boot")
    assert folder.index(BASE, 3, IDENTITY, TABLES).read_to == 0


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidSetting, match=r"CLEARANCE_TRACKER_INDEX_FOLDER: .*file/0 cannot be used: Not a dir"):
        IndexFolder(str(tmp_path / "file"))
