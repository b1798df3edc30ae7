"""How old an answer is stands in its headers, on every answer under /v1, and never in its body."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.api.client import Client
from tests.api.system import System

from clearance.api.freshness import Progress, freshness
from clearance.api.freshness_states import LIVE_SECONDS, Situation, state_of
from clearance.store.age import Ages
from clearance.store.rows import Folded
from clearance.store.schema import progress as progress_table

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HELD = "cn:unified:E20260004010000003"
HEADERS = ("Clearance-As-Of", "Clearance-Lag-Seconds", "Clearance-Stream-Time")


PARTITIONS = 12


def progress(ages: dict[int, int]) -> Progress:
    times = ((number, NOON - timedelta(seconds=age)) for number, age in ages.items())
    return Progress([Folded(number, time - timedelta(days=9), time, time) for number, time in times], PARTITIONS)


def test_a_list_is_as_old_as_the_oldest_partition() -> None:
    found = freshness(progress({number: number for number in range(PARTITIONS)}), Ages())
    oldest = NOON - timedelta(seconds=PARTITIONS - 1)
    assert found is not None
    assert (found.as_of, found.stream_time) == (oldest, oldest - timedelta(days=9))


def test_a_declaration_is_as_old_as_its_partition() -> None:
    found = freshness(progress({number: number for number in range(PARTITIONS)}), Ages(), 3)
    assert found is not None
    assert found.as_of == NOON - timedelta(seconds=3)


def test_a_parked_partition_makes_its_own_answers_stale_and_all_lists() -> None:
    held = [
        Folded(one.partition, one.stream_time, one.wall_time, one.applied_at, NOON if one.partition == 3 else None)
        for one in progress(dict.fromkeys(range(PARTITIONS), 1)).folded
    ]
    for partition, stale in ((None, NOON), (3, NOON), (4, None)):
        found = freshness(Progress(held, PARTITIONS), Ages(), partition)
        assert found is not None
        assert found.stale_since == stale


def test_a_parked_partition_does_not_make_the_api_unready(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.aged(0)
    system.park(HELD, NOON, aged_seconds=3600)
    assert client.get("/readyz").status_code == 200


def test_answers_on_a_parked_partition_say_that_they_are_stale(client: Client, system: System) -> None:
    system.play("held-then-released")
    before = client.get(f"/v1/declarations/{HELD}")
    assert (before.json()["stale"], "Clearance-Stale-Since" in before.headers) == (False, False)
    system.park(HELD, NOON)
    after = client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200, "it is another answer"
    assert after.json() == before.json() | {"stale": True}
    assert after.headers["Clearance-Stale-Since"] == "2026-11-01T12:00:00Z"
    [row] = [one for one in client.get("/v1/declarations").json()["declarations"] if one["id"] == HELD]
    assert row["stale"] is True


def test_a_store_that_misses_a_partition_has_no_age() -> None:
    assert freshness(progress(dict.fromkeys(range(PARTITIONS - 1), 1)), Ages()) is None
    assert freshness(progress({0: 1}), Ages(), 0) is not None
    assert freshness(progress({0: 1}), Ages(), 1) is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/v1/declarations/{HELD}", 200),
        (f"/v1/declarations/{HELD}/timeline", 200),
        ("/v1/declarations", 200),
        ("/v1/anomalies", 200),
        ("/v1/clearance-times", 200),
        ("/v1/declarations/unknown", 404),
        ("/v1/anomalies/000000000000000000000000", 404),
        ("/v1/commands/unknown", 404),
        ("/v1/declarations?limit=0", 422),
        ("/v1/nothing", 404),
    ],
)
def test_every_answer_says_how_old_it_is(client: Client, system: System, path: str, status: int) -> None:
    system.play("held-then-released")
    system.aged(40)
    answer = client.get(path)
    assert answer.status_code == status
    assert 40 <= float(answer.headers["Clearance-Lag-Seconds"]) < 400
    assert answer.headers["Clearance-As-Of"].endswith("Z")
    assert answer.headers["Clearance-Stream-Time"] == "2026-03-03T00:10:02Z"
    assert not any(name.lower() in answer.text.lower() for name in HEADERS)


def test_the_refusal_of_a_method_says_how_old_the_store_is_too(client: Client, system: System) -> None:
    answer = client.post("/v1/declarations")
    assert answer.status_code == 405
    assert "Clearance-As-Of" in answer.headers


def test_a_body_does_not_change_while_it_grows_older(client: Client, system: System) -> None:
    system.play("held-then-released")
    first = client.get(f"/v1/declarations/{HELD}")
    system.aged(100)
    second = client.get(f"/v1/declarations/{HELD}")
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    assert float(second.headers["Clearance-Lag-Seconds"]) > float(first.headers["Clearance-Lag-Seconds"])


def test_clients_ask_again_before_they_reuse_an_answer(client: Client) -> None:
    assert client.get("/v1/declarations").headers["Cache-Control"] == "private, no-cache"


def test_pages_of_the_process_itself_do_not_say_how_old_the_store_is(client: Client) -> None:
    assert "Clearance-As-Of" not in client.get("/healthz").headers


LIVE = Situation(missing=False, switching=False, parked=False, age_seconds=1, unchanged_seconds=1, stale_seconds=30)


@pytest.mark.parametrize(
    ("situation", "state"),
    [
        (LIVE, "live"),
        (LIVE._replace(age_seconds=LIVE_SECONDS), "live"),
        (LIVE._replace(age_seconds=LIVE_SECONDS + 1), "catching_up"),
        (LIVE._replace(age_seconds=9000), "catching_up"),
        (LIVE._replace(age_seconds=9000, unchanged_seconds=31), "stale"),
        (LIVE._replace(parked=True), "stale"),
        (LIVE._replace(missing=True, parked=True), "rebuilding"),
        (LIVE._replace(switching=True), "rebuilding"),
    ],
)
def test_the_worst_that_holds_is_told(situation: Situation, state: str) -> None:
    assert state_of(situation) == state


def test_an_answer_says_in_one_word_what_it_is(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.aged(0)
    address = f"/v1/declarations/{HELD}"
    first = client.get(address)
    assert first.headers["Clearance-Freshness"] == "live"
    system.aged(40)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["Clearance-Freshness"]) == (304, "catching_up")
    system.aged(400)
    assert client.get("/v1/declarations").headers["Clearance-Freshness"] == "stale"
    system.aged(0)
    system.park(HELD, NOON)
    assert client.get(address).headers["Clearance-Freshness"] == "stale"
    assert client.get("/readyz").json() == {"state": "ready", "freshness": "stale"}


def test_a_store_that_misses_a_partition_is_being_rebuilt(client: Client, system: System) -> None:
    with system.store.begin() as connection:
        connection.execute(progress_table.delete().where(progress_table.c.partition == 5))
    assert client.get("/v1/declarations").headers["Clearance-Freshness"] == "rebuilding"
    assert client.get("/readyz").json()["freshness"] == "rebuilding"


def test_a_replica_that_is_behind_says_so_and_sells_nothing_old(client: Client, system: System) -> None:
    system.play("held-then-released")
    tag = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    epoch, src, table, shown = tag.strip('"').split(".")
    later, earlier = (f'"{epoch}.{int(src) + by}.{table}.{shown}"' for by in (1, -1))
    for held in (later, f"W/{later}", f"{earlier}, {later}"):
        answer = client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": held})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "older-than-held")
        assert int(answer.headers["Retry-After"]) > 0
    of_another_epoch, of_a_later_table = f'"9.{int(src) + 1}.{table}.{shown}"', f'"{epoch}.{src}.9.{shown}"'
    for held in (earlier, of_another_epoch, of_a_later_table, later.replace(shown, "00000000-en")):
        assert client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": held}).status_code == 200


def test_a_feed_without_news_says_how_old_it_is(client: Client) -> None:
    cursor = client.get("/v1/changes?from=now").json()["cursor"]
    for prefer in ("", "wait=1"):
        answer = client.get(f"/v1/changes?cursor={cursor}", headers={"Prefer": prefer})
        assert (answer.json()["changes"], answer.headers["Clearance-Freshness"]) == ([], "live")
