"""The layout holds: three source roots, one namespace package, nothing of ours under another name."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOP_LEVEL = {"pyproject.toml", "services", "events", "contracts", "deploy", "tests", "docker-compose.yml"}


def test_clearance_stays_a_namespace() -> None:
    assert not [*ROOT.glob("*/clearance/__init__.py"), *ROOT.glob("services/client/clearance/__init__.py")]


def test_the_distribution_claims_only_clearance() -> None:
    ours = {"clearance", "clearance-client"}
    assert {name for name, by in packages_distributions().items() if ours & {*by}} <= {"clearance"}


def test_the_top_level_is_as_the_users_asked() -> None:
    assert {path.name for path in ROOT.iterdir()} >= TOP_LEVEL


def test_every_file_of_ours_opens_with_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for folder in ("contracts", "events", "services", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_what_make_quick_runs_needs_no_process_no_broker_and_no_database() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [folders] = re.findall(r"^PURE := (.+)$", makefile, re.MULTILINE)
    impure = re.compile(
        r"\b(subprocess|sqlalchemy|EmbeddedBroker|LocalKafka|(embedded|real|own)_\w+|postgres_url\w*)\b"
    )
    files = [path for folder in folders.split() for path in (ROOT / folder).rglob("*.py")]
    assert files
    assert [str(path) for path in files if impure.search(path.read_text(encoding="utf-8"))] == []
