"""Every answer about an open declaration tells its silence, by the table of expectations in force."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from msgspec.structs import replace
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_polled import ADDRESS, Ask, caught_up, moment, nobody_asked, run

from clearance.api.app import create_app
from clearance.api.stores import Store, Stores
from clearance.api.waiting import EVERYTHING, Waiters
from clearance.events.learning.expectations import SHARES, Expectations, Learned, Slower
from clearance.settings import load
from clearance.store.applied import AppliedBatch
from clearance.store.reader import Reader

COHORT_KEY = ("reviewed", "cn", "*", "*", "*", "*")
CURVE = tuple(round(2000 * share) for share in SHARES)
AS_OF = datetime(2026, 3, 2, tzinfo=UTC)
COHORT = {"stage": "reviewed", "authority": "cn"}
LEARNED = Learned(
    size=200,
    percentile=0.95,
    overdue_after_seconds=100 * 3600,
    curve_seconds=tuple(round(100 * 3600 * share / 0.95) for share in SHARES),
)
CUT_OFF = "2026-03-04T03:00:00Z"
SINCE = datetime(2026, 3, 2, 1, 0, 8, tzinfo=UTC)


def table(version: int, stage: str = "reviewed") -> Expectations:
    return Expectations(version, AS_OF, {(stage, *COHORT_KEY[1:]): LEARNED})


@pytest.fixture
def reviewed(system: System) -> System:
    """The export of the recording, reviewed and not yet released."""
    return system.take([*system.arrivals_of("held-then-released")][:3])


def silence(client: Client, address: str = ADDRESS) -> Any:
    return client.get(address).json()["silence"]


def test_before_the_first_table_the_configured_time_is_told_and_named_as_such(client: Client, system: System) -> None:
    system.take([*system.arrivals_of("held-then-released")][:2])
    told = silence(client)
    assert (told["since"], told["overdue_at"], told["configured_at"]) == (
        "2026-03-02T01:00:01Z",
        "2026-03-02T03:00:01Z",
        "2026-03-02T03:00:01Z",
    )
    assert (told["basis"]["code"], told["cohort"], told["size"], told["table_version"]) == ("configured", {}, 0, 0)
    assert "by the configured time" in told["text"]


def test_a_stage_that_waits_for_something_else_has_no_time_and_says_so(client: Client, reviewed: System) -> None:
    told = silence(client)
    assert (told["overdue_at"], told["configured_at"], told["basis"]["code"]) == (None, None, "nothing")


def test_a_table_gives_times_a_cohort_its_size_and_its_version(client: Client, reviewed: System) -> None:
    reviewed.learn(table(7))
    told = silence(client)
    assert (told["cohort"], told["size"], told["table_version"]) == (COHORT, 200, 7)
    assert (told["basis"]["code"], told["overdue_percentile"]) == ("learned", 0.95)
    assert datetime.fromisoformat(told["overdue_at"]) == SINCE + timedelta(hours=100)
    half = SINCE + timedelta(seconds=LEARNED.p50_seconds or 0)
    assert datetime.fromisoformat(told["p50_at"]) == half
    assert "half of the 200 like it" in told["text"].lower()
    assert "同类 200 票" in client.get(ADDRESS, headers={"Accept-Language": "zh"}).json()["silence"]["text"]


def test_an_office_that_has_become_slower_there_is_told_and_no_other(client: Client, reviewed: System) -> None:
    slow = Slower(size=80, p90_seconds=9 * 3600, before_seconds=3 * 3600)
    office = client.get(ADDRESS).json()["office"]
    reviewed.learn(replace(table(7), slower={("reviewed", "cn", "0000"): slow, ("received", "cn", office): slow}))
    assert silence(client)["office_slower"] is None
    reviewed.learn(replace(table(8), slower={("reviewed", "cn", office): slow}))
    told = silence(client)
    assert told["office_slower"] == {"times": 3.0, "p90_seconds": 32_400, "before_seconds": 10_800, "size": 80}
    assert "nine in ten took 3.0 times as long" in told["text"]
    assert "此前四周的 3.0 倍" in client.get(ADDRESS, headers={"Accept-Language": "zh"}).json()["silence"]["text"]


def test_all_answers_about_a_declaration_tell_the_same_silence(client: Client, reviewed: System) -> None:
    reviewed.learn(table(7))
    told = silence(client)
    [row] = client.get("/v1/declarations").json()["declarations"]
    [one] = client.post("/v1/declarations:batch", json={"numbers": [row["id"]]}).json()["answers"]
    [fed] = client.get("/v1/changes?from=start").json()["declarations"]
    assert row["silence"] == one["declaration"]["silence"] == fed["silence"] == told
    explained = silence(client, f"{ADDRESS}/explanation")
    assert {name: explained[name] for name in told} == told


def test_what_depends_on_the_moment_stands_in_the_explanation(client: Client, reviewed: System) -> None:
    reviewed.learn(replace(table(7), cohorts={COHORT_KEY: LEARNED, ("arrived", *COHORT_KEY[1:]): LEARNED}))
    reviewed.pass_time(SINCE + timedelta(hours=25))
    now = silence(client, f"{ADDRESS}/explanation")
    assert now["at"] == "2026-03-03T02:00:08Z"
    assert (now["percentile"], now["overdue"]) == (pytest.approx(0.2375, abs=0.001), False)
    assert now["release_before_cut_off"] is None, "nobody knows when its goods arrive"
    reviewed.pass_time(SINCE + timedelta(hours=101))
    assert silence(client, f"{ADDRESS}/explanation")["overdue"] is True


def test_once_its_goods_have_arrived_the_chance_of_a_release_in_time_is_told(client: Client, reviewed: System) -> None:
    reviewed.learn(table(7, "arrived"))
    client.put(f"{ADDRESS}/transport-plan", json={"cut_off_at": CUT_OFF, "arrived_at": "2026-03-02T20:00:00Z"})
    reviewed.pass_time(datetime(2026, 3, 3, 3, tzinfo=UTC))
    now = silence(client, f"{ADDRESS}/explanation")
    assert (now["since"], now["cohort"]["stage"]) == ("2026-03-02T20:00:00Z", "arrived")
    assert "its goods are there" in now["text"].lower()
    chance = now["release_before_cut_off"]
    assert (chance["cut_off_at"], chance["size"]) == (CUT_OFF, 200)
    assert chance["probability"] == pytest.approx(24 / (100 / 0.95 - 7), abs=0.005), "of those that lay for seven hours"
    told = "Chance of a release before the cut-off at 2026-03-04 11:00 UTC+8: 24%, learned from 200 like it."
    assert chance["text"] == told
    zh = client.get(f"{ADDRESS}/explanation", headers={"Accept-Language": "zh"}).json()["silence"]
    assert "前放行的可能性为 24%（按同类 200 票推算）" in zh["release_before_cut_off"]["text"]


def test_what_is_over_tells_none(client: Client, system: System) -> None:
    system.play("rejected-and-left")
    system.learn(table(7, "rejected"))
    [row] = client.get("/v1/declarations").json()["declarations"]
    if row["in_progress"]:
        pytest.fail("the recording ends with what is over")
    assert row["silence"] is None
    assert silence(client, row["links"]["self"]) is None
    assert silence(client, row["links"]["explanation"]) is None


def test_an_answer_as_of_a_time_tells_the_silence_of_then_by_the_table_of_now(client: Client, system: System) -> None:
    system.play("held-then-released")
    system.learn(table(7))
    told = silence(client, f"{ADDRESS}?as_of=2026-03-02T01:30:00Z")
    assert (told["since"], told["table_version"], told["cohort"]) == ("2026-03-02T01:00:08Z", 7, COHORT)
    assert silence(client, f"{ADDRESS}?as_of=2026-03-01T00:00:00Z") is None, "nothing had placed it"


def test_a_number_that_was_merged_tells_the_silence_of_what_it_belongs_to(client: Client, system: System) -> None:
    system.play("alias-granted-then-merged")
    system.learn(table(7, "received"))
    for row in client.get("/v1/declarations").json()["declarations"]:
        for number in (one["value"] for one in row["numbers"]):
            answer = client.get(f"/v1/declarations/{number}")
            assert answer.status_code != 200 or answer.json()["silence"] == row["silence"]


def test_a_new_table_changes_the_etag_of_what_is_open_and_no_other(client: Client, system: System) -> None:
    system.play("held-then-released")
    [row] = client.get("/v1/declarations").json()["declarations"]
    tags = [client.get(ADDRESS).headers["ETag"]]
    for version in (7, 8):
        system.learn(table(version, "released"))
        answer = client.get(ADDRESS, headers={"If-None-Match": tags[-1]})
        assert (answer.status_code, answer.json()["silence"]["table_version"]) == (200, version)
        tags.append(answer.headers["ETag"])
        again = client.get(ADDRESS, headers={"If-None-Match": tags[-1]})
        assert again.status_code == 304
    assert len({*tags}) == 3
    assert row["in_progress"]


def test_a_table_of_a_version_that_is_not_higher_changes_nothing(client: Client, reviewed: System) -> None:
    for version in (8, 7, 8):
        reviewed.learn(table(version))
        assert silence(client)["table_version"] == 8


def test_a_store_that_begins_anew_knows_no_table_until_it_comes_again(client: Client, reviewed: System) -> None:
    reviewed.learn(table(7))
    reviewed.start_anew()
    reviewed.take([*reviewed.arrivals_of("held-then-released")][:3])
    assert silence(client)["table_version"] == 0
    reviewed.learn(table(7))
    assert silence(client)["table_version"] == 7


def test_what_is_kept_is_made_anew_with_a_new_table(app: FastAPI, reviewed: System) -> None:
    async def asked(get: Ask) -> None:
        for version in (7, 8):
            reviewed.learn(table(version))
            await caught_up(app, reviewed)
            for address in (ADDRESS, "/v1/declarations"):
                first = await get(address)
                assert f'"table_version":{version}' in first.text
                with nobody_asked():
                    assert (await get(address)).content == first.content

    run(app, asked)


def test_when_to_ask_again_follows_from_what_was_learned_also_where_the_answer_is_kept(
    app: FastAPI, reviewed: System
) -> None:
    async def asked(get: Ask) -> None:
        checks = []
        for after in (
            60,
            300,
        ):  # of a twentieth in 100 s each
            reviewed.learn(replace(table(after), cohorts={COHORT_KEY: replace(LEARNED, curve_seconds=CURVE)}))
            reviewed.pass_time(SINCE + timedelta(seconds=after))
            reviewed.catch_up()
            await caught_up(app, reviewed)
            checks += [(await get(ADDRESS)).headers["Clearance-Next-Check"] for _ in range(2)]
        assert checks == ["200", "200", "170", "170"]

    run(app, asked)


def test_a_table_is_read_once_and_not_by_each_request(
    app: FastAPI, reviewed: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(get: Ask) -> None:
        reviewed.learn(table(7))
        await caught_up(app, reviewed)
        with monkeypatch.context() as patch:
            patch.setattr(Reader, "expectations", pytest.fail)
            assert (await get(f"{ADDRESS}/explanation")).json()["silence"]["table_version"] == 7

    run(app, asked)


def test_replicas_tell_the_same_silence_under_the_same_etag(reviewed: System) -> None:
    stores = [Stores(Store(0, reviewed.store), lambda _: reviewed.store) for _ in range(2)]
    tags = []

    async def asked(get: Ask) -> None:
        answer = await get(ADDRESS)
        tags.append((answer.headers["ETag"], answer.json()["silence"]["table_version"]))

    reviewed.learn(table(7))
    for each in stores:
        run(create_app(each, reviewed, load(), None), asked)
    assert tags[0] == tags[1]
    assert tags[0][1] == 7


def test_a_new_table_wakes_nobody_who_waits_for_a_change() -> None:
    waiters = Waiters()
    with waiters.waiting(["cn:unified:1", EVERYTHING]) as waiter:
        waiters.told(moment(1, AppliedBatch(expectations=7)))
        assert not waiter.was_woken
