"""What UK notifications mean together: each line is what came, minute by minute, and what a user is told.

A notification is written `code`, `code/name` for a NameCode, `code.lrn` for a sender's reference other than the
declaration's own, `code-` if it names no version, and `code:A` if it came in conversation A. Source: HMRC service guide
(domain.md §2.3a).
"""

import re
from itertools import permutations

import pytest
from tests.helpers.arrivals import MINUTE, dms
from tests.helpers.told import Told

from clearance.events.partition.replay import Arrival

WRITTEN = re.compile(r"(?P<code>\d\d)(/(?P<name>\d+))?(\.(?P<lrn>\w+))?(?P<unversioned>-?)(:(?P<conversation>\w+))?")
OWN = "OWN"

# What came -> the stage, what is open or true beside it, the open rules, who must act.
MEANINGS = {
    # 03: a request's after an acceptance, by whatever it names
    "01 03-": ("reviewed", "", "A28", "customs"),
    "01 03.CX1-": ("reviewed", "", "A28", "customs"),
    "01 03": ("reviewed", "", "A28", "customs"),
    "01 09 03.CX1-": ("released", "", "A28", "carrier"),
    "02 03.CX1-": ("received", "awaiting_arrival", "A28", "customs"),
    "02 03": ("rejected", "", "A06", "declarant"),
    "03": ("rejected", "", "A06", "declarant"),
    "03-": ("awaiting_first_message", "", "A29", "nobody"),
    "03.CX1- 03.CX1-": ("awaiting_first_message", "", "A29", "nobody"),
    "03- 01": ("reviewed", "", "", "customs"),
    # 03 in a known conversation: that of the declaration's own reception or acceptance refuses the declaration
    "02:A 03:A": ("rejected", "", "A06", "declarant"),
    "02:A 03-:A": ("rejected", "", "A06", "declarant"),
    "02:A 02-:B 03-:B 03-:A": ("rejected", "", "A06", "declarant"),
    "02:A 13/67:A 03-:A": ("rejected", "", "A06", "declarant"),
    # any other shows a request, also with the declaration's own reference and version
    "02:A 03:B": ("received", "awaiting_arrival", "A28", "customs"),
    "02:A 02:B 03:B": ("received", "awaiting_arrival", "A28", "customs"),
    "02:A 03-:B": ("received", "awaiting_arrival", "A28", "customs"),
    "02:A 02.AM1-:B 03.AM1-:B": ("received", "awaiting_arrival", "A28", "customs"),
    "01:A 03-:B": ("reviewed", "", "A28", "customs"),
    "01:A 03-:A": ("reviewed", "", "A28", "customs"),
    # not known, or not known to be the declaration's: the other signs decide
    "02:A 03": ("rejected", "", "A06", "declarant"),
    "02 03:B": ("rejected", "", "A06", "declarant"),
    "03:B": ("rejected", "", "A06", "declarant"),
    "03-:B": ("awaiting_first_message", "", "A29", "nobody"),
    "02.AM1-:B 03.AM1-:B": ("received", "awaiting_arrival", "A28", "customs"),
    "02 02:B 03:B": ("rejected", "", "A06", "declarant"),
    "02-:B 03-:B 01:A": ("reviewed", "", "", "customs"),
    # 51: a question ends nothing, and only its answer or a cancellation ends it
    "01 51": ("reviewed", "query_raised", "A10", "declarant"),
    "01 05 51": ("reviewed", "inspection query_raised", "A07 A10", "trader"),
    "01 51 09": ("released", "query_raised", "A10", "declarant"),
    "01 09 51": ("released", "query_raised", "A10", "declarant"),
    "01 09 16 51": ("exited", "query_raised", "A10", "declarant"),
    "01 51 10": ("cancelled", "", "A15", "nobody"),
    # 50, 17, 18
    "01 50": ("reviewed", "held_by_agency", "A08", "trader"),
    "50": ("awaiting_first_message", "held_by_agency", "A08", "trader"),
    "01 50 09": ("released", "", "", "carrier"),
    "01 50 05": ("reviewed", "held_by_agency inspection", "A07 A08", "trader"),
    "01 17": ("reviewed", "handled_outside", "A08", "declarant"),
    "01 17 09": ("released", "handled_outside", "A08", "declarant"),
    "01 17 09 16": ("exited", "", "", "nobody"),
    "01 09 18 16": ("exited", "", "", "nobody"),
    "01 09 18": ("released", "exit_proof_due", "", "declarant"),
    "01 09 18 10": ("expired", "", "A15", "declarant"),
    # 07 ends nothing
    "01 05 07": ("reviewed", "amended inspection", "A07", "trader"),
    "01 06 07": ("reviewed", "amended docs_required", "A10", "declarant"),
    "01 50 07": ("reviewed", "amended held_by_agency", "A08", "trader"),
    # 08: the debt is not final
    "01 13 08": ("released", "conditional_release tax_due", "", "trader"),
    "01 13 08 09": ("released", "", "", "carrier"),
    "01 05 08": ("released", "conditional_release", "", "carrier"),
    # 13 to 15
    "01 13/67": ("reviewed", "tax_assessed", "", "customs"),
    "02 13/67 01": ("reviewed", "tax_assessed", "", "customs"),
    "02 13/67 15": ("received", "awaiting_arrival tax_due", "", "trader"),
    "01 13/67 09": ("released", "", "", "carrier"),
    "01 14": ("reviewed", "tax_due", "A30", "trader"),
    "01 13 14": ("reviewed", "tax_due", "A30", "trader"),
    "01 14 09": ("released", "", "", "carrier"),
    # 10
    "01 10": ("cancelled", "", "A15", "nobody"),
    "01 09 10": ("cancelled", "", "A15", "nobody"),
    "01 09 02.CX1- 11/39.CX1- 10": ("withdrawn", "", "", "nobody"),
    "01 09 02.AM1- 11/39.AM1- 07 10": ("cancelled", "amended", "A15", "nobody"),
    "01 02.AM1- 11/39.AM1- 07 02.CX1- 11/39.CX1- 10": ("withdrawn", "amended", "", "nobody"),
    "01 09 02.CX1- 11/41.CX1- 10": ("cancelled", "", "A15", "nobody"),
    "01 02.CX1- 02.AM1- 11/39.CX1- 11/39.AM1- 07.AM1 10": ("withdrawn", "amended", "", "nobody"),
    "01 02.CX1- 02.AM1- 11/39.CX1- 11/39.AM1- 07 10": ("cancelled", "amended", "A15", "nobody"),
    # an answer ends its own request, and no other
    "01 02.AM1- 02.AM2- 11/39.AM1-": ("reviewed", "amendment_requested", "", "customs"),
    "01 02.AM1- 02.AM2- 11/39.AM1- 11/41.AM2-": ("reviewed", "", "", "customs"),
    "01 02.AM1- 02.AM2- 03.AM2-": ("reviewed", "amendment_requested", "A28", "customs"),
    "01 02.AM1- 03.AM2-": ("reviewed", "amendment_requested", "A28", "customs"),
    "02 02.AM1- 01": ("reviewed", "amendment_requested", "", "customs"),
    "02 02.AM1- 01 09 16": ("exited", "", "", "nobody"),
    "01 02.AM1- 11/50.AM1-": ("reviewed", "amendment_requested", "", "customs"),
}


def story(written: str) -> list[Arrival]:
    return [_notification(word, place) for place, word in enumerate(written.split())]


def _notification(word: str, place: int) -> Arrival:
    said = WRITTEN.fullmatch(word)
    assert said, word
    return dms(
        said["code"],
        place * MINUTE,
        name=said["name"] or "",
        errors=("CDS12015",) if said["code"] == "03" else (),
        reference=f"{word} {place}",
        lrn=said["lrn"] or OWN,
        version="" if said["unversioned"] else "1",
        conversation=said["conversation"] or "",
    )


@pytest.mark.parametrize("written", MEANINGS)
def test_says_what_the_guide_says(written: str) -> None:
    told = Told(*story(written))
    still_open = {one.rule for one in told.anomalies if one.state == "open" and one.severity != "info"}
    assert (told.view.stage, told.view.flags, still_open, told.view.acts) == (
        MEANINGS[written][0],
        tuple(MEANINGS[written][1].split()),
        {*MEANINGS[written][2].split()},
        MEANINGS[written][3],
    )


REQUESTS = [
    written
    for written, (_, _, rules, _) in MEANINGS.items()
    if re.search(r"03(\.\w+)?-", written) and "A06" not in rules and len(written.split()) <= 4
]


@pytest.mark.parametrize("written", REQUESTS)
def test_a_refused_request_never_says_declare_again_in_any_order_at_any_prefix(written: str) -> None:
    for arrivals in permutations(story(written)):
        for length in range(1, len(arrivals) + 1):
            told = Told(*arrivals[:length])
            assert told.view.stage != "rejected"
            assert "A06" not in {one.rule for one in told.anomalies}


def test_a_resolved_case_ends_the_question() -> None:
    asked, resolved = dms("51", MINUTE), dms("51", 2 * MINUTE, text="CERTEX Check: the case is resolved")
    assert Told(dms("01"), asked).view.flags == ("query_raised",)
    assert Told(dms("01"), asked, resolved).view.flags == ()
    assert Told(dms("01"), resolved).view.flags == ()


def _nameless(code: str, place: int) -> Arrival:
    """A notification that names no reference and no version."""
    return dms(code, place * MINUTE, name="39", errors=("CDS12015",) if code == "03" else (), version="")


@pytest.mark.parametrize("code", ["03", "11"])
def test_an_answer_that_names_no_request_ends_one_only_where_there_is_no_other(code: str) -> None:
    one, two = story("01 02.AM1- 02.AM2-")[:2], story("01 02.AM1- 02.AM2-")
    assert Told(*one, _nameless(code, 5)).view.flags == ()
    assert Told(*two, _nameless(code, 5)).view.flags == ("amendment_requested",)
    assert [hold.until for hold in Told(*two, _nameless(code, 5)).view.holds] == [None, None]
