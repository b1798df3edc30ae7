"""A log line is one JSON object or one line for people, and steers no terminal, whoever wrote it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from clearance.settings import logs

RED, LINK = "\x1b[1;31mred\x1b[0m", "\x1b]8;;http://example.test\x07link\x1b]8;;\x07"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, aiokafka = root.handlers[:], root.level, logging.getLogger("aiokafka").level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, level
    logging.getLogger("aiokafka").setLevel(aiokafka)


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_escape_code_reaches_the_log(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(log_format, "demo")
    structlog.get_logger().warning(f"ours {RED}", file=f"a\x9b31m {LINK}.xml")
    logging.getLogger("a.library").error("theirs %s", RED)
    try:
        raise ValueError(RED)
    except ValueError:
        structlog.get_logger().exception("ours failed")
        logging.getLogger("a.library").exception("theirs failed")
    told = capsys.readouterr().err
    assert "ours red" in told
    assert "theirs red" in told
    assert "\x9b" not in told
    if log_format == "json":
        lines = [json.loads(line) for line in told.splitlines()]
        assert [one["service"] for one in lines if "ours" in one["event"]] == ["demo", "demo"]
        assert all("ValueError: red" in one["exception"] for one in lines if "failed" in one["event"])
        assert lines[0]["file"] == "a link.xml"
        assert "\\u001b" not in told
    assert "\x1b" not in told
