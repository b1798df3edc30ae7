"""`POST /v1/declarations:batch`: each as when asked for alone, once, and only what the token does not hold."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import event
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_problems import told

from clearance.api import batch_lookup, models

HELD, LEFT = "E20260004010000003", "E20260004010000005"
UNKNOWN = "E20260004010000999"
SEVERAL = "290120260650000030"


@pytest.fixture
def filled(system: System) -> System:
    return system.play("held-then-released", "one-entry-number-two-declarations")


def batch(client: Client, *numbers: str, since: str = "", language: str = "en") -> dict[str, Any]:
    given = {"numbers": numbers, "since": since}
    answer = client.post("/v1/declarations:batch", json=given, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Clearance-As-Of"]
    models.Batch.model_validate_json(answer.content)
    return dict(answer.json(), bytes=answer.content)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_is_answered_as_alone(filled: System, client: Client, language: str) -> None:
    listed = client.get("/v1/declarations").json()["declarations"]
    entries = [one["value"] for row in listed for one in row["numbers"] if one["kind"]["code"] == "entry"]
    numbers = [*dict.fromkeys((HELD, *entries, UNKNOWN, *(row["id"] for row in listed)))]
    answer = batch(client, *numbers, language=language)
    assert [one["number"] for one in answer["answers"]] == numbers
    for one in answer["answers"]:
        alone = client.get(f"/v1/declarations/{one['number']}", headers={"Accept-Language": language})
        assert (one["status"], one["etag"]) == (alone.status_code, alone.headers.get("ETag"))
        assert alone.content in answer["bytes"]
        assert alone.json() == one["declaration" if alone.status_code == 200 else "problem"]
    assert {200, 300, 404} == {one["status"] for one in answer["answers"]}


@pytest.mark.parametrize("most", [batch_lookup.MOST, 1])
def test_every_way_to_write_a_number_means_what_it_means_alone(
    system: System, client: Client, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Also where more carry the numbers than one statement tells of."""
    monkeypatch.setattr(batch_lookup, "MOST", most)
    system.play("entry-number-first", "one-entry-number-two-declarations", "uk-export-exits", "rejected-and-left")
    rows = client.get("/v1/declarations").json()["declarations"]
    bare = {one["value"]: one["kind"]["code"] for row in rows for one in row["numbers"]}
    numbers = [row["id"] for row in rows]
    for value, kind in bare.items():
        numbers += [
            value,
            f"{kind}:{value}",
            f"cn:{kind}:{value}",
            f"bill:{value}",
            value.lower(),
            value.replace("/", "~1"),
        ]
    for one in batch(client, *numbers)["answers"]:
        alone = client.get(f"/v1/declarations/{quote(one['number'], safe='')}")
        assert alone.json() == one["declaration" if one["status"] == 200 else "problem"]


def test_only_what_changed_since_is_told(filled: System, client: Client) -> None:
    first = batch(client, HELD, UNKNOWN)
    again = batch(client, UNKNOWN, HELD, since=first["token"])
    assert (again["answers"], again["unchanged"]) == ([], 2)
    plan = client.put(f"/v1/declarations/cn:unified:{HELD}/transport-plan", json={"vessel": "EVER GIVEN"})
    assert plan.status_code == 200
    after = batch(client, HELD, UNKNOWN, since=first["token"])
    assert [one["number"] for one in after["answers"]] == [HELD]
    assert after["unchanged"] == 1


def test_what_was_unknown_is_told_once_it_is_known(system: System, client: Client) -> None:
    first = batch(client, HELD)
    system.play("held-then-released")
    [told_now] = batch(client, HELD, since=first["token"])["answers"]
    assert told_now["status"] == 200


def test_a_number_that_the_token_does_not_know_is_told(filled: System, client: Client) -> None:
    first = batch(client, HELD)
    after = batch(client, HELD, UNKNOWN, since=first["token"])
    assert [one["number"] for one in after["answers"]] == [UNKNOWN]


def test_another_language_is_told_anew(filled: System, client: Client) -> None:
    assert batch(client, HELD, since=batch(client, HELD)["token"], language="zh")["unchanged"] == 0


def test_a_number_that_is_asked_for_twice_is_answered_once(filled: System, client: Client) -> None:
    assert [one["number"] for one in batch(client, HELD, f" {HELD}\u3000", HELD)["answers"]] == [HELD]


def test_all_is_of_one_moment(filled: System, client: Client) -> None:
    begun: list[object] = []
    event.listen(filled.store, "begin", begun.append)
    batch(client, *(f"E2026000401{n:07}" for n in range(300)), HELD)
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "numbers"),
        ({"numbers": []}, "numbers"),
        ({"numbers": [str(n) for n in range(1001)]}, "numbers"),
        ({"numbers": ["x" * 201]}, "numbers"),
        ({"numbers": ["a\u0000"]}, "numbers"),
        ({"numbers": [HELD], "sinc": ""}, "sinc"),
        ({"numbers": [HELD], "since": "AAAA"}, "since"),
        ({"numbers": [HELD], "since": "A"}, "since"),
        ({"numbers": [HELD], "since": "%"}, "since"),
    ],
)
def test_what_is_no_batch_is_refused_by_name(client: Client, given: dict[str, Any], name: str) -> None:
    answer = client.post("/v1/declarations:batch", json=given)
    assert answer.status_code == 422
    assert [one["name"] for one in told(answer)["errors"]] == [name]
