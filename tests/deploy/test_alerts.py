"""Each alert fires when it should, only then, and ends; it says in plain words what is wrong, and a page what to do."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from tests.helpers.extent import a_few_of

from clearance.cli.main import program
from clearance.metrics.declared import DECLARED

from .promql import asked
from .promtool import NoPromtool, promtool, verdict
from .rule_mutants import Mutant, cases_of, mutants

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
TESTS = sorted((Path(__file__).parent / "alerts").glob("*.yml"))


def read(path: Path) -> dict[str, Any]:
    file: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return file


RULES = [rule for path in FILES for rule in read(path)["groups"][0]["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"]: frozenset[str]() for rule in RULES if "record" in rule}
FROM_PROMETHEUS = {"up": frozenset[str](), "process_start_time_seconds": frozenset[str]()}
ALWAYS = {"job", "instance"}
SEVERITIES = {"page", "ticket"}
RUNBOOKS = ROOT / "docs/runbooks"
SECTIONS = ["What it means", "See more", "What to do"]


def named(rule: dict[str, Any]) -> str:
    return str(rule.get("alert") or rule.get("record"))


def each(rules: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(rule, id=f"{nth} {named(rule)}") for nth, rule in enumerate(rules)]


@pytest.fixture(scope="session", autouse=True)
def _promtool_is_here() -> None:
    try:
        promtool()
    except NoPromtool as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_it_fires_when_it_should_and_only_then(path: Path, tmp_path: Path) -> None:
    tests = read(path)
    [rules] = tests["rule_files"]
    assert verdict(read(path.parent / rules), tests, tmp_path) == ""


def test_every_alert_is_seen_to_fire_and_not_to_fire() -> None:
    cases = [case for path in TESTS for test in read(path)["tests"] for case in test.get("alert_rule_test", [])]
    names = {named(alert) for alert in ALERTS}
    assert {case["alertname"] for case in cases if "exp_alerts" in case} == names
    assert {case["alertname"] for case in cases if "exp_alerts" not in case} == names


MUTANTS = [one for path in FILES for one in mutants(path)]


@pytest.mark.parametrize("mutant", a_few_of(MUTANTS, one_in=25), ids=lambda one: f"{one.alert} {one.what}")
def test_an_altered_rule_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    tests = [cases_of(mutant.alert, path) for path in TESTS]
    assert any(verdict(mutant.file, one, tmp_path) for one in tests if one["tests"])


@pytest.mark.parametrize("rule", each(RULES))
def test_it_asks_for_what_is_declared(rule: dict[str, Any]) -> None:
    labels = RECORDED | FROM_PROMETHEUS | {metric.name: frozenset(metric.labels) for metric in DECLARED.values()}
    for one in asked(rule["expr"]):
        assert one.labels <= labels[one.metric] | ALWAYS, one


@pytest.mark.parametrize("rule", each(RULES))
def test_counters_are_asked_for_how_fast_they_grow_or_whether_they_are_there(rule: dict[str, Any]) -> None:
    for one in asked(rule["expr"]):
        grows = one.metric in DECLARED and DECLARED[one.metric].kind == "counter"
        assert bool({"rate", "increase"} & {*one.functions}) == (grows and "count" not in one.functions), one


@pytest.mark.parametrize("alert", each(ALERTS))
def test_it_says_in_plain_words_what_is_wrong(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in SEVERITIES
    told = alert["annotations"]
    assert {*told} == {"summary", "description", "runbook_url"}
    assert 3 <= len(told["summary"].split()) <= 16
    assert not told["summary"].endswith(".")
    assert told["description"].endswith(".")
    assert not re.search(r"clearance_|\b(?:SLO|SLI|DLQ)\b", told["summary"] + told["description"])


@pytest.mark.parametrize("alert", each(ALERTS))
def test_it_has_a_page_of_what_to_do(alert: dict[str, Any]) -> None:
    page = ROOT / alert["annotations"]["runbook_url"]
    assert page == RUNBOOKS / f"{alert['alert']}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {alert['alert']}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_its_commands_are_there(page: Path) -> None:
    for span in re.findall(r"`clearance ([^`]+)`", page.read_text(encoding="utf-8")):
        command: Any = typer.main.get_command(program())
        for word in span.split():
            if hasattr(command, "commands"):
                command = command.commands[word]
            elif word.startswith("--"):
                assert word in {option for param in command.params for option in param.opts}, span


def test_there_is_no_page_without_its_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == {named(alert) for alert in ALERTS}


def test_prometheus_reads_the_rules() -> None:
    [pattern] = read(ROOT / "deploy/prometheus/prometheus.yml")["rule_files"]
    assert sorted((ROOT / "deploy/prometheus").glob(pattern)) == FILES
