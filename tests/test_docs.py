"""The pages keep their word: what they name exists, what the code says is explained, and examples do as they show."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from clearance.authorities.cn import amendment, business_receipt, declaration
from clearance.cli.main import program
from clearance.contracts.tables import Row
from clearance.events.receipts.facts import EMPTY
from clearance.events.receipts.formats import parse
from clearance.events.standing import view
from clearance.events.standing.timeline import Effect
from clearance.events.standing.track import Track
from clearance.events.values.errors import InvalidMessage
from clearance.recordings.story import Story
from clearance.settings.tables import default_tables

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "contracts").glob("*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
DECISIONS = sorted((ROOT / "docs" / "decisions").iterdir())
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
DRAWN = [(ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("codes", "rules", "transitions")]
EXPLAINED = "\n".join([GLOSSARY, *DRAWN]).replace("\\", "")

FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")
IN_A_FOLDER = re.compile(r"(contracts|events|services|tests|docs|deploy|benchmarks|\.ci)/[\w./*-]*")
ALONE = re.compile(r"[\w-]+\.(csv|md|py|toml|yml)|Makefile|LICENSE")
COMMAND = re.compile(r"(?:^|`)clearance ([a-z](?:[^`\s]| (?! ))*)", re.MULTILINE)
"""What a page shows to be typed: it begins a line or a span, and ends before two spaces."""
OPTION = re.compile(r"(?<!\S)--[a-z][\w-]*")
PAGE_NAMED = re.compile(r"docs/[\w/-]+\.md")
OF_A_MACHINE = re.compile(r"/(work|home|Users|root)/\w|(?i:index[-_]url)\b|\[\[tool\.uv\.index")
LOCKED_FROM = {"pypi.org", "files.pythonhosted.org"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def text_files() -> Iterator[Path]:
    """What is ours and is text: no environment, no caches, nothing that was built."""
    for top in sorted(ROOT.iterdir()):
        if top.name in {"dist", "build"} or (top.name[0] == "." and top.name not in {".ci", ".dockerignore"}):
            continue
        files = [top] if top.is_file() else top.rglob("*")
        yield from (path for path in files if path.is_file() and path.suffix not in {".pyc", ".xml"})


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def exists(span: str) -> bool:
    if IN_A_FOLDER.fullmatch(span):
        return any(ROOT.glob(span.rstrip("/")))
    return (ROOT / span).exists() or any(
        any((ROOT / folder).rglob(span)) for folder in ("contracts", "events", "services", "tests", "docs")
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    spans = [span for span in SPAN.findall(prose(page)) if IN_A_FOLDER.fullmatch(span) or ALONE.fullmatch(span)]
    assert [span for span in spans if not exists(span)] == []
    assert [link for link in LINK.findall(prose(page)) if not (page.parent / link).exists()] == []


def test_every_page_that_the_code_names_exists() -> None:
    missing = {
        f"{named(path)}: {page}"
        for path in text_files()
        for page in PAGE_NAMED.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not (ROOT / page).exists()
    }
    assert missing == set()


def test_the_readme_answers_where_things_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    answers = rows(readme, "Where is it?")
    assert len(answers) >= 15
    assert [question for question, answer in answers if not SPAN.search(answer)] == []


def test_the_readme_shows_what_replay_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("<!-- output: replay -->\n```\n")[2].partition("\n```")[0]
    recording = str(ROOT / "tests" / "recordings" / "held-then-released")
    result = CliRunner().invoke(program(["replay"]), ["replay", recording], env={"COLUMNS": "80"})
    assert [line.rstrip() for line in result.stdout.splitlines()] == shown.splitlines()


def test_the_readme_shows_tests_that_pass(
    clearance_replay: Callable[..., Story], clearance_differences: Callable[..., list[str]]
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(readme.partition("```python\n")[2].partition("```")[0], names)  # noqa: S102 # our own page
    examples = [names[name] for name in names if name.startswith("test_")]
    fixtures = {"clearance_replay": clearance_replay, "clearance_differences": clearance_differences}
    for example in examples:
        example(*(fixtures[name] for name in signature(example).parameters))
    assert len(examples) == 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_page_shows_exist_and_take_what_it_gives_them(page: Path) -> None:
    for shown in COMMAND.findall(page.read_text(encoding="utf-8")):
        command, words = every_command(), shown.split()
        while words and (below := getattr(command, "commands", None)):
            assert words[0] in below, shown
            command = below[words.pop(0)]
        taken = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        assert {*OPTION.findall(shown)} <= {*taken, "--help"}, shown


@cache
def every_command() -> Any:
    """The program with all its commands, as its parser has them."""
    return get_command(program())


def test_decisions_are_numbered_and_of_one_form() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == sorted({*numbers}), "a number is one decision's"
    for number, path in zip(numbers, DECISIONS, strict=True):
        page = path.read_text(encoding="utf-8")
        assert page.startswith(f"# {number}. "), path.name
        assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Context", "Decision", "Consequence"], path.name
        assert len(page.splitlines()) <= 45, f"{path.name} is longer than a page"


def details() -> set[str]:
    """Names of details: those that the codecs list, and those that any of our messages gives."""
    tables = (
        amendment.DETAILS,
        declaration.DETAILS,
        declaration.QUANTITIES,
        declaration.VOYAGE,
        business_receipt.MORE_DETAILS,
        business_receipt.QUANTITIES,
    )
    found = {name for table in tables for _, name in table}
    for path in [*(ROOT / "tests" / "recordings").rglob("*.xml"), *(ROOT / "tests" / "fuzz").rglob("*.xml")]:
        try:
            found.update(*(receipt.details for receipt in parse(path.read_bytes(), default_tables())))
        except InvalidMessage:
            continue
    return found


def test_the_glossary_explains_every_detail_and_no_other() -> None:
    assert {name for row in rows(GLOSSARY, "Details") for name in SPAN.findall(row[0])} == details()


def test_the_glossary_explains_every_flag_and_no_other() -> None:
    obligations = {name for name, row in default_tables().codes.statuses.items() if row.kind in ("obligation", "flag")}
    section = GLOSSARY.partition("\n## Flags\n")[2].partition("\n## ")[0].partition("\n|")[0]
    assert obligations == set(SPAN.findall(section))
    flags = {*view.LASTING.values(), *(flag for flag, _ in view._conditions(EMPTY, Track(), default_tables()))}
    assert flags == {SPAN.findall(row[0])[0] for row in rows(GLOSSARY, "Flags")}


def test_the_glossary_explains_every_effect_and_no_other() -> None:
    assert {SPAN.findall(row[0])[0] for row in rows(GLOSSARY, "Effects")} == set(get_args(Effect))


def test_the_glossary_explains_every_kind_of_number() -> None:
    found = [(row[2].partition(" ")[0].lower(), SPAN.findall(row[0])[0]) for row in rows(GLOSSARY, "Kinds of number")]
    kinds = default_tables().numbers.of
    assert found == [(authority, kind) for authority, of in kinds.items() for kind in of]
    roles = [row[2].partition(" ")[2] for row in rows(GLOSSARY, "Kinds of number")]
    assert roles == [kind.role for of in kinds.values() for kind in of.values()]


def test_every_status_and_rule_is_explained() -> None:
    tables = default_tables()
    assert [name for name in (*tables.codes.statuses, *tables.rules) if not re.search(rf"\b{name}\b", EXPLAINED)] == []


def test_words_are_sorted_and_stand_once() -> None:
    words = [row[0].lower() for row in rows(GLOSSARY, "Words")]
    assert words == sorted(set(words))
    assert [row for row in rows(GLOSSARY, "Words") if not all(row)] == []


class Sourced(Row, extra="ignore"):
    """Any row, for its source."""

    source: str = ""


def test_every_source_is_explained() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    names = [name for line in page.splitlines() if line.startswith("| `") for name in SPAN.findall(line.split("|")[1])]
    tables = [*(ROOT / "contracts").rglob("*.csv"), *(ROOT / "events").rglob("*.csv")]
    sources = {row.source for path in tables for row in Sourced.read(path)} - {""}
    assert {source for source in sources if not any(name in source for name in names)} == set()


def test_no_file_names_a_machine() -> None:
    found = {
        f"{named(path)}: {hit[0]}"
        for path in text_files()
        for hit in OF_A_MACHINE.finditer(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()


def test_the_lock_names_public_hosts_only() -> None:
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([^/\"]+)", lock)) <= LOCKED_FROM
