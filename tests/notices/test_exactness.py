"""Each notice once: wherever the process ends, whatever is away, and over epochs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select
from tests.helpers.extent import a_few_of
from tests.notices.told import Telling

from clearance.access import recipients
from clearance.access.backup import backup, restore
from clearance.access.database import opened
from clearance.access.schema import notices
from clearance.notices import attempts, outbox, sending
from clearance.notices.outcomes import SENT, Outcome
from clearance.notices.wording import Writer
from clearance.settings import load
from clearance.store.connect import writing

AWAY = Outcome("again", "mail.example:587: Connection refused")


class Killed(Exception):
    """The process ends here."""


class Ending:
    """Ends the process before or after the transaction of this number; then it is a new one."""

    def __init__(self, at: int, after: bool) -> None:
        self.left, self.after = at, after

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Connection]:
        self.left -= 1
        with writing(engine) as connection:
            yield connection
            if self.left == 0 and not self.after:
                raise Killed
        if self.left == 0:
            raise Killed


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", a_few_of(range(1, 16), 3))
def test_killed_at_any_transaction_it_tells_each_matter_once(
    telling: Telling, monkeypatch: pytest.MonkeyPatch, at: int, after: bool
) -> None:
    telling.add(looked=False)
    ending = Ending(at, after)
    for module in (attempts, outbox, sending):
        monkeypatch.setattr(module, "writing", ending.writing)
    arrivals = [*telling.system.arrivals_of("held-then-released")]
    for part in ([], arrivals[:4], arrivals[4:], telling.system.arrivals_of("inspection-escalates")):
        telling.system.take(part)
        for _ in range(3):
            try:
                telling.tell(minutes=5)
                attempts.give_up_uncertain(telling.access, telling.now)
            except Killed:
                telling.start_anew()
    told = [message.subject for _, message in telling.sent]
    assert len(told) == len({*told})
    assert len({*telling.ids}) == len(telling.ids)
    lost = [one.state for one in outbox.undelivered(telling.access)]
    assert lost in ([], ["uncertain"])
    assert len(told) + len(lost) in (3, 4)  # what is uncertain may have gone out, or not


def test_a_server_that_is_away_is_tried_again_and_tells_it_once(telling: Telling) -> None:
    telling.add()
    telling.outcome = AWAY
    telling.system.play("inspection-escalates")
    for _ in range(5):
        assert telling.tell(minutes=16) == []
    telling.outcome = SENT
    assert len(telling.tell(minutes=16)) == 1
    assert telling.tell(hours=1) == []
    assert telling.board.value("clearance_notices_total", "email", "again") == 5
    assert telling.board.value("clearance_notices_total", "email", "sent") == 1


def test_between_attempts_it_waits_longer_each_time(telling: Telling) -> None:
    telling.add()
    telling.outcome = AWAY
    telling.system.play("inspection-escalates")
    pauses = []
    for _ in range(12):
        telling.tell()
        held = outbox.position(telling.access, "desk")
        assert held is not None
        assert held.not_before is not None
        pauses.append((held.not_before - telling.now).total_seconds())
        assert attempts.due(telling.access, telling.now) == []
        telling.now = held.not_before
    assert 2.5 <= pauses[0] <= 5
    assert 450 <= pauses[-1] <= 900
    assert pauses[5] > pauses[0]


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_what_could_not_be_told_for_hours_is_listed(telling: Telling) -> None:
    telling.add()
    telling.outcome = AWAY
    telling.system.play("inspection-escalates")
    for _ in range(30):
        telling.tell(minutes=16)
    [one] = outbox.undelivered(telling.access)
    assert (one.recipient, one.state, one.reason) == ("desk", "undelivered", AWAY.reason)
    assert one.attempts > 10
    telling.outcome = SENT
    assert telling.tell(hours=1) == []


@pytest.mark.parametrize("result", ["refused", "uncertain"])
def test_what_is_refused_or_uncertain_is_listed_at_once_and_not_sent_again(telling: Telling, result: str) -> None:
    telling.add()
    telling.outcome = Outcome(result, "why")  # type: ignore[arg-type] # one of the two
    telling.system.play("inspection-escalates")
    telling.tell()
    [one] = outbox.undelivered(telling.access, "desk")
    assert (one.state, one.attempts) == ({"refused": "undelivered"}.get(result, result), 1)
    telling.outcome = SENT
    assert telling.tell(hours=1) == []


@pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)
def test_in_another_epoch_nothing_is_told_again_but_what_is_new_is(telling: Telling) -> None:
    telling.add()
    held = [*telling.system.arrivals_of("held-then-released")]
    telling.system.take(held[:4])
    assert len(telling.tell()) == 1
    telling.system.start_anew()  # history is folded anew, and meanwhile more happens
    telling.system.take(held)
    telling.now = held[-1].at
    telling.system.play("inspection-escalates", "rejected-and-left")
    telling.epoch = 1
    told = {one.subject for one in telling.tell()}
    assert told == {
        "[closed] E20260004010000003: goods held for inspection",
        "[critical] E20260004010000044: goods held for inspection",
    }
    assert telling.tell(hours=1) == []
    telling.epoch = 2
    assert telling.tell(hours=1) == []


def test_a_recipient_that_is_removed_is_forgotten(telling: Telling) -> None:
    telling.add()
    telling.system.play("inspection-escalates")
    telling.tell()
    recipients.remove(telling.access, "desk")
    with telling.access.connect() as connection:
        assert connection.execute(select(notices.c.id)).all() == []


def test_of_two_processes_one_notes_and_one_sends(telling: Telling) -> None:
    telling.add()
    held = outbox.position(telling.access, "desk")
    telling.system.play("inspection-escalates")
    telling.collect()
    assert held is not None
    advanced = outbox.advance(
        engine=telling.access,
        recipient="desk",
        before=held,
        after=held,
        news=[],
        noted_at=telling.now,
        due_at=telling.now,
    )
    assert advanced is None
    [desk] = recipients.all_of(telling.access)
    writer = Writer(desk)
    assert sending.take(telling.access, writer, telling.now) is not None
    assert sending.take(telling.access, writer, telling.now) is None


def test_a_backup_tells_nothing_again(telling: Telling, tmp_path: Path) -> None:
    telling.add()
    telling.system.play("inspection-escalates")
    telling.tell()
    lines = [*backup(telling.access)]
    with opened(load(database_url=f"sqlite:///{tmp_path / 'other.db'}")) as other:
        restore(other, lines)
        assert [one.id for one in recipients.all_of(other)] == ["desk"]
        telling.access = other
        telling.start_anew()
        assert telling.tell(minutes=1) == []
        telling.system.play("rejected-and-left")
        assert len(telling.tell(minutes=1)) == 1
