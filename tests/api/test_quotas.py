"""What an organisation may ask in a minute: told in headers, refused beyond, free where nothing changed."""

import httpx
import pytest
from tests.api.client import Client
from tests.api.system import System
from tests.api.test_admission import HELD, KEYS, SECRET, SECRETS, shows
from tests.api.test_problems import told

from clearance.access import gate as gate_module
from clearance.access.gate import Gate
from clearance.access.key_form import hash_of
from clearance.access.keys import Snapshot
from clearance.api.admission import route_costs, route_scopes
from clearance.settings.clock import utc_now

HERS = f"/v1/declarations/{HELD}"
LIMIT = 20


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Everybody may ask 20 times a minute; the minute stands still."""
    monkeypatch.setattr(gate_module, "CONFIRMED_SECONDS", 600)
    noon = utc_now()
    monkeypatch.setattr(gate_module, "utc_now", lambda: noon)
    held = {hash_of(SECRETS[name], SECRET): key for name, key in KEYS.items()}
    return Gate(Snapshot(1, held, {}, {"rich": 1000}), SECRET, quota=LIMIT)


def left(answer: httpx.Response) -> int:
    assert answer.headers["RateLimit-Policy"] == f'"requests";q={LIMIT};w=60'
    policy, rest, seconds = answer.headers["RateLimit"].split(";")
    assert (policy, seconds[:2]) == ('"requests"', "t=")
    return int(rest.removeprefix("r="))


def test_every_answer_says_what_is_left(system: System, client: Client) -> None:
    system.play("held-then-released")
    asked = ("/v1/declarations", HERS, "/v1/declarations/nobodys", "/v1/declarations?limit=x", "/v1/clearance-times")
    answers = [client.get(path, headers=shows("ops")) for path in asked]
    assert [(answer.status_code, left(answer)) for answer in answers] == [
        (200, 19),
        (200, 18),
        (404, 17),
        (422, 16),
        (200, 6),
    ]
    system.lose_the_store()
    assert left(client.get(HERS, headers=shows("ops"))) == 5


def test_a_burst_is_refused_with_when_to_come_back_and_leaves_others_alone(system: System, client: Client) -> None:
    system.play("held-then-released")
    answers = [client.get(HERS, headers=shows("reads")) for _ in range(LIMIT * 3)]
    assert [answer.status_code for answer in answers] == [404] * LIMIT + [429] * LIMIT * 2
    body = told(answers[-1])
    assert (body["type"].rpartition("/")[2], body["limit"]) == ("over-quota", LIMIT)
    assert int(answers[-1].headers["Retry-After"]) == body["seconds"] > 0
    assert left(answers[-1]) == 0
    assert left(client.get(HERS, headers=shows("ops"))) == LIMIT - 1
    assert 'clearance_access_refused_total{reason="over_quota"} 40.0' in client.get("/metrics").text


def test_the_keys_of_an_organisation_have_one_quota(client: Client) -> None:
    answers = [client.get(HERS, headers=shows(name)) for name in ("reads", "commands", "reads")]
    assert [left(answer) for answer in answers] == [19, 18, 17]


def test_what_has_not_changed_costs_nothing_as_long_as_anything_is_left(system: System, client: Client) -> None:
    system.play("held-then-released")
    tag = client.get(HERS, headers=shows("ops")).headers["ETag"]
    polled = [client.get(HERS, headers={**shows("ops"), "If-None-Match": tag}) for _ in range(LIMIT * 2)]
    assert {(answer.status_code, left(answer)) for answer in polled} == {(304, LIMIT - 1)}
    for _ in range(LIMIT - 1):
        client.get(HERS, headers=shows("ops"))
    assert client.get(HERS, headers={**shows("ops"), "If-None-Match": tag}).status_code == 429


def test_a_quota_of_its_own_goes_before_that_of_all(gate: Gate) -> None:
    rich = KEYS["reads"].__class__("rich", "organisation", "rich", ("read",), KEYS["reads"].issued_at)
    assert [gate.charge(key, 1).limit for key in (rich, KEYS["reads"], KEYS["ops"])] == [1000, LIMIT, LIMIT]


def test_bad_keys_are_soon_told_nothing_and_good_ones_of_that_address_are_let_in(client: Client, gate: Gate) -> None:
    bad = {"Authorization": "Bearer clr_x"}
    answers = [client.get(HERS, headers=given) for _ in range(40) for given in (bad, {})]
    assert [answer.status_code for answer in answers] == [401] * gate_module.GUESSES + [429] * 20
    assert told(answers[-1])["type"].endswith("/too-many-guesses")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert client.get(HERS, headers=shows("ops")).status_code == 404


def test_without_keys_there_is_no_quota(client: Client) -> None:
    assert client.get("/readyz").headers.keys().isdisjoint({"ratelimit", "ratelimit-policy"})


def test_costs_are_those_of_routes() -> None:
    assert {*route_costs()} <= {*route_scopes()}


def test_a_batch_costs_what_it_tells_and_a_tenth_of_what_it_looks_up(system: System, client: Client) -> None:
    system.play("held-then-released")

    def batch(since: str) -> httpx.Response:
        given = {"numbers": [HELD, *(f"E2026000401{n:07}" for n in range(9))], "since": since}
        return client.post("/v1/declarations:batch", json=given, headers=shows("ops"))

    first = batch("")
    assert left(first) == LIMIT - 1 - 1 - 10
    assert left(batch(first.json()["token"])) == LIMIT - 12 - 2
