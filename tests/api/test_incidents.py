"""`/v1/incidents`: what many share, in words; who sees a member sees it, without names of firms and others' members."""

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from tests.api.client import Client
from tests.api.incidents import HOUR, SINCE, incident_of
from tests.api.system import System
from tests.api.test_isolation import HELD, filled, gate, shows

from clearance.events.incidents.lookout import IncidentTold
from clearance.store.schema import declarations

__all__ = ["filled", "gate"]
BROKER = (("broker", "3301980021"), ("office", "2901"))


def others_of(system: System) -> str:
    with system.store.connect() as connection:
        ids = connection.execute(select(declarations.c.id).where(declarations.c.merged_into == "")).scalars()
        return str(next(one for one in ids if one != HELD))


def listed(client: Client, name: str = "ops", query: str = "") -> list[dict[str, Any]]:
    return list(client.get(f"/v1/incidents{query}", headers=shows(name)).json()["incidents"])


@pytest.mark.parametrize(("language", "says"), [("en", "ask this customs office once"), ("zh", "一次性向该关区询问")])
def test_it_says_what_is_shared_and_what_to_do(filled: System, client: Client, language: str, says: str) -> None:
    answer = client.get("/v1/incidents/" + "a" * 16, headers={**shows("acme"), "Accept-Language": language}).json()
    assert says in answer["text"]
    assert answer["shared"] == {"chapter": "84", "office": "2901"}
    assert (answer["state"]["code"], answer["kind"]["code"], answer["size"]) == ("open", "stuck", 1)
    assert answer["members"] == {HELD: f"/v1/declarations/{HELD}"}


def test_who_sees_one_member_is_told_no_firm_and_no_other_member(filled: System, client: Client) -> None:
    filled.incident(incident_of(HELD, others_of(filled), name="c" * 16, group=BROKER))
    whole, acme, rival = (
        client.get("/v1/incidents/" + "c" * 16, headers=shows(name)).json() for name in ("ops", "acme", "rival")
    )
    assert (whole["size"], acme["size"], rival["size"]) == (2, 1, 1)
    assert whole["shared"]["broker"] == "3301980021"
    assert "3301980021" not in str(acme)
    assert {*acme["members"]} == {HELD}
    assert HELD not in str(rival)
    assert [len(listed(client, name)) for name in ("ops", "acme", "rival")] == [2, 2, 1]


def test_it_grows_and_closes_and_an_older_word_changes_nothing(filled: System, client: Client) -> None:
    later = incident_of(HELD, others_of(filled), at=SINCE + 3 * HOUR, closed=True)
    filled.incident(later)
    filled.incident(incident_of(HELD, at=SINCE + 2 * HOUR))
    assert listed(client, query="?state=open") == []
    [closed] = listed(client, query="?state=closed")
    assert (closed["size"], closed["state"]["code"]) == (2, "closed")
    assert "moves again" in closed["text"]


def test_anomalies_of_members_point_to_it_while_it_is_open(filled: System, client: Client) -> None:
    def pointed() -> set[str]:
        rows = client.get(f"/v1/anomalies?state=any&declaration={HELD}", headers=shows("acme")).json()["anomalies"]
        assert rows
        return {row["incident"] for row in rows}

    assert pointed() == {"a" * 16}
    filled.incident(incident_of(HELD, at=SINCE + 2 * HOUR, closed=True))
    assert pointed() == {""}


def test_pages_hold_each_once_and_one_that_opens_meanwhile_moves_none(filled: System, client: Client) -> None:
    for nth in range(5):
        told = incident_of(HELD, name=f"{nth:016x}")
        filled.incident(replaced(told, SINCE + (2 + nth // 2) * HOUR))  # two open at the same time
    found, address = [], "/v1/incidents?limit=2"
    while address:
        page = client.get(address, headers=shows("acme")).json()
        found += [one["id"] for one in page["incidents"]]
        address = page["next"]
        filled.incident(replaced(incident_of(HELD, name="d" * 16), SINCE + 9 * HOUR))
    assert found == [*(f"{nth:016x}" for nth in (4, 3, 2, 1, 0)), "a" * 16]


def test_declarations_and_anomalies_have_the_address_of_their_incidents(filled: System, client: Client) -> None:
    filled.incident(incident_of(others_of(filled), name="c" * 16))
    anomaly = client.get(f"/v1/anomalies?state=any&declaration={HELD}", headers=shows("acme")).json()["anomalies"][0]
    for path in (f"/v1/declarations/{HELD}", f"/v1/anomalies/{anomaly['id']}"):
        answer = client.get(path, headers=shows("acme")).json()
        found = client.get(answer["links"]["incidents"], headers=shows("acme")).json()["incidents"]
        assert [one["id"] for one in found] == ["a" * 16]
    assert client.get(f"/v1/incidents?declaration={others_of(filled)}", headers=shows("acme")).status_code == 404


def replaced(told: IncidentTold, opened_at: datetime) -> IncidentTold:
    return replace(told, incident=replace(told.incident, opened_at=opened_at))
