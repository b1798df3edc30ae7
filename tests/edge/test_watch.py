"""The folder of an import client: half-written, replaced, renamed and copied files, crashes, restarts."""

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.edge.log import RECEIVED, RECORDINGS, inputs, letters, receipt
from tests.messages import import_response

from clearance.devbroker.embedded import EmbeddedBroker
from clearance.edge.append import open_edge
from clearance.edge.journal import Journal, JournalLine
from clearance.edge.received import Watched
from clearance.edge.watch import Watch

A_MINUTE = 61.0


class Clock:
    """A clock that tests put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Inbox:
    """A watched folder, and what looks into it; `restart` is what a new process would find."""

    def __init__(self, folder: Path, bootstrap: str, done: Path | None = None) -> None:
        self.folder, self.bootstrap, self.clock = folder, bootstrap, Clock()
        self.watched = Watched(folder=folder, aside=folder / ".clearance" / "aside", done=done, organisation="acme")
        self.journal = Journal(folder / ".clearance")
        self.watch = Watch(self.watched, self.journal, self.clock)

    def restart(self) -> None:
        self.journal.close()
        self.journal = Journal(self.folder / ".clearance")
        self.watch = Watch(self.watched, self.journal, self.clock)

    def look(self, times: int = 2, after: float = 1.0) -> Counter[str]:
        """Several looks, each `after` seconds later than the one before; what was taken in all of them."""

        async def work() -> Counter[str]:
            counts = Counter[str]()
            async with open_edge(self.bootstrap) as edge:
                for _ in range(times):
                    self.clock.now += after
                    counts += await self.watch.look(edge)
            return counts

        return asyncio.run(work())

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def values(self) -> list[bytes]:
        return sorted(record.value for record in inputs(self.bootstrap))


@pytest.fixture
def inbox(tmp_path: Path, embedded_broker: EmbeddedBroker) -> Iterator[Inbox]:
    one = Inbox(tmp_path, embedded_broker.bootstrap)
    yield one
    one.journal.close()


def test_it_takes_a_file_that_two_looks_see_alike_and_takes_it_once(inbox: Inbox) -> None:
    inbox.write("Receipt_E1_20260302090000000.xml", RECEIVED)
    assert inbox.look(times=1) == {}
    assert inbox.look(times=1) == {"appended": 1}
    assert inbox.look(times=3, after=A_MINUTE) == {}
    (record,) = inputs(inbox.bootstrap)
    assert (record.value, record.head["organisation"]) == (RECEIVED, "acme")


def test_it_waits_for_a_file_that_grows(inbox: Inbox) -> None:
    for end in (10, 100, 200):
        inbox.write("Receipt_E1_20260302090000000.xml", RECEIVED[:end])
        assert inbox.look(times=1) == {}
    inbox.write("Receipt_E1_20260302090000000.xml", RECEIVED)
    assert inbox.look() == {"appended": 1}


def test_it_waits_for_a_file_whose_writer_pauses(inbox: Inbox) -> None:
    inbox.write("Receipt_E1_20260302090000000.xml", RECEIVED[:200])
    assert inbox.look(times=10) == {}
    inbox.write("Receipt_E1_20260302090000000.xml", RECEIVED)
    assert inbox.look() == {"appended": 1}
    assert not letters(inbox.bootstrap)


def test_it_refuses_what_has_been_no_message_for_a_minute_and_takes_it_once_it_is_one(inbox: Inbox) -> None:
    path = inbox.write("Failed_X_20260302090000000.xml", RECEIVED[:200])
    assert inbox.look(after=A_MINUTE) == {"refused": 1}
    (letter,) = letters(inbox.bootstrap)
    assert letter.original == RECEIVED[:200]
    path.write_bytes(RECEIVED)
    assert inbox.look(after=A_MINUTE) == {"appended": 1}


def test_it_takes_a_replaced_file_again_and_a_touched_one_not(inbox: Inbox) -> None:
    path = inbox.write("Receipt_E1_20260302090000000.xml", receipt(1))
    inbox.look()
    os.utime(path, (1, 1))
    assert inbox.look(after=A_MINUTE) == {"copy": 1}
    path.write_bytes(receipt(2))
    assert inbox.look(after=A_MINUTE) == {"appended": 1}
    assert inbox.values() == sorted([receipt(1), receipt(2)])


def test_it_takes_a_renamed_file_once(inbox: Inbox) -> None:
    path = inbox.write("half.xml", RECEIVED)
    inbox.look(times=1)
    path = path.rename(inbox.folder / "Receipt_other.xml")
    assert inbox.look() == {"appended": 1}
    path.rename(inbox.folder / "old.xml")
    assert inbox.look() == {"copy": 1}
    assert inbox.values() == [RECEIVED]


def test_it_takes_one_content_under_two_names_once(inbox: Inbox) -> None:
    inbox.write("a.xml", RECEIVED)
    inbox.write("b.xml", RECEIVED)
    assert inbox.look(times=4) == {"appended": 1, "copy": 1}
    assert inbox.values() == [RECEIVED]


def test_it_takes_one_content_twice_where_the_names_say_of_what_it_speaks(inbox: Inbox) -> None:
    failure = next((RECORDINGS / "smart-card-failure").glob("Failed_*.xml")).read_bytes()
    for number in (1, 2):
        inbox.write(f"Failed_DXPENT00000000{number}_20260302090259120.xml", failure)
    assert inbox.look(times=3) == {"appended": 2}
    assert {record.key for record in inputs(inbox.bootstrap)} == {
        "cn:cop-msg:DXPENT000000001",
        "cn:cop-msg:DXPENT000000002",
    }


def test_it_takes_one_content_twice_where_two_stamps_say_when_it_was_written(inbox: Inbox) -> None:
    untimed = import_response(ResponseCode="-1", ErrorMessage="x", ClientSeqNo="CN-1", SeqNo="")
    for data in (untimed, RECEIVED):
        for hour in ("09", "08"):
            inbox.write(f"{len(data)}_20260302{hour}0000000.xml", data)
    assert inbox.look(times=3) == {"appended": 3, "copy": 1}
    stamps = {record.head.get("stated-at") for record in inputs(inbox.bootstrap) if record.value == untimed}
    assert stamps == {"2026-03-02T01:00:00Z", "2026-03-02T00:00:00Z"}


def test_it_takes_the_conversation_from_the_sidecar_beside_a_file(inbox: Inbox) -> None:
    inbox.write("1.json", b'{"conversation_id": "5b7ad3c6"}')
    inbox.write("1.xml", RECEIVED)
    inbox.write("2.xml", RECEIVED)
    assert inbox.look(times=3) == {"appended": 2}
    assert {record.head.get("conversation-id") for record in inputs(inbox.bootstrap)} == {"5b7ad3c6", None}


def test_a_sidecar_that_cannot_be_read_is_told_and_waited_for(inbox: Inbox) -> None:
    inbox.write("1.json", b'{"conversation_id": "')
    inbox.write("1.xml", RECEIVED)
    assert inbox.look(times=3, after=A_MINUTE) == {}
    inbox.write("1.json", b'{"conversation_id": "5b7ad3c6"}')
    assert inbox.look() == {"appended": 1}


def test_it_leaves_alone_what_is_no_message_file(inbox: Inbox) -> None:
    for name in (".hidden.xml", "notes.txt", "Receipt_1.xml.tmp"):
        inbox.write(name, RECEIVED)
    (inbox.folder / "folder.xml").mkdir()
    assert inbox.look(times=3, after=A_MINUTE) == {}


def test_a_crash_between_acknowledgement_and_journal_makes_a_copy_and_loses_nothing(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        inbox.write(f"{number}.xml", receipt(number))

    def crash(self: Journal, lines: list[JournalLine], at: object) -> None:
        if lines:
            raise OSError(errno.ENOSPC, "disk full", "journal")

    with monkeypatch.context() as context:
        context.setattr(Journal, "write", crash)
        with pytest.raises(OSError, match="disk full"):
            inbox.look()
    inbox.restart()
    assert inbox.look() == {"appended": 3}
    assert Counter(inbox.values()) == {receipt(number): 2 for number in range(3)}
    assert inbox.look(times=3, after=A_MINUTE) == {}


def test_it_goes_on_after_a_restart_where_it_was(inbox: Inbox) -> None:
    inbox.write("1.xml", receipt(1))
    inbox.look()
    inbox.write("2.xml", receipt(2))
    inbox.look(times=1)
    inbox.restart()
    inbox.write("3.xml", receipt(3))
    assert inbox.look(times=3) == {"appended": 2}
    assert inbox.values() == [receipt(1), receipt(2), receipt(3)]


def test_it_moves_what_was_taken_also_what_an_earlier_run_left(tmp_path: Path, embedded_broker: EmbeddedBroker) -> None:
    done = tmp_path / "done"
    done.mkdir()
    (done / "1.xml").write_bytes(b"an earlier one")
    inbox = Inbox(tmp_path, embedded_broker.bootstrap)
    inbox.write("1.xml", receipt(1))
    inbox.look()
    inbox.journal.close()
    again = Inbox(tmp_path, embedded_broker.bootstrap, done)
    again.write("2.xml", receipt(2))
    again.write("1.json", b'{"conversation_id": "5b7ad3c6"}')
    assert again.look(times=3) == {"appended": 1}
    again.journal.close()
    assert sorted(path.name for path in done.iterdir()) == ["1.2.json", "1.2.xml", "1.xml", "2.xml"]
    assert not [*tmp_path.glob("*.xml"), *tmp_path.glob("*.json")]


def test_it_keeps_a_large_file_aside_and_says_where(inbox: Inbox) -> None:
    data = RECEIVED + b" " * (2 << 20)
    inbox.write("large.xml", data)
    assert inbox.look() == {"refused": 1}
    (letter,) = letters(inbox.bootstrap)
    (kept,) = inbox.watched.aside.iterdir()
    assert kept.read_bytes() == data
    assert str(kept) in letter.reason
    assert (letter.truncated, letter.size) == (True, len(data))


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """A file that cannot be read; also for root, who may read what has no permissions."""
    aside = path.rename(path.with_suffix(".kept"))
    path.symlink_to(path)
    yield
    path.unlink()
    aside.rename(path)


def test_it_tells_of_an_unreadable_file_once_and_takes_the_others_and_it_later(
    inbox: Inbox, capsys: pytest.CaptureFixture[str]
) -> None:
    path = inbox.write("1.xml", receipt(1))
    inbox.write("2.xml", receipt(2))
    with unreadable(path):
        assert inbox.look(times=4) == {"appended": 1}
    assert capsys.readouterr().out.count("it cannot be read") == 1
    assert inbox.look(times=3) == {"appended": 1}


def test_it_tells_when_the_folder_is_away_and_goes_on_when_it_is_back(
    inbox: Inbox, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox.write("1.xml", receipt(1))
    away = inbox.folder.rename(inbox.folder.with_name("away"))
    assert inbox.look(times=3) == {}
    assert capsys.readouterr().out.count("the folder cannot be read") == 1
    away.rename(inbox.folder)
    assert inbox.look() == {"appended": 1}


def test_a_second_process_on_the_same_folder_is_refused(inbox: Inbox) -> None:
    with pytest.raises(BlockingIOError, match="another `clearance ingest --watch`"):
        Journal(inbox.folder / ".clearance")


@pytest.mark.soak
def test_five_thousand_files_are_taken_once_each_while_more_come(inbox: Inbox) -> None:
    for number in range(2500):
        inbox.write(f"Receipt_{number}_20260302090000000.xml", receipt(number))
    inbox.look(times=1)
    for number in range(2500, 5000):
        inbox.write(f"Receipt_{number}_20260302090000000.xml", receipt(number))
    assert inbox.look(times=2) == {"appended": 5000}
    inbox.restart()
    assert inbox.look(times=3, after=A_MINUTE) == {}
    assert inbox.values() == sorted(map(receipt, range(5000)))
