"""The hostile corpus: refused with a reason a person can act on, or kept and right; never a traceback."""

import re
import tracemalloc
from hashlib import sha256

import pytest
from lxml import etree
from tests.fuzz.targets import check
from tests.hostile.case import Kept, Refused
from tests.hostile.corpus import CASES, INSANE, MALFORMED

from clearance.events.receipts.formats import parse
from clearance.events.values.errors import InvalidMessage
from clearance.settings.tables import default_tables

INTERNALS = re.compile(r"<Element|object at 0x|Traceback|\bNone\b|XMLSyntaxError|Error\(|lxml|b'\\\\")
MAX_REASON = 400
FROMSTRING = "clearance.events.receipts.xml.etree.fromstring"
MAX_PEAK = 64 << 20
UNPARSED = sorted(name for name, case in CASES.items() if isinstance(case.expected, Refused) and case.expected.unparsed)
BOMBS = sorted(name for name, case in CASES.items() if "laughs" in name or "blow-up" in name or "100,000" in name)


def test_it_holds_at_least_200_distinct_inputs_in_two_families() -> None:
    assert len({sha256(case.build()).digest() for case in CASES.values()}) >= 200
    assert len(CASES) == len(MALFORMED) + len(INSANE), "a name stands twice"


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_refused_with_a_reason_or_kept(name: str) -> None:
    case = CASES[name]
    if isinstance(case.expected, Refused):
        with pytest.raises(InvalidMessage) as caught:
            parse(case.build(), default_tables(), sender="hostile")
        reason = caught.value.reason
        assert reason.strip()
        assert len(reason) < MAX_REASON
        assert not INTERNALS.search(reason), reason
        assert not case.expected.reasons or any(one in reason for one in case.expected.reasons), reason
    else:
        _kept(case.build(), case.expected)


def _kept(data: bytes, expected: Kept) -> None:
    receipts = parse(data, default_tables(), sender="hostile")
    for receipt in receipts:
        check(receipt, receipt.system.partition("-")[0])
    first = receipts[0]
    assert expected.code in (None, first.code)
    assert expected.number is None or expected.number in first.numbers
    assert expected.text in (None, first.text)
    assert expected.timed in (None, first.occurred_at is not None)
    assert expected.contradiction in (None, "contradiction" in first.details)
    assert expected.details.items() <= first.details.items()


@pytest.mark.parametrize("name", UNPARSED)
def test_it_is_refused_before_it_costs_anything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the parser saw it")

    monkeypatch.setattr(FROMSTRING, never)
    with pytest.raises(InvalidMessage):
        parse(CASES[name].build(), default_tables())


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_no_memory(name: str) -> None:
    data = CASES[name].build()
    tracemalloc.start()
    try:
        with pytest.raises(InvalidMessage):
            parse(data, default_tables())
        assert tracemalloc.get_traced_memory()[1] < MAX_PEAK
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", sorted(name for name in MALFORMED if name.startswith("envelope around:")))
def test_an_envelope_is_opened_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is inside is guarded as well, and an envelope within is not followed."""
    calls: list[bytes] = []
    genuine = etree.fromstring

    def counted(data: bytes, parser: etree.XMLParser) -> etree._Element:
        calls.append(data)
        return genuine(data, parser)

    monkeypatch.setattr(FROMSTRING, counted)
    with pytest.raises(InvalidMessage):
        parse(CASES[name].build(), default_tables())
    assert len(calls) <= 2
