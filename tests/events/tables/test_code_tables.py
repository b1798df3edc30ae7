"""What every code means, written down by hand from domain.md and compared with the tables.

A line reads `codes -> status [conditional] [keeps OBLIGATION] [RULE]`. A code may carry its qualifier (`11/39`) and
what must have been seen before it (`02@accepted`). `kept` is a code that moves nothing.
"""

import re

import pytest
from tests.helpers.arrivals import MINUTE, amendment, amendment_response, channel, dms, imported, sent, smart_card
from tests.helpers.told import Told

from clearance.authorities.cn.transport_modes import load_transport_modes
from clearance.events.partition.replay import Arrival
from clearance.settings.tables import default_tables

MEANINGS = {
    # §1.4, the list of the specification and what brokers' systems add to it
    "cn-channel": """
        0 S0 -> draft
        2 6 3 7 E0 E1 -> submitted
        4 8 9 Y f0 F1 -> tech_rejected A02
        L -> received
        SpL -> received keeps completion_due
        E SpE -> rejected A06
        Z U -> returned_for_correction A27
        1 Sp1 -> returned_for_correction A10
        H -> suspended A08
        M -> manual_review A10
        V Q -> manual_review
        N -> docs_required A10
        G J W -> reviewed
        SpJ -> reviewed keeps completion_due
        T -> tax_due A09
        C S SpC -> inspection A07
        B K -> released conditional keeps tax_due
        SpK -> released conditional keeps completion_due+tax_due opens completion_due
        F I P -> released
        R -> closed
        A D D1 -> deleted A15
        a b c d X O # D0 -> kept""",
    # §1.4, where other systems mean something else by the same letter
    "cn-epdp": "M J -> reviewed",
    "cn-vue": """
        S -> tech_rejected A02
        Z -> returned_for_correction A27""",
    "cn-sql": """
        K -> released conditional keeps tax_due
        1 -> returned_for_correction A10""",
    "cn-qp-web": """
        2 -> draft
        3 -> submitted
        8 Z -> deleted A15""",
    # §1.4, TCS
    "cn-tcs": """
        001 -> draft
        003 004 006 008 -> submitted
        002 005 007 009 010 019 -> tech_rejected A02
        011 -> received
        012 -> released conditional keeps tax_due
        013 -> rejected A06
        014 -> suspended A08
        015 -> returned_for_correction A27
        016 023 -> reviewed
        017 025 -> released
        018 -> tax_due A09
        020 026 -> deleted A15
        021 -> manual_review A10
        022 -> closed
        024 -> inspection A07
        027 028 -> kept""",
    # §1.4, the status of a list: not a CHANNEL code
    "cn-list-status": """
        1 -> draft
        7 -> reviewed
        9 -> released
        10 -> closed
        21 -> submitted""",
    # §1.2
    "cn-import-response": """
        0 0/warning -> draft
        * -> tech_rejected A02""",
    "cn-smart-card": "* -> tech_rejected A02",
    # §1.1 and §1.6: what was sent, and that it arrived
    "cn-dxp": "0 -> kept",
    "cn-declaration": """
        G A B E -> draft
        C D -> submitted""",
    "cn-amendment": """
        1 1/H -> amendment_requested A14
        2 2/H -> withdrawal_requested A14
        1/G 2/G -> kept""",
    "cn-amendment-response": """
        0 -> kept
        * -> amendment_denied A02""",
    # §2.3a: by the authority's own guide
    "uk-dms": """
        01 01@received -> reviewed
        02 -> received
        02@accepted 02@begun+request -> amendment_requested A14
        03@own -> rejected A06
        03/none@own -> cancelled
        03/CDS12046@own -> expired A06
        03@accepted 03/none@accepted 03/CDS12046@accepted -> amendment_denied A28
        03@begun+request 03/none@begun+request 03/CDS12046@begun+request -> amendment_denied A28
        03 03/none 03/CDS12046 -> message_refused A29
        05 -> inspection A07
        06 -> docs_required A10
        07 -> amended
        08 -> released conditional keeps tax_due
        09 -> released
        10 -> cancelled A15
        10@export -> expired A15
        10@cancellation_granted -> withdrawn
        11/39 -> amendment_granted
        11/41 -> amendment_denied
        13 15 -> tax_due A09
        13/assessed -> tax_assessed
        14 -> tax_due A30
        16 -> exited
        17 -> handled_outside A08
        50 -> held_by_agency A08
        18 -> exit_proof_due A13
        51 -> query_raised A10
        51/resolved -> query_resolved
        52 -> detained A08
        11 -> kept""",
}
LINE = re.compile(
    r"(?P<codes>.+) -> (?P<status>\w+)(?P<conditional> conditional)?( keeps (?P<keeps>[\w+]+))?"
    r"( opens (?P<opens>\w+))?( (?P<alert>A\d\d))?"
)
Means = tuple[str, bool, str, str, str]
"""Status, whether conditional, what it keeps, what it opens, the rule it sets off."""


def written(system: str) -> dict[str, Means]:
    found: dict[str, Means] = {}
    for line in MEANINGS[system].strip().splitlines():
        match = LINE.fullmatch(line.strip())
        assert match, line
        status = "" if match["status"] == "kept" else match["status"]
        for code in match["codes"].split():
            assert code not in found
            keeps, opens, alert = (match[name] or "" for name in ("keeps", "opens", "alert"))
            found[code] = status, bool(match["conditional"]), keeps, opens, alert
    return found


def shipped() -> dict[str, dict[str, Means]]:
    found: dict[str, dict[str, Means]] = {}
    for system, meaning in default_tables().codes.rows():
        row = meaning.row
        code = (
            row.code
            + (f"/{row.qualifier}" if row.qualifier else "")
            + (f"@{'+'.join(sorted(row.when))}" if row.when else "")
        )
        found.setdefault(system, {})[code] = (
            row.status,
            row.conditional,
            "+".join(sorted(row.keeps)),
            row.opens,
            row.alert,
        )
    return found


@pytest.mark.parametrize("system", MEANINGS)
def test_means_what_the_sources_say(system: str) -> None:
    assert shipped()[system] == written(system)


def test_leaves_no_system_without_a_list_written_by_hand() -> None:
    assert shipped().keys() == MEANINGS.keys()


def test_says_why_a_code_is_kept_and_only_then() -> None:
    rows = [meaning.row for _, meaning in default_tables().codes.rows()]
    assert [row.code for row in rows if not row.status and len(row.reason) < 20] == []
    assert [row.code for row in rows if row.status and row.reason] == []


@pytest.mark.parametrize(("one", "other"), ["aA", "bB", "cC", "dD", ("S", "S0"), ("E", "E0"), ("D0", "D"), ("f0", "F")])
def test_heeds_case_and_length_of_a_code(one: str, other: str) -> None:
    assert Told(channel(one)).last.status != Told(channel(other)).last.status


UNKNOWN = ("p", "l", "s0", "F0", "f1", "SPL", "spl", "07", "e1", "Ｐ", "??")


@pytest.mark.parametrize("code", UNKNOWN)
def test_keeps_a_code_in_another_spelling_as_unknown(code: str) -> None:
    told = Told(channel(code))
    assert (told.last.effect, told.last.status, told.view.flags) == ("unknown", "", ("unknown_code",))


CONFLICTS = """
    K cn-channel released_conditionally, cn-epdp released_conditionally, cn-sql released_conditionally
    S cn-channel inspection, cn-vue tech_rejected
    M cn-channel manual_review, cn-epdp reviewed
    Z cn-channel returned_for_correction, cn-vue returned_for_correction, cn-qp-web deleted
    J cn-channel reviewed, cn-epdp reviewed
    1 cn-channel returned_for_correction, cn-sql returned_for_correction
    2 cn-channel submitted, cn-qp-web draft
    3 cn-channel submitted, cn-qp-web submitted
    8 cn-channel tech_rejected, cn-qp-web deleted
    P cn-epdp released, cn-vue released, cn-qp-web released, cn-sql released
"""


@pytest.mark.parametrize("line", CONFLICTS.strip().splitlines())
def test_reads_a_letter_as_its_own_system_does(line: str) -> None:
    code, *pairs = re.split(r"[ ,]+", line.strip())
    for system, wanted in zip(pairs[::2], pairs[1::2], strict=True):
        told = Told(channel(code, system=system))
        status = "released" if wanted == "released_conditionally" else wanted
        assert (told.last.status, told.last.system) == (status, system)
        assert ("conditional_release" in told.view.flags) == (status != wanted)


# Rows of domain.md §2.8 that have a China or UK entry: what arrives, after what, and the status it has.
RECEIVED, ACCEPTED = dms("02"), dms("01")
ASKED, GRANTED = dms("02", MINUTE), dms("11", 2 * MINUTE, name="39")
LATER = 3 * MINUTE
CANONICAL: dict[str, list[tuple[str, list[Arrival]]]] = {
    "DRAFT": [("draft", [channel("0")]), ("draft", [channel("S0")]), ("draft", [imported(0)])],
    "SUBMITTED": [("submitted", [channel(code)]) for code in "2637"] + [("submitted", [sent("C")])],
    "TECH_REJECTED": [
        *(("tech_rejected", [channel(code)]) for code in ("4", "8", "9", "Y", "f0", "F1")),
        ("tech_rejected", [imported(-1)]),
        ("tech_rejected", [imported(7)]),
        ("tech_rejected", [smart_card("C134")]),
    ],
    "RECEIVED": [("received", [channel("L")]), ("received", [channel("SpL")]), ("received", [RECEIVED])],
    "REJECTED": [
        ("rejected", [channel("E")]),
        ("rejected", [channel("SpE")]),
        ("rejected", [dms("03", errors=("CDS1",), lrn="L1")]),
    ],
    "RETURNED_FOR_CORRECTION": [
        *(("returned_for_correction", [channel(code)]) for code in ("Z", "U", "1", "Sp1")),
    ],
    "DOCS_REQUIRED": [("docs_required", [channel("N")]), ("docs_required", [dms("06")])],
    "MANUAL_REVIEW": [("manual_review", [channel(code)]) for code in "MVQ"],
    "SUSPENDED": [("suspended", [channel("H")])],
    "REVIEWED": [
        *(("reviewed", [channel(code)]) for code in ("G", "J", "W", "SpJ")),
        ("reviewed", [ACCEPTED]),
        ("reviewed", [RECEIVED, dms("01", MINUTE)]),
    ],
    "TAX_DUE": [("tax_due", [channel("T")]), *(("tax_due", [dms(code)]) for code in ("13", "14", "15"))],
    "INSPECTION": [*(("inspection", [channel(code)]) for code in ("C", "S", "SpC")), ("inspection", [dms("05")])],
    "DETAINED": [("detained", [dms("52")])],
    "RELEASED": [
        *(("released", [channel(code)]) for code in ("P", "F", "I", "B", "K", "SpK")),
        ("released", [dms("08")]),
        ("released", [dms("09")]),
        ("released", [dms("9")]),
    ],
    "EXITED": [("exited", [dms("16")]), ("exit_proof_due", [dms("18")])],
    "CLOSED": [("closed", [channel("R")])],
    "AMEND_REQUESTED / AMENDED": [
        ("amendment_requested", [amendment(1)]),
        ("amendment_requested", [amendment(1, operation="H")]),
        ("amendment_requested", [ACCEPTED, ASKED]),
        ("amendment_granted", [GRANTED]),
        ("amendment_denied", [dms("11", name="41")]),
        ("amendment_denied", [amendment_response(-1)]),
        ("amended", [dms("07")]),
    ],
    "CANCELLED / DELETED": [
        *(("deleted", [channel(code)]) for code in ("A", "D", "D1")),
        ("withdrawal_requested", [amendment(2)]),
        ("cancelled", [ACCEPTED, dms("10", LATER)]),
        ("cancelled", [ACCEPTED, ASKED, dms("11", 2 * MINUTE, name="41"), dms("10", LATER)]),
        ("expired", [ACCEPTED, dms("18", MINUTE), dms("10", LATER)]),
        ("withdrawn", [ACCEPTED, ASKED, GRANTED, dms("10", LATER)]),
        ("cancelled", [dms("03", lrn="L1")]),
        ("expired", [dms("03", errors=("CDS12046",), lrn="L1")]),
        ("rejected", [dms("03", errors=("CDS12046", "CDS1"), lrn="L1")]),
    ],
}


@pytest.mark.parametrize("row", CANONICAL)
def test_reaches_every_canonical_row_of_china_and_the_uk(row: str) -> None:
    for status, arrivals in CANONICAL[row]:
        told = Told(*arrivals)
        assert told.last.status == status, arrivals[-1].name


def test_leaves_no_canonical_status_unreached() -> None:
    reached = {meaning.status for _, meaning in default_tables().codes.rows()}
    assert default_tables().codes.statuses.keys() - reached == {
        "awaiting_first_message",
        "awaiting_arrival",
        "awaiting_exit",
        "completion_due",
        "no_release",
    }


def test_awaits_the_arrival_of_prelodged_goods() -> None:
    assert Told(RECEIVED).view.flags == ("awaiting_arrival",)
    assert Told(RECEIVED, dms("01", MINUTE)).view.flags == ()


def test_takes_a_success_with_a_warning_for_a_success() -> None:
    assert Told(imported(0, text="第1项商品缺少B证")).last.status == "draft"


def test_tells_a_success_with_a_warning_from_one_without() -> None:
    [meaning] = default_tables().meaning("cn-import-response", "0", "warning")
    assert meaning.row.qualifier == "warning"


MODES = {"sea": "2", "rail": "3", "road": "4", "air": "5", "post": "6", "none": "0178", "other": "9HTWXYZLG"}


def test_knows_every_mode_of_transport() -> None:
    assert {code: row.mode for code, row in load_transport_modes().items()} == {
        code: mode for mode, codes in MODES.items() for code in codes
    }


# Authority, kind, what it is for, place among those a message is filed under, length and form; whether reusable.
NUMBERS = """
    cn unified primary 0 18 [IE][0-9]{17}
    cn entry alias 1 18 [0-9]{8}[0-9IE][0-9]{9}
    cn temporary alias 2 40
    cn sender-client-seq alias 3 120
    cn cop-msg alias 4 80
    cn client-seq search 9 40 again
    cn bill search 9 40 again
    cn contract search 9 40 again
    cn container search 9 40 again
    cn amendment search 9 40
    uk mrn primary 0 40
    uk sender-lrn alias 1 120 again
    uk lrn search 9 40 again
"""


def test_knows_what_every_number_is_for() -> None:
    found = [
        " ".join(f"{authority} {row.kind} {row.role} {row.order} {row.max_length} {row.pattern} {again}".split())
        for authority, kinds in default_tables().numbers.of.items()
        for row in kinds.values()
        for again in ["again" * row.reusable]
    ]
    assert found == [line.strip() for line in NUMBERS.strip().splitlines()]
