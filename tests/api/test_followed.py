"""Lists in the order of change: who keeps a copy loses nothing by a crash, and learns of what was closed."""

from tests.api.client import Client
from tests.api.system import System

PLAYED = ("held-then-released", "rejected-and-left", "suspended-and-waiting", "lasting-anomaly-acknowledged")
FROM = "2026-01-01T00:00:00Z"


def test_declarations_are_followed_from_a_bookmark(client: Client, system: System) -> None:
    system.play(*PLAYED)
    every = client.get("/v1/declarations?limit=500").json()["declarations"]
    kept: dict[str, object] = {}
    bookmark = f"/v1/declarations?updated_since={FROM}&limit=2"
    for _ in range(50):
        body = client.get(bookmark).json()
        rows = body["declarations"]
        assert [row["updated_at"] for row in rows] == sorted(row["updated_at"] for row in rows)
        kept |= {row["id"]: row for row in rows}
        if body["next"] is None:
            break
        bookmark = body["next"]
    assert kept == {row["id"]: row for row in every}
    system.touch(rows[0]["id"])
    again = client.get(f"/v1/declarations?updated_since={rows[-1]['updated_at']}&limit=2").json()["declarations"]
    assert [row["id"] for row in again] == [one["id"] for one in (*rows[1:], rows[0])]


def test_pages_in_the_order_of_change_hold_every_declaration_once(client: Client, system: System) -> None:
    system.play(*PLAYED)
    found, address = [], f"/v1/declarations?updated_since={FROM}&limit=2"
    while address:
        body = client.get(address).json()
        found += [row["id"] for row in body["declarations"]]
        address = body["next"]
    newest_first = [row["id"] for row in client.get("/v1/declarations?limit=500").json()["declarations"]]
    assert found == newest_first[::-1]


def test_anomalies_are_followed_to_their_end(client: Client, system: System) -> None:
    system.play(*PLAYED)
    found, address = [], f"/v1/anomalies?updated_since={FROM}&limit=2"
    while address:
        body = client.get(address).json()
        found += body["anomalies"]
        address = body["next"]
    assert [row["updated_at"] for row in found] == sorted(row["updated_at"] for row in found)
    assert {row["state"]["code"] for row in found} > {"open", "resolved"}
    every = client.get("/v1/anomalies?state=any&limit=500").json()["anomalies"]
    assert {row["id"]: row for row in found} == {row["id"]: row for row in every}
    assert len(found) == len(every)
    only_open = client.get(f"/v1/anomalies?updated_since={FROM}&state=open").json()["anomalies"]
    assert {row["state"]["code"] for row in only_open} == {"open"}


def test_a_row_says_where_its_declaration_stands(client: Client, system: System) -> None:
    system.play("held-then-released")
    [row] = client.get("/v1/anomalies?state=any").json()["anomalies"]
    declaration = client.get(row["links"]["declaration"]).json()
    assert row["declaration_status"] == declaration["status"]
    assert row["declaration_numbers"] == declaration["numbers"]


def test_anomalies_of_one_declaration_are_found_by_any_of_its_numbers(client: Client, system: System) -> None:
    system.play(*PLAYED)
    for number in ("cn:unified:E20260004010000003", "E20260004010000003", "290120260650000003"):
        [row] = client.get(f"/v1/anomalies?state=any&declaration={number}").json()["anomalies"]
        assert row["declaration"] == "cn:unified:E20260004010000003"
    assert client.get("/v1/anomalies?declaration=unknown").status_code == 404


def test_what_nobody_has_acknowledged_is_told_from_the_rest(client: Client, system: System) -> None:
    system.play(*PLAYED)
    every = client.get("/v1/anomalies?state=any&limit=500").json()["anomalies"]
    for asked, wanted in (("true", [True]), ("false", [False])):
        found = client.get(f"/v1/anomalies?state=any&unacknowledged={asked}&limit=500").json()["anomalies"]
        assert [row["id"] for row in found] == [row["id"] for row in every if (not row["acknowledged_by"]) in wanted]
        assert found
