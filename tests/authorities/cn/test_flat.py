"""The reader without a tree says what the parser says, on every message that this project has."""

from pathlib import Path

import pytest

from clearance.authorities.cn import business_receipt
from clearance.authorities.cn.flat import read_flat
from clearance.events.receipts.xml import child, fields, guard, local, read
from clearance.events.values.errors import InvalidMessage

TESTS = Path(__file__).parents[2]
CORPORA = {
    "recordings": sorted((TESTS / "recordings").rglob("*.xml")),
    "fuzz": sorted(path for path in (TESTS / "fuzz" / "corpus").rglob("*") if path.is_file()),
}
GOOD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n<DEC_RESULT>\r\n<CHANNEL>P</CHANNEL><NOTE> a\r\nb </NOTE>\r\n'
    b"</DEC_RESULT>\r\n"
)


def by_tree(data: bytes) -> tuple[bool, dict[str, str]]:
    """What the parser says, in the form of `read_flat`."""
    root = read(data).root
    if local(root) == "DEC_RESULT":
        return False, fields(root)
    result = child(root, "DEC_RESULT")
    assert result is not None
    return True, {**fields(result), "RESULT_INFO": fields(root).get("RESULT_INFO", "")}


def spoken(fields: dict[str, str]) -> dict[str, str]:
    """An absent field and an empty one say the same: nothing."""
    return {name: value for name, value in fields.items() if value}


def agree(data: bytes) -> bool:
    """Whether the flat reader answered; fails where it says something else than the parser."""
    flat = read_flat(data)
    if flat is not None:
        told = by_tree(data)
        assert (flat[0], spoken(flat[1])) == (told[0], spoken(told[1])), data
    return flat is not None


@pytest.mark.parametrize("corpus", CORPORA)
def test_it_agrees_with_the_parser_on_every_corpus(corpus: str) -> None:
    answered = sum(agree(path.read_bytes()) for path in CORPORA[corpus])
    assert answered > 5


def test_it_answers_for_most_receipts_of_the_recordings() -> None:
    receipts = [path.read_bytes() for path in CORPORA["recordings"] if b"<DEC_RESULT>" in path.read_bytes()]
    assert sum(map(agree, receipts)) > 0.95 * len(receipts)


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_it_accepts_nothing_that_the_parser_refuses_after_one_byte_is_changed(place: int) -> None:
    for byte in b'<>/&\x00\x0b \xff"?!]A':
        data = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
        guard_passed = b"<!" not in data
        if guard_passed and read_flat(data) is not None:
            assert agree(data)


def test_the_receipt_is_the_same_however_it_was_read() -> None:
    for path in CORPORA["recordings"]:
        data = path.read_bytes()
        flat = read_flat(data)
        if flat is not None:
            try:
                one = business_receipt.receipt(*flat, "self", "")
            except InvalidMessage:
                continue  # some recordings hold messages that are to be refused
            guard(data)
            assert business_receipt.receipt(*by_tree(data), "self", "") == one
