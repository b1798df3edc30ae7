"""What a declaration is related to: told to all who see it, and the other named only to who sees that one too."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_grants import access, state
from tests.api.test_isolation import HELD, gate, shows, through

from clearance.events.log.input_records import input_record
from clearance.events.log.inputs import RelatedInput
from clearance.events.receipts.related import Counterpart
from clearance.events.values.times import parse_utc

__all__ = ["access", "gate"]
FILED = parse_utc("2026-03-02T01:00:00Z")
LATER = FILED + timedelta(days=2)


@pytest.fixture
def other(system: System) -> str:
    """A declaration of somebody else."""
    system.take(through("acme-broker", "held-then-released"))
    system.take(through("rival-broker", "rejected-and-left"))
    [name] = [one.id for one in system.states() if one.id != HELD and not one.merged_into and "unified" in one.id]
    return name


@pytest.fixture(autouse=True)
def related(system: System, other: str) -> None:
    """HELD may repeat it, and was filed anew for it."""
    one = Counterpart(other, ("bill",), FILED)
    given = RelatedInput(at=LATER, filed_at=FILED, possible_duplicate_of=(one,), refiles=one)
    asyncio.run(system.append(input_record(HELD, given)))


def asked(client: Client, name: str, path: str = f"/v1/declarations/{HELD}") -> Any:
    answer = client.get(path, headers=shows(name))
    assert answer.status_code == 200
    return answer.json()


def test_whoever_sees_one_learns_that_another_exists_and_not_which(client: Client, other: str) -> None:
    shown = asked(client, "acme")
    assert shown["possible_duplicate_of"] == [
        {
            "declaration": "",
            "shares": [{"code": "bill", "words": "the same bill of lading"}],
            "since": "2026-03-02T01:00:00Z",
            "other_bill": False,
            "links": {},
        }
    ]
    assert shown["refiles"]["declaration"] == ""
    assert client.get(f"/v1/declarations/{HELD}", headers=shows("rival")).status_code == 404


def test_no_answer_names_it_to_who_does_not_see_it(client: Client, other: str) -> None:
    value = other.rpartition(":")[2].encode()
    batch = {"json": {"numbers": [HELD]}, "headers": shows("acme")}
    answers = [
        client.get(f"/v1/declarations/{HELD}", headers=shows("acme")),
        client.get(f"/v1/declarations/{HELD}?known_at=2026-04-01T00:00:00Z", headers=shows("acme")),
        client.get(f"/v1/declarations/{HELD}/explanation", headers=shows("acme")),
        client.get("/v1/changes?from=start", headers=shows("acme")),
        client.get("/v1/anomalies?state=any", headers=shows("acme")),
        client.get("/v1/declarations", headers=shows("acme")),
        client.post("/v1/declarations:batch", **batch),
    ]
    assert [one.status_code for one in answers] == [200] * len(answers)
    assert [one.url for one in answers if value in one.content] == []


def test_who_sees_both_is_told_which_and_so_is_the_operator(client: Client, other: str) -> None:
    before = client.get(f"/v1/declarations/{HELD}", headers=shows("acme")).headers["ETag"]
    assert asked(client, "ops")["refiles"]["declaration"] == other
    assert state(client, "PUT", other, "acme").status_code == 200
    after = client.get(f"/v1/declarations/{HELD}", headers={**shows("acme"), "If-None-Match": before})
    assert after.status_code == 200, "who sees more holds an older answer"
    assert after.json()["possible_duplicate_of"][0]["declaration"] == other
    link = after.json()["possible_duplicate_of"][0]["links"]["declaration"]
    assert asked(client, "acme", link)["id"] == other
    explained = asked(client, "acme", f"/v1/declarations/{HELD}/explanation")
    assert explained["refiles"]["declaration"] == other


def test_what_was_not_known_then_is_not_shown_of_then(client: Client) -> None:
    path = f"/v1/declarations/{HELD}?known_at=2026-03-03T00:00:00Z"
    assert (asked(client, "ops", path)["possible_duplicate_of"], asked(client, "ops", path)["refiles"]) == ([], None)


def test_what_is_related_to_nothing_says_so(client: Client, other: str) -> None:
    shown = asked(client, "rival", f"/v1/declarations/{other}")
    assert (shown["possible_duplicate_of"], shown["refiles"]) == ([], None)
