"""What the scan names: the group in which failures are concentrated, as wide as they reach."""

from itertools import product
from math import log

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.helpers.extent import examples

from clearance.events.incidents.groups import (
    EVERYTHING,
    Group,
    Row,
    attributes_of,
    count,
    groups_of,
    may_hold,
    of_a_declaration,
)
from clearance.events.incidents.likelihood import Part, concentration, surprise
from clearance.events.incidents.scan import LEAST, find
from clearance.events.incidents.usual import Usual

OFFICES, CHAPTERS = ("2901", "2902", "2903", "2904"), ("39", "62", "84", "85", "87")
EACH = 100
USUALLY = 0.02


def traffic(shares: dict[Group, float], usually: float = USUALLY) -> list[Row]:
    """As many of each chapter at each office, of which the share fails that the last group names which holds them."""
    rows = []
    for office, chapter in product(OFFICES, CHAPTERS):
        attributes = (("chapter", chapter), ("office", office))
        groups = set(groups_of(attributes))
        share = [usually, *(share for group, share in shares.items() if group in groups)][-1]
        rows.append(Row(attributes, share * EACH, EACH))
    return rows


USUAL = Usual(count(traffic({})))


def named(shares: dict[Group, float]) -> Group | None:
    found = find(count(traffic(shares), LEAST), USUAL)
    return found.group if found else None


CORNER: Group = (("chapter", "84"), ("office", "2901"))
OFFICE: Group = (("office", "2901"),)


def test_it_names_a_chapter_at_an_office_when_only_that_fails() -> None:
    assert named({CORNER: 0.5}) == CORNER


def test_it_names_the_office_when_all_of_it_fails() -> None:
    assert named({OFFICE: 0.5}) == OFFICE


def test_it_names_the_office_when_all_of_it_fails_and_one_chapter_most() -> None:
    assert named({OFFICE: 0.1, CORNER: 0.9}) == OFFICE


def test_it_names_nothing_when_everything_fails_three_times_as_much() -> None:
    assert named({EVERYTHING: 3 * USUALLY}) is None


def test_it_looks_through_a_rise_of_everything() -> None:
    assert named({EVERYTHING: 3 * USUALLY, CORNER: 0.6}) == CORNER


def test_a_group_that_always_fails_more_is_no_news() -> None:
    rows = traffic({CORNER: 0.3})
    found = find(count(rows, LEAST), Usual(count(rows * 20)))
    assert found is None or found.ratio < 0.1


def test_fewer_than_five_are_no_group() -> None:
    rows = [Row((("office", office),), failed, 50) for office, failed in (("2901", 4), ("2902", 0))]
    assert count(rows, LEAST) == {EVERYTHING: (4, 100)}


def test_a_declaration_with_two_chapters_counts_in_each_and_in_none_of_both() -> None:
    held = groups_of(attributes_of({"office": ("2901",), "chapter": ("84", "85")}))
    assert list(held) == [
        EVERYTHING,
        (("chapter", "84"),),
        (("chapter", "85"),),
        (("office", "2901"),),
        (("chapter", "84"), ("office", "2901")),
        (("chapter", "85"), ("office", "2901")),
    ]


def test_what_is_shared_is_cut_as_in_the_course() -> None:
    """What tells a declaration by its view finds it in the group that the course named."""
    long = "9" * 40
    held = of_a_declaration(office="2901", chapters={f"{n:02}" for n in range(20)}, broker=long, trader="", form="RES")
    assert ("broker", "9" * 24) in held
    assert [value for name, value in held if name == "chapter"] == [f"{n:02}" for n in range(8)]


def test_what_names_no_goods_may_be_of_a_chapter_at_its_office() -> None:
    known = attributes_of({"office": ("2901",), "chapter": ("61",)})
    assert not may_hold(CORNER, known)
    for office, may in (("2901", True), ("2902", False)):
        assert may_hold(CORNER, attributes_of({"office": (office,), "format": ("RES",)})) is may
    assert not may_hold((("chapter", "84"),), ()), "nothing is known of it"
    assert may_hold(EVERYTHING, ())


def test_a_group_without_history_borrows_from_the_worse_of_those_it_lies_in() -> None:
    usual = Usual(count([Row(OFFICE, 100, 1000), Row((("office", "2902"),), 10, 1000)]))
    assert abs(usual.share((("chapter", "01"), ("office", "2901"))) - usual.share(OFFICE)) < 1e-12


@settings(max_examples=examples(200))
@given(
    st.lists(st.tuples(st.sampled_from(OFFICES), st.sampled_from(CHAPTERS), st.integers(0, 9)), max_size=40), st.data()
)
def test_the_order_of_rows_changes_nothing(told: list[tuple[str, str, int]], data: st.DataObject) -> None:
    rows = [Row((("chapter", chapter), ("office", office)), failed, 10) for office, chapter, failed in told]
    shuffled = data.draw(st.permutations(rows))
    assert find(count(rows, LEAST), USUAL) == find(count(shuffled, LEAST), USUAL)


TOLD = st.lists(
    st.tuples(st.sampled_from(OFFICES), st.sampled_from(("", *CHAPTERS[:2])), st.integers(0, 9), st.integers(0, 40)),
    max_size=20,
)


@settings(max_examples=examples(400, least=100))
@given(TOLD, TOLD)
def test_whatever_was_usual_it_comes_to_an_answer(
    before: list[tuple[str, str, int, int]], told: list[tuple[str, str, int, int]]
) -> None:
    """A group may usually fail more than all that it lies in, where there was little of it."""
    then, now = (
        [Row((("chapter", chapter), ("office", office)), n, n + more) for office, chapter, n, more in some if n + more]
        for some in (before, told)
    )
    found = find(count(now, LEAST), Usual(count(then)))
    assert found is None or found.part.failed >= LEAST


def test_what_never_fails_fails_a_millionth_of_the_time() -> None:
    assert concentration(Part(5, 5, 0.0), Part(10, 1000, 10.0)) > 4 * log(1e6)


def test_counts_without_a_least_hold_every_group() -> None:
    assert {group for group, number in count(traffic({})).items() if number.failed >= LEAST} | {EVERYTHING} == set(
        count(traffic({}), LEAST)
    )


def test_the_ratio_is_that_of_two_binomials() -> None:
    """By hand: 5 of 10 where 1 % is usual, beside 10 of 1,000: all alike raised are 15 of 1,010."""
    raised = 15 / 10.1
    assert abs(surprise(Part(5, 10, 0.1)) - (5 * 3.912023 + 5 * -0.683097)) < 1e-4
    both = surprise(Part(5, 10, 0.1), raised) + surprise(Part(10, 1000, 10.0), raised)
    assert concentration(Part(5, 10, 0.1), Part(10, 1000, 10.0)) == both
    assert concentration(Part(0, 10, 0.1), Part(10, 1000, 10.0)) == 0
