"""Why a declaration stands where it does, who must act, what is next, and how long that usually takes."""

from datetime import timedelta

import pytest
from sqlalchemy import insert
from tests.api.client import Client
from tests.api.system import APPLIED, System

from clearance.api import usual_times
from clearance.store.schema import declarations, spans
from clearance.store.tallies import DIMENSIONS
from clearance.store.tally_writes import tally

HELD = "cn:unified:E20260004010000003"


def explained(client: Client, declaration: str, language: str = "en") -> dict[str, object]:
    [row] = [one for one in client.get("/v1/declarations?limit=500").json()["declarations"] if one["id"] == declaration]
    answer = client.get(row["links"]["explanation"], headers={"Accept-Language": language})
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


def test_a_release_is_explained_by_its_receipt_and_the_row_of_the_table(client: Client, system: System) -> None:
    system.play("held-then-released")
    body = explained(client, HELD)
    assert body["status"] == {"code": "released", "words": "goods released"}
    assert (body["next_to_act"], body["next_step"]) == (
        {"code": "carrier", "words": "the carrier"},
        "collect the goods or load them",
    )
    decided = body["decided_by"]
    assert isinstance(decided, dict)
    assert (decided["code"], decided["text"]) == ("P", "报关单已放行")
    assert (decided["row"]["table"], decided["row"]["code"]) == ("codes/cn-channel.csv", "P")
    assert decided["row"]["status"]["code"] == "released"
    assert decided["row"]["source"]
    assert client.get(decided["links"]["message"]).status_code == 200
    assert explained(client, HELD, "zh")["next_step"] == "安排提货或装运"


def test_an_obligation_is_explained_by_the_receipt_that_opened_it(client: Client, system: System) -> None:
    system.play("inspection-notice-in-generation-a")
    [row] = client.get("/v1/declarations").json()["declarations"]
    body = client.get(row["links"]["explanation"]).json()
    assert (body["status"]["code"], body["next_to_act"]["code"]) == ("inspection", "trader")
    [hold] = [one for one in client.get(row["links"]["self"]).json()["holds"] if one["ended_at"] is None]
    assert body["decided_by"]["receipt_id"] == hold["receipt_id"]


def test_the_usual_time_is_of_a_cohort_of_five_at_least(
    client: Client, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usual_times, "KEPT_SECONDS", 0)
    system.play("held-then-released")
    [row] = client.get("/v1/declarations").json()["declarations"]
    for count, office in ((4, row["office"]), (1, "9999"), (1, row["office"])):
        ended(system, count, office)
        usual = explained(client, HELD)["usual_time"]
        if count == 4:
            assert usual is None
        elif office == "9999":
            assert isinstance(usual, dict)
            assert (usual["n"], "office" in usual["by"]) == (5, False), "too few here: of the authority"
        else:
            assert isinstance(usual, dict)
            assert (usual["n"], usual["by"]["office"]) == (5, row["office"])
            assert (usual["span"]["code"], usual["median_seconds"]) == ("closure", pytest.approx(3600, rel=0.01))
            assert usual["running_since"] == "2026-03-03T00:10:00Z"


def ended(system: System, count: int, office: str) -> None:
    """So many more exports that were closed an hour after their release."""
    with system.store.begin() as connection:
        [held] = connection.execute(declarations.select().where(declarations.c.id == HELD)).mappings()
        for _ in range(count):
            ended.number += 1  # type: ignore[attr-defined]
            name = f"cn:unified:{ended.number}"  # type: ignore[attr-defined]
            connection.execute(insert(declarations).values({**held, "id": name, "office": office}))
            span = {"declaration": name, "span": "closure", "begun_at": APPLIED - timedelta(days=9), "seconds": 3600.0}
            row = {**span, "open": False, **{one: held[one] for one in DIMENSIONS}, "office": office}
            connection.execute(insert(spans).values(row))
            tally(connection, [], [row])


ended.number = 0  # type: ignore[attr-defined]
