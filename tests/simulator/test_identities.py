"""Made-up numbers: of the right form, consistent with each other, disjoint between seeds."""

from datetime import UTC, datetime

import pytest

from clearance.authorities.cn.common import DIRECTIONS, ENTRY_FLAGS
from clearance.settings.tables import default_tables
from clearance.simulator import identities
from clearance.simulator.identities import FilingNumbers, Numbers, check_character, checked_scc

AT = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
"""New Year in Beijing."""


def new(seed: int, direction: str = "export", office: str = "2901") -> FilingNumbers:
    return Numbers(seed).new(office, direction, AT, cargo=1)


@pytest.mark.parametrize("direction", ["import", "export"])
def test_entry_and_unified_numbers_say_the_same_direction_and_year(direction: str) -> None:
    own = new(7, direction)
    assert (own.entry[:8], ENTRY_FLAGS[own.entry[8]], len(own.entry)) == ("29012027", direction, 18)
    assert (DIRECTIONS[own.unified[0]], own.unified[1:5]) == (direction, "2027")


def test_every_number_is_one_of_its_kind() -> None:
    own, numbers = new(7), default_tables().numbers
    assert [numbers.checked("cn", kind, getattr(own, kind)) for kind in ("unified", "entry", "temporary")]
    assert numbers.checked("uk", "mrn", own.mrn) == f"mrn:{own.mrn}"
    assert {len(own.unified), len(own.entry), len(own.temporary), len(own.client), len(own.mrn)} == {18}


def test_seeds_and_filings_share_no_number() -> None:
    office = ("2901", "export", AT)
    given = [numbers.new(*office, cargo) for numbers in map(Numbers, (0, 1, 10, 999)) for cargo in range(1, 30)]
    for kind in ("unified", "entry", "temporary", "client", "bill", "contract", "mrn", "lrn"):
        assert len({getattr(own, kind) for own in given}) == len(given), kind


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert new(5) == new(5)


@pytest.mark.parametrize("seed", [-1, 1000])
def test_a_seed_that_does_not_fit_into_a_number_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 999"):
        Numbers(seed)


def test_it_says_so_when_an_office_has_no_number_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "ENTRIES", 2)
    numbers = Numbers(3)
    given = [numbers.new("2901", direction, AT, 1) for direction in ("import", "export", "import", "export")]
    assert len(given) == 4
    with pytest.raises(ValueError, match="seed 3 has given out all 2 海关编号 290120271"):
        numbers.new("2901", "import", AT, 1)


def test_the_check_character_is_that_of_the_standard() -> None:
    assert checked_scc("91330108MA2ABCD0XM") == "91330108MA2ABCD0XM"
    assert check_character("91330108MA2ABCD0X") == "M"


@pytest.mark.parametrize("code", ["91330108MA2ABCD0XN", "91330108MA2ABCD0X", "91330108MA2ABCDOXM"])
def test_a_wrong_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r"check character must be M|has not 18 characters"):
        checked_scc(code)
