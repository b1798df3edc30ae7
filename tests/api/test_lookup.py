"""From a number to the declaration that it means."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from tests.api.client import Client
from tests.api.system import System
from tests.helpers.arrivals import receipt, unified
from tests.helpers.extent import examples

from clearance.api import links
from clearance.api.lookup import LISTED, meanings
from clearance.api.parameters import BLANKS, LONGEST_NUMBER
from clearance.store.rows import Meant
from clearance.store.schema import declarations

REUSED = ("uk-lrn-used-again-and-refused-by-it-alone", "uk-lrn-alone-before-it-is-used-again")
SHARED = [HealthCheck.function_scoped_fixture]


def test_a_number_is_read_in_every_way_that_it_may_be_meant() -> None:
    assert meanings("COSU6012345678") == [Meant("", "", "COSU6012345678")]
    assert meanings("bill:A:1") == [Meant("", "", "bill:A:1"), Meant("", "bill", "A:1")]
    assert Meant("cn", "bill", "A:1") in meanings("cn:bill:A:1")
    assert meanings("cn:bill") == [Meant("", "", "cn:bill")]


@pytest.mark.parametrize(
    "written",
    [
        " E20260004010000003 ",
        "\u3000\uff25２０２６０００４０１００００００３",
        "e20260004010000003",
        "E2026 0004 0100 0000 3",
        "unified:e20260004010000003",
        "cn:unified:\uff25２０２６０００４０１００００００３",
        "29012026 0650000003",
        "entry：290120260650000003",
    ],
)
def test_a_number_is_known_however_a_person_writes_it(client: Client, system: System, written: str) -> None:
    system.play("held-then-released")
    answer = client.get(f"/v1/declarations/{quote(written, safe='')}")
    assert answer.json()["id"] == "cn:unified:E20260004010000003"
    assert client.get("/v1/declarations/bill:e20260004010000003").status_code == 404


def test_what_is_kept_as_it_is_written_goes_first(client: Client, system: System) -> None:
    system.take(
        [receipt("L", number, seq=unified(number), bill=bill) for number, bill in ((31, "abc-1"), (32, "ABC-1"))]
    )
    found = [client.get(f"/v1/declarations/bill:{bill}").json() for bill in ("abc-1", "ABC-1", "Abc-1")]
    assert [one.get("id") for one in found] == [f"cn:unified:{unified(31)}", f"cn:unified:{unified(32)}", None]


def test_an_id_with_a_slash_has_an_address_without(client: Client, system: System) -> None:
    system.play("uk-lrn-used-again-after-rejection")
    rows = client.get("/v1/declarations/sender-lrn:demo-trader~1LRN1-7301").json()["declarations"]
    assert len(rows) == 2
    assert links.to_declaration("uk:sender-lrn:a/b~1") == "/v1/declarations/uk:sender-lrn:a~1b~01"
    for plain in ("a/b~1", "~", "/", "~0~1/", "a"):
        assert links.without_slashes_undone(links.without_slashes(plain)) == plain
        assert "/" not in links.without_slashes(plain)


def test_a_number_of_several_declarations_lists_them(client: Client, system: System) -> None:
    system.play("one-entry-number-two-declarations")
    answer = client.get("/v1/declarations/290120261650000028")
    assert answer.status_code == 300
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == "/problems/several-declarations"
    assert {one["id"] for one in body["declarations"]} == {
        "cn:unified:I20260004010000028",
        "cn:unified:I20260004010000128",
    }
    for one in body["declarations"]:
        assert one["kinds"] == ["entry"]
        assert one["status"]["words"] == "received by customs"
        assert client.get(one["links"]["self"]).json()["id"] == one["id"]


@pytest.mark.parametrize(
    "number", ["LRN1-7301", "sender-lrn:demo-trader/LRN1-7301", "uk:sender-lrn:demo-trader/LRN1-7301"]
)
def test_a_number_that_was_used_again_lists_what_it_leads_to(client: Client, system: System, number: str) -> None:
    system.play("uk-lrn-used-again-after-rejection")
    answer = client.get(f"/v1/declarations/{quote(number, safe='')}")
    assert answer.status_code == 300
    assert sorted(one["id"] for one in answer.json()["declarations"]) == [
        "uk:mrn:25GBFAULT00730101A",
        "uk:mrn:25GBFAULT00730102B",
    ]


def test_a_number_within_its_sender_is_found_without_it(client: Client, system: System) -> None:
    system.play("uk-lrn-alone-of-one-declaration")
    for number in ("SYN-LRN-7305", "lrn:SYN-LRN-7305", "sender-lrn:demo-trader/SYN-LRN-7305"):
        assert client.get(f"/v1/declarations/{quote(number, safe='')}").json()["id"] == "uk:mrn:26GBSYN00000073051"


def test_a_number_that_was_used_again_is_listed_beside_them_if_it_holds_messages(
    client: Client, system: System
) -> None:
    system.play("uk-lrn-used-again-and-refused-by-it-alone")
    own = "uk:sender-lrn:demo-trader/SYN-LRN-7302"
    listed = client.get(f"/v1/declarations/{quote('sender-lrn:demo-trader/SYN-LRN-7302', safe='')}").json()[
        "declarations"
    ]
    assert sorted(one["id"] for one in listed) == ["uk:mrn:26GBSYN00000073021", "uk:mrn:26GBSYN00000073022", own]
    body = client.get(f"/v1/declarations/{quote(own, safe='')}").json()
    assert body["id"] == own
    assert [flag["code"] for flag in body["flags"]] == ["number_reused"]
    [message] = client.get(f"/v1/declarations/{quote(own, safe='')}/messages").json()["messages"]
    assert message["shared"] is False


def test_a_search_number_of_one_declaration_finds_it(client: Client, system: System) -> None:
    system.take([receipt("L", seq=unified(1), bill="COSU6012345678"), receipt("L", seq=unified(2), bill="OTHER")])
    for number in ("COSU6012345678", "bill:COSU6012345678", "cn:bill:COSU6012345678"):
        assert client.get(f"/v1/declarations/{number}").json()["id"] == f"cn:unified:{unified(1)}"


def test_a_number_of_very_many_declarations_lists_those_that_changed_last(client: Client, system: System) -> None:
    system.take(receipt("L", seq=unified(number), bill="CONSOL") for number in range(LISTED + 20))
    body = client.get("/v1/declarations/CONSOL").json()
    assert len(body["declarations"]) == LISTED
    assert (body["count"], body["complete"]) == (LISTED, False)


def test_an_alias_is_answered_by_the_number_that_its_messages_are_filed_under(client: Client, system: System) -> None:
    system.take([receipt("L", seq="T31", entry="290120260650000031")])
    for number in ("290120260650000031", "T31", "cn:temporary:T31"):
        body = client.get(f"/v1/declarations/{number}").json()
        assert body["id"] == "cn:entry:290120260650000031"
        assert body["status"]["code"] == "received"


def test_a_pointer_answers_for_itself_until_its_primary_is_there(client: Client, system: System) -> None:
    system.play("entry-number-first")
    assert client.get("/v1/declarations/cn:entry:290120260650000027").json()["id"] == "cn:unified:E20260004010000027"
    with system.store.begin() as connection:
        connection.execute(delete(declarations).where(declarations.c.id == "cn:unified:E20260004010000027"))
    assert client.get("/v1/declarations/290120260650000027").json()["id"] == "cn:entry:290120260650000027"


def test_what_nobody_carries_is_not_found(client: Client) -> None:
    answer = client.get("/v1/declarations/E20260004010000099")
    assert answer.status_code == 404
    assert answer.json()["number"] == "E20260004010000099"


@pytest.mark.parametrize("story", REUSED)
def test_every_declaration_is_what_its_own_link_leads_to(client: Client, system: System, story: str) -> None:
    """Also one whose id others carry as a number, and is written without its slash in the link."""
    system.play(story)
    listed = client.get("/v1/declarations?limit=500").json()["declarations"]
    assert any("~1" in one["links"]["self"] for one in listed)
    for one in listed:
        answer = client.get(one["links"]["self"])
        assert (answer.status_code, answer.json().get("id")) == (200, one["id"])


@pytest.fixture
def held(client: Client, system: System) -> Client:
    system.play("held-then-released")
    return client


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
@settings(max_examples=examples(100), deadline=None, suppress_health_check=SHARED)
@given(number=st.text(st.characters(codec="utf-8"), min_size=1, max_size=220))
def test_any_text_is_found_or_not_or_refused(held: Client, number: str) -> None:
    answer = held.get(f"/v1/declarations/{quote(number, safe='')}")
    meant = number.strip(BLANKS)
    can_be_one = meant.isprintable() and 0 < len(meant) <= LONGEST_NUMBER
    assert answer.status_code in ((200, 404) if can_be_one else (422,))


@settings(max_examples=examples(100), deadline=None, suppress_health_check=SHARED)
@given(raw=st.binary(max_size=40))
def test_any_bytes_in_the_path_are_no_error_of_ours(held: Client, raw: bytes) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in raw)
    for path in (f"/v1/declarations/{encoded}", f"/v1/declarations/{encoded}/timeline", f"/v1/anomalies/{encoded}"):
        assert held.get(path).status_code < 500
