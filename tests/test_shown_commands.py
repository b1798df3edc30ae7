"""Every command that a page or a help text shows is there, with the options that it is shown with."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from clearance.cli.main import program
from clearance.metrics.declared import DECLARED

from .test_docs import PAGES, ROOT, named

WHOLE: Any = typer.main.get_command(program())
IN_TEXT = re.compile(r"`clearance ([a-z][^`]*)`")
IN_A_BLOCK = re.compile(r"^(?: {2,6})?clearance ([a-z][^#|\n]*)", re.MULTILINE)
"""A line of an example: its words end where its comment, two blanks behind, or a pipe begins."""
METRIC = re.compile(r"\bclearance_[a-z_]+\b")
OF_HISTOGRAMS = ("_bucket", "_sum", "_count")
RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))


def helped(command: Any, words: str = "") -> Iterator[tuple[str, str]]:
    """Each command that shows examples, with these."""
    if command.epilog:
        yield words, command.epilog
    for name, one in getattr(command, "commands", {}).items():
        yield from helped(one, f"{words} {name}".strip())


def shown(text: str) -> Iterator[list[str]]:
    """The words behind `clearance` of each command in a text."""
    joined = re.sub(r"\\\n\s+", "", text)
    for found in (*IN_TEXT.findall(joined), *IN_A_BLOCK.findall(joined)):
        yield shlex.split(re.sub(r"\s+", " ", re.split(r" {2,}(?=\S)", found.replace("\n", " "))[0]).replace("'", ""))


def unknown(words: list[str]) -> str:
    """The first word that is no command, or no option of its command; empty if there is none."""
    command = WHOLE
    for word in words:
        if hasattr(command, "commands") and not word.startswith("-"):
            if word not in command.commands:
                return word
            command = command.commands[word]
        elif word.startswith("--") and word not in {"--", "--help"}:
            options = {one for param in command.params for one in (*param.opts, *param.secondary_opts)}
            if word.partition("=")[0] not in options:
                return word
    return ""


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_shows_commands_that_there_are(page: Path) -> None:
    assert [words for words in shown(page.read_text(encoding="utf-8")) if unknown(words)] == []


@pytest.mark.parametrize(("command", "text"), [pytest.param(*one, id=one[0]) for one in helped(WHOLE)])
def test_a_help_text_shows_commands_that_there_are(command: str, text: str) -> None:
    examples = [*shown(text)]
    assert any(" ".join(words).startswith(command) for words in examples)
    assert [words for words in examples if unknown(words)] == []


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_names_metrics_that_there_are(page: Path) -> None:
    series = {*DECLARED} | {f"{name}{end}" for name in DECLARED for end in OF_HISTOGRAMS}
    assert {*METRIC.findall(page.read_text(encoding="utf-8"))} <= series


@pytest.mark.parametrize("line", ["keys issu", "keys list --four acme", "up --no-broker"])
def test_what_is_not_there_is_found(line: str) -> None:
    assert unknown(line.split()) in {"issu", "--four", "--no-broker"}
