"""`clearance` whole and in this process, with its last words and its exit code: a process takes a second to start."""

import logging
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
import structlog

from clearance.cli.main import main


def clearance(*words: str) -> tuple[int, str]:
    """The exit code, and what was said on either stream."""
    root, said = logging.getLogger(), StringIO()
    handlers, level = root.handlers[:], logging.getLogger("aiokafka").level
    try:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
            patch.setattr("sys.argv", ["clearance", *words])
            with pytest.raises(SystemExit) as end:
                main()
    finally:  # its log is set up for the whole process
        root.handlers[:] = handlers
        logging.getLogger("aiokafka").setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    return int(end.value.code or 0), said.getvalue()
