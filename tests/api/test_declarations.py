"""`GET /v1/declarations/{number}` and its timeline."""

from hashlib import sha256
from urllib.parse import quote

import pytest
from tests.api.client import Client
from tests.api.system import System

from clearance.api import etags
from clearance.api.etags import etag
from clearance.settings.tables import default_tables
from clearance.store.reader import reading
from clearance.store.viewer import EVERYBODY, Viewer

HELD = "cn:unified:E20260004010000003"
IN_CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


@pytest.mark.parametrize(
    "number",
    [
        HELD,
        quote(HELD, safe=""),
        "unified:E20260004010000003",
        "E20260004010000003",
        "entry:290120260650000003",
        "cn:entry:290120260650000003",
        "290120260650000003",
    ],
)
def test_a_declaration_is_found_by_any_of_its_numbers(client: Client, system: System, number: str) -> None:
    system.play("held-then-released")
    body = client.get(f"/v1/declarations/{number}").json()
    assert body["id"] == HELD
    assert body["status"] == {"code": "released", "words": "goods released"}


def test_a_declaration_is_shown_with_all_that_holds_of_it(client: Client, system: System) -> None:
    system.play("several-obligations-at-once")
    body = client.get("/v1/declarations?limit=1").json()["declarations"][0]
    body = client.get(body["links"]["self"]).json()
    assert {flag["code"] for flag in body["flags"]} == {"inspection", "tax_due"}
    assert body["status"]["code"] == "inspection"
    assert body["stage"]["code"] == "reviewed"
    assert body["next_to_act"] == {"code": "trader", "words": "the trader"}
    assert [hold["kind"]["code"] for hold in body["holds"] if hold["ended_at"] is None] == ["tax_due", "inspection"]
    assert [one["stage"]["code"] for one in body["stage_times"]] == ["submitted", "received", "reviewed"]
    assert {one["rule"]["code"] for one in body["anomalies"]} == {"A07"}
    for one in body["anomalies"]:
        assert client.get(one["links"]["self"]).json() == one


def test_words_are_chinese_for_who_asks_in_chinese(client: Client, system: System) -> None:
    system.play("held-then-released")
    answer = client.get(f"/v1/declarations/{HELD}", headers=IN_CHINESE)
    assert answer.headers["Content-Language"] == "zh"
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.json()["status"]["words"] == "已放行"
    assert answer.json()["numbers"][0] == {"kind": {"code": "unified", "words": "统一编号"}, "value": HELD[11:]}


def test_a_number_that_belongs_to_another_answers_with_that_one(client: Client, system: System) -> None:
    system.play("temporary-then-unified-then-entry")
    [row] = client.get("/v1/declarations").json()["declarations"]
    assert row["id"].startswith("cn:unified:")
    for number in row["numbers"]:
        kind, value = number["kind"]["code"], quote(number["value"], safe="")
        assert client.get(f"/v1/declarations/{kind}:{value}").json()["id"] == row["id"]


def test_a_local_number_with_a_slash_is_found_percent_encoded(client: Client, system: System) -> None:
    system.play("uk-detained-then-cleared")
    rows = client.get("/v1/declarations").json()["declarations"]
    found = {number["value"]: row["id"] for row in rows for number in row["numbers"] if "/" in number["value"]}
    assert found
    for value, declaration in found.items():
        assert client.get(f"/v1/declarations/{quote(value, safe='')}").json()["id"] == declaration
        assert client.get(f"/v1/declarations/{quote(value, safe='')}/timeline").json()["id"] == declaration


def test_an_etag_that_still_holds_saves_the_body(client: Client, system: System) -> None:
    system.play("held-then-released")
    first = client.get(f"/v1/declarations/{HELD}")
    tag = first.headers["ETag"]
    assert tag.startswith('"0.')
    assert tag.endswith('-en"')
    again = client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", f"W/{tag}")
    assert "Clearance-As-Of" in again.headers
    assert client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": "*"}).status_code == 304


def test_every_line_of_etags_is_looked_at(client: Client, system: System) -> None:
    system.play("held-then-released")
    tag = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    lines = [("If-None-Match", one) for one in ('"first"', tag, '"last"')]
    assert client.get(f"/v1/declarations/{HELD}", headers=lines).status_code == 304


def test_an_etag_holds_for_one_language_and_one_declaration(client: Client, system: System) -> None:
    system.play("held-then-released", "temporary-then-unified-then-entry")
    tags = {
        client.get(f"/v1/declarations/{row['id']}", headers=language).headers["ETag"]
        for row in client.get("/v1/declarations").json()["declarations"]
        for language in ({}, IN_CHINESE)
    }
    assert len(tags) == 4
    answer = client.get(f"/v1/declarations/{HELD}", headers={**IN_CHINESE, "If-None-Match": ", ".join(sorted(tags))})
    assert answer.status_code == 304


def test_an_etag_holds_for_one_viewer(system: System) -> None:
    system.play("held-then-released")
    with reading(system.store, EVERYBODY) as reader:
        row = reader.declaration("cn:unified:E20260004010000003")
    assert row is not None
    tags = {etag(row, "en", viewer, None) for viewer in (EVERYBODY, Viewer("acme"), Viewer("other"))}
    assert len(tags) == 3
    shown = sha256(f"{etags._shape()} {row.id}".encode()).hexdigest()[:8]  # as before viewers were known
    assert etag(row, "en", EVERYBODY, None) == f'"{row.epoch}.{row.src}.0.{shown}-en"'


def test_an_etag_changes_with_the_declaration(client: Client, system: System) -> None:
    system.play("held-then-released")
    before = client.get(f"/v1/declarations/{HELD}").headers["ETag"]
    client.put(f"/v1/declarations/{HELD}/transport-plan", json={"vessel": "EVER GIVEN"})
    after = client.get(f"/v1/declarations/{HELD}", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before


def test_the_timeline_tells_every_receipt_with_its_effect(client: Client, system: System) -> None:
    system.play("out-of-order-arrival")
    [row] = client.get("/v1/declarations").json()["declarations"]
    body = client.get(row["links"]["timeline"]).json()
    assert [entry["code"] for entry in body["entries"]] == ["7", "L", "J"]
    assert [entry["late"] for entry in body["entries"]] == [False, True, False]
    assert {entry["clock"] for entry in body["entries"]} == {"authority"}
    assert body["entries"][0]["precision"] == {"code": "second", "words": "to the second"}
    assert all(entry["words"] and entry["effect"]["words"] for entry in body["entries"])


def test_the_timeline_shows_what_had_happened_by_then(client: Client, system: System) -> None:
    system.play("held-then-released")
    body = client.get(f"/v1/declarations/{HELD}/timeline?as_of=2026-03-02T12:00:00Z").json()
    assert body["status"]["code"] == "inspection"
    assert [entry["code"] for entry in body["entries"]] == ["7", "L", "J", "C"]
    assert body["occurred_until"] == "2026-03-02T12:00:00Z"


def test_the_timeline_shows_what_was_known_by_then(client: Client, system: System) -> None:
    system.play("out-of-order-arrival")
    [row] = client.get("/v1/declarations").json()["declarations"]
    all_of_it = client.get(row["links"]["timeline"]).json()["entries"]
    first_two = sorted(entry["received_at"] for entry in all_of_it)[1]
    body = client.get(f"{row['links']['timeline']}?known_at={first_two}").json()
    assert sorted(entry["code"] for entry in body["entries"]) == ["7", "J"]
    assert body["status"]["code"] == "reviewed"


def test_every_status_that_recordings_come_to_has_words(client: Client, system: System) -> None:
    system.play("held-then-released", "rejected-and-left", "uk-withdrawn", "amendment-after-release")
    for row in client.get("/v1/declarations").json()["declarations"]:
        status = default_tables().codes.statuses[row["status"]["code"]]
        assert row["status"]["words"] == status.en
