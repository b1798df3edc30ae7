"""Settings: read from the environment, overridden by flags, and refused in one line that says what to mend."""

import re
from pathlib import Path

import pytest
from pydantic.fields import FieldInfo

from clearance.settings import PREFIX, InvalidSetting, Settings, load, needs_broker

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
FIELDS = Settings.model_fields


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FIELDS:
        monkeypatch.delenv(variable(name), raising=False)


def variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def rows() -> dict[str, list[str]]:
    """The table of the page by variable, without its head."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {row[0].strip("`"): row[1:] for row in cells}


def shown(field: FieldInfo) -> str:
    """A default as the page writes it."""
    return f"`{field.default}`" if field.default != "" else ""


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_says_what_it_is_and_stands_on_the_page(name: str) -> None:
    assert FIELDS[name].description
    meaning = re.sub(r"\s+", " ", FIELDS[name].description or "").strip()
    row = [shown(FIELDS[name]), meaning]
    assert rows().get(variable(name)) == row, f"{PAGE.name} is to say: | `{variable(name)}` | {' | '.join(row)} |"


def test_the_page_tells_of_no_other_setting() -> None:
    assert [*rows()] == [variable(name) for name in FIELDS]


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_KAFKA_BOOTSTRAP_SERVERS", "one:9092,two:9092")
    monkeypatch.setenv("CLEARANCE_TRACKER_SESSION_SECONDS", "45")
    found = load()
    assert (found.kafka_bootstrap_servers, found.tracker_session_seconds) == ("one:9092,two:9092", 45.0)


def test_a_flag_overrides_the_environment_and_one_not_given_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_API_PORT", "8001")
    assert load(api_port=8002).api_port == 8002
    assert load(api_port=None).api_port == 8001


def test_defaults_listen_on_loopback_only() -> None:
    found = load()
    assert {value for name, value in found if name.endswith("_host")} == {"127.0.0.1"}
    ports = [value for name, value in found if name.endswith("_port")]
    assert len(ports) == len(set(ports))


REFUSED = {
    "CLEARANCE_API_PORT": ("eight", "valid integer"),
    "CLEARANCE_TRACKER_METRICS_PORT": ("70000", "less than or equal to 65535"),
    "CLEARANCE_KAFKA_REPLICATION_FACTOR": ("0", "greater than or equal to 1"),
    "CLEARANCE_KAFKA_COMPRESSION": ("brotli", "'zstd', 'lz4', 'snappy', 'gzip' or 'none'"),
    "CLEARANCE_TRACKER_SESSION_SECONDS": ("soon", "valid number"),
    "CLEARANCE_ANALYST_SESSION_SECONDS": ("90", "less than or equal to 80"),
    "CLEARANCE_TRACKER_BATCH_RECORDS": ("-1", "greater than or equal to 1"),
    "CLEARANCE_LOG_FORMAT": ("xml", "'console' or 'json'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_that_cannot_be_is_named_with_what_it_must_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, must = REFUSED[name]
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting) as caught:
        load()
    told = str(caught.value)
    assert told.startswith(f"{name}: ")
    assert must in told
    assert value in told
    assert "\n" not in told


def test_without_a_broker_the_setting_is_named_and_what_else_to_do() -> None:
    with pytest.raises(
        InvalidSetting, match=r"CLEARANCE_KAFKA_BOOTSTRAP_SERVERS is not set: .*`make kafka`.*`clearance up`"
    ):
        needs_broker(load())
    assert needs_broker(load(kafka_bootstrap_servers="somewhere:9092")) == "somewhere:9092"
