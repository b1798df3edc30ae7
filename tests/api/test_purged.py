"""What has left the store: its number is unknown, a cursor before it is of no use, a late receipt brings it back."""

from tests.api.client import Client
from tests.api.system import PARTITIONS, System
from tests.api.test_changes import Mirror, shown
from tests.helpers.arrivals import receipt

from clearance.events.partition.replay import Arrival
from clearance.kafka.clients import partition_of

CODES = "7LJPR"


def numbers(partition: int, count: int) -> list[str]:
    """Of declarations in one partition."""
    every = (f"I2026{number:013}" for number in range(5000))
    return [one for one in every if partition_of(f"cn:unified:{one}".encode(), PARTITIONS) == partition][:count]


OLD, NEW = numbers(3, 2)


def life(number: str, *codes: str) -> list[Arrival]:
    return [receipt(code, minutes, seq=number) for minutes, code in enumerate(codes)]


def purged(system: System) -> None:
    """One is over and has left; another one came after it."""
    system.take(life(OLD, *CODES)).take(life(NEW, "7"))
    assert system.purge() >= 1


def test_its_number_is_unknown_and_no_list_shows_it(client: Client, system: System) -> None:
    system.take(life(OLD, *CODES)).take(life(NEW, "7"))
    assert client.get(f"/v1/declarations/{OLD}").status_code == 200
    assert system.purge() >= 1
    answer = client.get(f"/v1/declarations/{OLD}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-number")
    assert [*shown(client)] == [f"cn:unified:{NEW}"]


def test_a_late_receipt_brings_it_back_as_if_it_had_never_left(client: Client, system: System) -> None:
    system.take(life(OLD, *CODES))
    before = client.get(f"/v1/declarations/{OLD}/timeline").json()
    system.take(life(NEW, "7"))
    assert system.purge() >= 1
    mirror = Mirror()
    mirror.follow(client)
    assert f"cn:unified:{OLD}" not in mirror.states
    cursor = mirror.cursor
    system.take([receipt("C", 2, seq=OLD)])
    after = client.get(f"/v1/declarations/{OLD}/timeline").json()
    assert len(after["entries"]) == len(before["entries"]) + 1
    [change] = client.get(f"/v1/changes?cursor={cursor}").json()["changes"]
    assert change["previous_seq"] == change["seq"] - 1 > 1


def test_who_had_read_to_the_end_misses_nothing(client: Client, system: System) -> None:
    mirror = Mirror()
    system.take(life(OLD, *CODES)).take(life(NEW, "7"))
    mirror.follow(client)
    assert system.purge() >= 1
    system.take([receipt("C", 2, seq=OLD)])
    mirror.follow(client)
    assert mirror.states == shown(client)


def test_a_cursor_before_what_is_gone_is_refused_with_what_to_do(client: Client, system: System) -> None:
    early = client.get("/v1/changes").json()["cursor"]
    purged(system)
    answer = client.get(f"/v1/changes?cursor={early}")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/changes-purged")
    assert "from=start" in answer.json()["detail"]
    mirror = Mirror()
    mirror.follow(client)
    assert mirror.states == shown(client)
