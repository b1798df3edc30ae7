"""What names no goods bears out a chapter at its office, as far as it may be of it."""

import pytest

from clearance.events.incidents.goods import borne_out, share_of
from clearance.events.incidents.groups import EVERYTHING, UNNAMED, Group, Row, attributes_of, count, groups_of
from clearance.events.incidents.likelihood import Part, concentration
from clearance.events.incidents.scan import find
from clearance.events.incidents.usual import Usual

OFFICES, CHAPTERS = ("2901", "2902", "2903"), ("62", "84", "85", "")
EACH = 300
USUALLY = 0.15
CORNER: Group = (("chapter", "84"), ("office", "2901"))
OFFICE: Group = (("office", "2901"),)
NAMELESS: Group = (UNNAMED, ("office", "2901"))


def traffic(shares: dict[Group, float], each: int) -> list[Row]:
    """As many of each chapter, and three times as many that name none, at each office."""
    rows = []
    for attributes in (attributes_of({"office": [o], "chapter": [c]}) for o in OFFICES for c in CHAPTERS):
        groups, number = set(groups_of(attributes)), each if UNNAMED not in attributes else 3 * each
        share = [USUALLY, *(share for group, share in shares.items() if group in groups)][-1]
        rows.append(Row(attributes, share * number, number))
    return rows


USUAL = Usual(count(traffic({}, EACH)))


def parts(shares: dict[Group, float], each: int = 10) -> dict[Group, Part]:
    counts = count(traffic(shares, each))
    return {group: Part(*number, number.all * USUAL.share(group)) for group, number in counts.items()}


def test_as_many_are_of_a_chapter_as_of_those_that_name_their_goods() -> None:
    assert share_of(CORNER, USUAL) == pytest.approx(1 / 3)
    assert share_of((("chapter", "84"),), USUAL) == pytest.approx(1 / 3)
    assert share_of((("chapter", "99"), *OFFICE), USUAL) == 0


def test_a_chapter_that_stands_still_is_borne_out_by_those_that_name_no_goods() -> None:
    alone, both = parts({CORNER: 1.0}), parts({CORNER: 1.0, NAMELESS: USUALLY + (1 - USUALLY) / 3})
    part, everything = both[CORNER], both[EVERYTHING]
    assert borne_out(CORNER, both, USUAL) > concentration(part, everything.without(part)) + 2
    part, everything = alone[CORNER], alone[EVERYTHING]
    assert borne_out(CORNER, alone, USUAL) < concentration(part, everything.without(part)), "they move as usual"


def test_a_group_without_goods_needs_no_bearing_out() -> None:
    assert borne_out(OFFICE, parts({OFFICE: 0.9}), USUAL) == 0
    assert borne_out(EVERYTHING, parts({}), USUAL) == 0


def test_a_chapter_is_named_and_not_its_office_when_what_may_be_of_it_fails_too() -> None:
    found = find(count(traffic({CORNER: 1.0, NAMELESS: 0.45}, 20)), USUAL)
    alone = find(count(traffic({CORNER: 1.0}, 20)), USUAL)
    assert found is not None
    assert alone is not None
    assert found.group == alone.group == CORNER
    assert found.ratio > alone.ratio + 2


def test_an_office_is_named_when_all_of_it_fails_and_nothing_after_what_names_no_goods() -> None:
    found = find(count(traffic({OFFICE: 0.6}, 20)), USUAL)
    assert found is not None
    assert found.group == OFFICE
    nameless = find(count(traffic({NAMELESS: 0.6}, 20)), USUAL)
    assert nameless is None or UNNAMED not in nameless.group
