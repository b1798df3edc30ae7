"""What is done about anomalies by hand, through the API: by whom, for whom, and what is shown of it to whom."""

from typing import Any

import pytest
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_isolation import HOLDERS, gate, shows, through  # noqa: F401 # a fixture

from clearance.access.gate import Gate
from clearance.access.keys import Snapshot

BOTH = ("connection:acme-broker", "connection:rival-broker")
OPEN = "suspended-and-waiting"


@pytest.fixture(autouse=True)
def shared(system: System, gate: Gate) -> None:  # noqa: F811
    """A declaration with open anomalies that acme and rival see."""
    gate.confirm(Snapshot(2, gate.held.keys, {"acme": BOTH, "rival": BOTH}))
    system.take(through("acme-broker", OPEN))


def rows(client: Client, name: str, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/anomalies?{query}", headers=shows(name)).json()["anomalies"]
    return found


def done(client: Client, name: str, one: dict[str, Any], what: str, **said: str) -> Any:
    return client.post(one["links"][what], json=said, headers=shows(name))


CLOSING = [("resolve", "resolved"), ("false-positive", "false_positive")]


@pytest.mark.parametrize(("what", "state"), CLOSING)
def test_an_organisation_closes_for_itself_and_ops_for_all(client: Client, what: str, state: str) -> None:
    one = rows(client, "acme")[0]
    before = {name: rows(client, name) for name in HOLDERS}
    answer = done(client, "acme", one, what, note="it is on its way", by="Li")
    assert (answer.status_code, answer.json()["outcome"]["code"]) == (200, "accepted")
    assert one["id"] not in [row["id"] for row in rows(client, "acme")]
    [closed] = rows(client, "acme", f"state={state}")
    assert (closed["id"], closed["state"]["code"]) == (one["id"], state)
    assert [*closed["links"]] == ["self", "declaration", "incidents"]
    told = closed["history"][-1]
    assert (told["what"]["code"], told["by"], told["note"], told["organisation"]) == (
        state, "Li", "it is on its way", "acme",
    )  # fmt: skip
    assert told["command"] == told["cause"] == answer.json()["command_id"]
    for name in ("rival", "ops"):
        assert [row["id"] for row in rows(client, name)] == [row["id"] for row in before[name]]
    unchanged = [row for row in rows(client, "rival") if row["id"] == one["id"]]
    assert [row["history"] for row in unchanged] == [one["history"]]
    assert done(client, "ops", one, what, note="ours").status_code == 200
    for name in HOLDERS:
        assert one["id"] not in [row["id"] for row in rows(client, name)]
    [turn] = [row["history"][-1] for row in rows(client, "rival", "state=any") if row["id"] == one["id"]]
    assert (turn["what"]["code"], turn["by"], turn["note"], turn["cause"], turn["command"]) == (
        state, "", "", "command", "",
    )  # fmt: skip


def test_the_declaration_shows_each_what_is_open_for_him(client: Client) -> None:
    one = rows(client, "acme")[0]
    address, tag = one["links"]["declaration"], {}
    for name in HOLDERS:
        tag[name] = client.get(address, headers=shows(name)).headers["ETag"]
    done(client, "acme", one, "resolve")
    for name in HOLDERS:
        answer = client.get(address, headers={**shows(name), "If-None-Match": tag[name]})
        assert answer.status_code == 200
        assert (one["id"] in [each["id"] for each in answer.json()["anomalies"]]) is (name != "acme")
        [row] = client.get("/v1/declarations", headers=shows(name)).json()["declarations"]
        assert (one["rule"] in row["anomalies"]) is (name != "acme")


def test_who_sees_to_it_is_found_by_his_name(client: Client) -> None:
    one = rows(client, "acme")[0]
    assert done(client, "acme", one, "assign", assignee="王芳").status_code == 200
    [found] = rows(client, "acme", "assignee=王芳")
    assert (found["id"], found["assignee"], found["state"]["code"]) == (one["id"], "王芳", "open")
    assert rows(client, "rival", "assignee=王芳") == rows(client, "ops", "assignee=王芳") == []
    assert done(client, "acme", one, "assign", assignee="").status_code == 200
    assert rows(client, "acme", "assignee=王芳") == []


def test_what_one_has_acknowledged_another_has_not(client: Client) -> None:
    one = rows(client, "acme")[0]
    answer = done(client, "acme", one, "acknowledge", note="seen")
    [found] = rows(client, "acme", "unacknowledged=false")
    assert found["acknowledged_by"] == answer.json()["command_id"]
    for name in ("rival", "ops"):
        assert rows(client, name, "unacknowledged=false") == []
        assert one["id"] in [row["id"] for row in rows(client, name, "unacknowledged=true")]


@pytest.mark.parametrize("what", ["acknowledge", "assign", "resolve", "false-positive"])
def test_what_is_closed_is_refused_and_what_is_unknown_is_not_found(client: Client, what: str) -> None:
    one = rows(client, "acme")[0]
    done(client, "acme", one, "false-positive")
    said = {"assignee": "Wang"} if what == "assign" else {}
    refused = done(client, "acme", one, what, **said)
    assert (refused.status_code, refused.json()["reason"]) == (409, "it is closed for you already: false_positive")
    unknown = client.post(f"/v1/anomalies/{'0' * 24}/{what}", json=said, headers=shows("acme"))
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/unknown-anomaly")


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"note": "x" * 501}, "note"),
        ({"note": "a\x07"}, "note"),
        ({"by": "x" * 101}, "by"),
        ({"nota": "x"}, "nota"),
        ({"note": 1}, "note"),
    ],
)
def test_what_is_said_is_bounded_and_its_fields_are_known(
    client: Client, system: System, said: dict[str, Any], names: str
) -> None:
    one, before = rows(client, "acme")[0], sum(map(len, system.log))
    answer = client.post(one["links"]["resolve"], json=said, headers=shows("acme"))
    assert (answer.status_code, answer.json()["names"]) == (422, names)
    assert sum(map(len, system.log)) == before


def test_a_step_is_told_in_chinese(client: Client) -> None:
    one = rows(client, "acme")[0]
    done(client, "acme", one, "acknowledge")
    answer = client.get(one["links"]["self"], headers={**shows("acme"), "Accept-Language": "zh"}).json()
    assert [turn["what"]["words"] for turn in answer["history"]] == ["提出", "确认"]


def test_the_feed_tells_what_one_has_done_to_him_and_to_ops(client: Client) -> None:
    cursors = {name: client.get("/v1/changes", headers=shows(name)).json()["cursor"] for name in HOLDERS}
    one = rows(client, "acme")[0]
    done(client, "acme", one, "false-positive")
    told = {}
    for name, cursor in cursors.items():
        changes = client.get("/v1/changes", params={"cursor": cursor}, headers=shows(name)).json()["changes"]
        told[name] = [(each["id"], each["state"]["code"]) for each in (one["anomaly"] for one in changes) if each]
        assert [change["seq"] for change in changes] == [changes[0]["seq"] + place for place in range(3)]
    assert told == {"acme": [(one["id"], "false_positive")], "rival": [], "ops": [(one["id"], "open")]}
