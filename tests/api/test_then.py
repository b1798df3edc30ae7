"""`as_of` and `known_at`: a declaration as it was, and what came later about that time."""

from tests.api.client import Client
from tests.api.system import System

HELD = "cn:unified:E20260004010000003"


def test_it_stood_where_what_had_happened_put_it(client: Client, system: System) -> None:
    system.play("held-then-released")
    address = f"/v1/declarations/{HELD}"
    now = client.get(address).json()
    assert (now["status"]["code"], now["occurred_until"], now["corrections"]) == ("released", None, [])
    answer = client.get(f"{address}?as_of=2026-03-02T12:00:00Z")
    then = answer.json()
    assert "ETag" not in answer.headers
    assert (then["status"]["code"], then["stage"]["code"]) == ("inspection", "reviewed")
    assert then["occurred_until"] == "2026-03-02T12:00:00Z"
    assert [(one["rule"]["code"], one["state"]["code"]) for one in then["anomalies"]] == [("A07", "resolved")]
    assert then["numbers"] == now["numbers"]
    assert then["tables_version"] == now["tables_version"] != ""
    before_all = client.get(f"{address}?as_of=2026-03-01T00:00:00Z").json()
    assert (before_all["status"]["code"], before_all["anomalies"]) == ("awaiting_first_message", [])


def test_what_came_late_is_listed_as_a_correction(client: Client, system: System) -> None:
    system.play("out-of-order-arrival")
    [row] = client.get("/v1/declarations").json()["declarations"]
    timeline = client.get(row["links"]["timeline"]).json()["entries"]
    [late] = [one for one in timeline if one["late"]]
    times = sorted(one["received_at"] for one in timeline)
    known = client.get(f"{row['links']['self']}?known_at={times[1]}").json()
    assert [one["receipt_id"] for one in known["corrections"]] == [late["receipt_id"]]
    assert "received" not in [one["stage"]["code"] for one in known["stage_times"]]
    happened = client.get(f"{row['links']['self']}?as_of={times[1]}").json()
    assert [one["receipt_id"] for one in happened["corrections"]] == [late["receipt_id"]]
    assert "received" in [one["stage"]["code"] for one in happened["stage_times"]], "by what is known today"
    both = client.get(f"{row['links']['self']}?as_of={late['at']}&known_at={times[-1]}").json()
    assert both["corrections"] == []
