"""`clearance` as a person starts it: in this process for its words, or as a process of its own for its signals."""

import os
import subprocess
import sys

from typer.testing import CliRunner, Result

from clearance.cli.main import program

WIDE = {"COLUMNS": "160", "CLEARANCE_INGEST_METRICS_PORT": "0"}
"""So wide that no line is broken, and beside others of its kind."""


def run(*words: object, broker: str = "", text: str | None = None) -> Result:
    """In this process. `text` is what a person types."""
    env = WIDE | {"CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": broker}
    return CliRunner().invoke(program(), [str(word) for word in words], env=env, input=text)


def start(*words: object, broker: str = "") -> "subprocess.Popen[str]":
    """As a process; output and errors in one stream."""
    env = os.environ | WIDE | {"CLEARANCE_KAFKA_BOOTSTRAP_SERVERS": broker, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "clearance.cli", *map(str, words)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 # our own program
