"""What is absurd is shortened and marked, never refused; the same again changes nothing."""

from datetime import UTC, datetime

from clearance.events.receipts.particulars import MOST, MOST_BYTES, bounded, masked, size
from clearance.events.values.particulars import Amount, Fault, Limit, Question

FAULT = Fault(code="CDS12005", pointer="42A.67A.68A(3)", item=3, name="CommodityID")


def test_what_is_within_the_bounds_stays_as_it_is() -> None:
    stated = (FAULT, FAULT, Limit(datetime(2200, 1, 1, tzinfo=UTC), "LimitDateTime"))
    assert bounded(stated) == (stated, False)


def test_ten_thousand_errors_are_the_first_hundred() -> None:
    stated = [Fault(code=f"C{number}") for number in range(10_000)]
    assert bounded(stated) == (tuple(stated[:MOST]), True)


def test_long_texts_are_kept_up_to_sixteen_kibibytes() -> None:
    kept, cut = bounded([Question("长" * 4000)] * 3)
    assert len(kept) == 1
    assert cut
    assert size(kept[0]) <= MOST_BYTES


def test_an_endless_string_is_cut_and_marked() -> None:
    kept, cut = bounded([Question("x" * 5000), Amount(type="A" * 300, value="9" * 5000)])
    assert [len(kept[0].text), len(kept[1].type), len(kept[1].value)] == [4000, 255, 4000]  # type: ignore[union-attr]
    assert cut
    assert bounded(kept) == (kept, False)


def test_forty_digits_are_an_amount() -> None:
    stated = (Amount(type="A00", value="9" * 40, currency="GBP"),)
    assert bounded(stated) == (stated, False)


def test_of_an_account_four_characters_show() -> None:
    assert masked("GB1234567890") == "****7890"
    assert masked("7890") == "****"
