"""A table that is broken is refused at start, naming file, line and column."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.authorities import copy_tables, load_copy

from clearance.authorities.cn.transport_modes import load_transport_modes
from clearance.contracts import InvalidTable

HEADER = "code,qualifier,when,status,conditional,keeps,alert,zh,en,reason,source"
GOOD = "A,,,received,,,,好,good,,a test"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables that may be broken."""
    return copy_tables(tmp_path / "tables")


def refused(folder: Path, where: str, why: str, load: Callable[[Path], object] = load_copy) -> None:
    with pytest.raises(InvalidTable, match=re.escape(f"{where}: ") + ".*" + re.escape(why)):
        load(folder)


ROWS = {
    "unknown status": ("B,,,teleported,,,,x,x,,a test", 3, "status 'teleported' is not in status.csv"),
    "duplicate code": (GOOD, 3, "stands already in line 2"),
    "missing reason": ("B,,,,,,,x,x,,a test", 3, "a code without a status needs a reason"),
    "one cell too few": ("B,,,received,,,,x,x,", 3, "the number of cells differs from the header"),
    "one cell too many": ("B,,,received,,,,x,x,,a test,", 3, "the number of cells differs from the header"),
    "no code": (",,,received,,,,x,x,,a test", 3, "code: Field required"),
    "no source": ("B,,,received,,,,x,x,,", 3, "source: Field required"),
    "unknown history": ("B,,once,received,,,,x,x,,a test", 3, "when.0: Input should be 'begun'"),
    "no rule": ("B,,,received,,,late,x,x,,a test", 3, "alert: String should match pattern"),
    "neither yes nor no": ("B,,,received,maybe,,,x,x,,a test", 3, "conditional: Input should be a valid boolean"),
}


@pytest.mark.parametrize("what", ROWS)
def test_broken_row_is_refused_with_its_line(what: str, tables: Path) -> None:
    row, line, why = ROWS[what]
    (tables / "uk/codes/uk-dms.csv").write_text(f"{HEADER}\n{GOOD}\n{row}\n", encoding="utf-8")
    refused(tables, f"uk-dms.csv:{line}", why)


def test_good_row_is_read(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    assert [meaning.status for meaning in load_copy(tables).meaning("uk-dms", "A", "")] == ["received"]


def test_unknown_column_is_refused(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").write_text(f"{HEADER},colour\n{GOOD},red\n", encoding="utf-8")
    refused(tables, "uk-dms.csv:2", "colour: Extra inputs are not permitted")


def test_missing_column_is_refused(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").write_text("code,status\nA,received\n", encoding="utf-8")
    refused(tables, "uk-dms.csv:1", "the header lacks en, source, zh")


def test_bad_encoding_is_refused(tables: Path) -> None:
    (tables / "cn/codes/cn-channel.csv").write_bytes(f"{HEADER}\n{GOOD}\n".encode("gb18030"))
    refused(tables, "cn-channel.csv:1", "cannot be read: 'utf-8' codec")


def test_open_quote_is_refused(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").write_text(f'{HEADER}\n{GOOD}\nB,"open\n', encoding="utf-8")
    refused(tables, "uk-dms.csv:1", "cannot be read: unexpected end of data")


def test_missing_table_is_refused(tables: Path) -> None:
    (tables / "status.csv").unlink()
    refused(tables, "status.csv:1", "cannot be read")


def test_authority_without_code_tables_is_refused(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").unlink()
    refused(tables, "uk:1", "holds no code table: codes/uk-….csv")


def test_code_table_of_another_authority_is_refused(tables: Path) -> None:
    (tables / "uk/codes/uk-dms.csv").rename(tables / "uk/codes/fr-delta.csv")
    refused(tables, "fr-delta.csv:1", "a code list of uk is named uk-….csv")


def change(path: Path, old: str, new: str) -> int:
    """Replace the first `old`; the line in which it stood."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_status_that_ends_what_is_no_obligation_is_refused(tables: Path) -> None:
    line = change(tables / "status.csv", "docs_required suspended,", "docs_required released,")
    refused(tables, f"status.csv:{line}", "ends: ['released'] are no obligations")


def test_status_of_no_group_is_refused(tables: Path) -> None:
    line = change(tables / "status.csv", "in_preparation", "somewhere")
    refused(tables, f"status.csv:{line}", "group: Input should be")


def test_second_kind_of_one_name_is_refused(tables: Path) -> None:
    line = change(tables / "uk/numbers.csv", "lrn,search", "mrn,search")
    refused(tables, f"numbers.csv:{line}", "'mrn' stands already in line 2")


def test_primary_number_that_is_not_first_is_refused(tables: Path) -> None:
    line = change(tables / "uk/numbers.csv", "mrn,primary,0,", "mrn,primary,4,")
    refused(tables, f"numbers.csv:{line}", "a primary number, and no other, has order 0")


def test_primary_number_that_is_reusable_is_refused(tables: Path) -> None:
    line = change(tables / "uk/numbers.csv", "mrn,primary,0,no,", "mrn,primary,0,yes,")
    refused(tables, f"numbers.csv:{line}", "a primary number names one declaration and is not reusable")


def test_reusable_alias_under_which_a_message_would_be_filed_first_is_refused(tables: Path) -> None:
    line = change(tables / "cn/numbers.csv", "temporary,alias,2,no,", "temporary,alias,2,yes,")
    refused(tables, f"numbers.csv:{line}", "an alias that is reusable comes after all that are not: order above 4")


def test_authority_without_a_primary_number_is_refused(tables: Path) -> None:
    change(tables / "uk/numbers.csv", "mrn,primary,0,", "mrn,alias,2,")
    refused(tables, "numbers.csv:1", "exactly one kind of number is primary")


def test_unknown_transport_mode_is_refused(tables: Path) -> None:
    line = change(tables / "cn/transport-modes.csv", ",sea,", ",submarine,")
    refused(
        tables / "cn/transport-modes.csv",
        f"transport-modes.csv:{line}",
        "mode: Input should be 'sea'",
        load_transport_modes,
    )


def test_misspelt_field_of_a_profile_is_refused(tables: Path) -> None:
    change(tables / "uk/authority.toml", "before_release", "before_the_release")
    refused(tables, "authority.toml", "before_release: Field required")


def test_profile_that_is_no_toml_is_refused(tables: Path) -> None:
    change(tables / "uk/authority.toml", 'version = "4"', "version = ")
    refused(tables, "authority.toml", "cannot be read: Invalid value")


def test_two_authorities_of_one_name_are_refused(tables: Path) -> None:
    change(tables / "uk/authority.toml", 'name = "uk"', 'name = "cn"')
    refused(tables, "uk:1", "has the name cn already; uninstall one of them")


def test_own_durations_that_name_an_authority_are_refused(tables: Path) -> None:
    path = tables / "uk/durations.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("rule,", "authority,rule,").replace("\nA", "\nuk,A"), encoding="utf-8"
    )
    refused(tables, "durations.csv:2", "authority: this is the table of uk; leave the column out")


def test_office_hours_of_an_authority_without_any_are_refused(tables: Path) -> None:
    (tables / "uk/calendar.csv").unlink()
    line = change(tables / "uk/durations.csv", "A05,*,*,since,1,PT4H,always", "A05,*,*,since,1,PT4H,working")
    refused(tables, f"durations.csv:{line}", "calendar: uk has no office hours")


def test_second_calendar_of_an_authority_is_refused(tables: Path) -> None:
    with (tables / "uk/calendar.csv").open("a", encoding="utf-8") as file:
        file.write("0,1-6,08:30,17:30,a test\n")
    refused(tables, "calendar.csv:3", "'*' stands already in line 2")


@pytest.mark.parametrize(
    "changed", ["uk/codes/uk-dms.csv", "uk/authority.toml", "uk/kept-fields.csv", "rules/rules.csv", "status.csv"]
)
def test_tables_that_differ_have_another_version(changed: str, tables: Path) -> None:
    before = load_copy(tables).version
    with (tables / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert load_copy(tables).version != before


def test_codecs_that_changed_give_another_version(tables: Path) -> None:
    before = load_copy(tables).version
    change(tables / "uk/authority.toml", 'version = "4"', 'version = "5"')
    assert load_copy(tables).version != before
