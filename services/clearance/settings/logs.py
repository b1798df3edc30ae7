"""What services log: one line an occurrence, to standard error, for people or as JSON."""

import logging
import re
import sys
from io import StringIO
from typing import TextIO

import structlog

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])?|\x9b[0-?]*[ -/]*[@-~]")
"""What steers a terminal (ECMA-48): colours of libraries, and whatever a message or a file name holds."""


def configure(log_format: str, service: str) -> None:
    """Set up structlog, and pass what libraries log through it from WARNING on."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(log_format)
    structlog.configure(
        processors=[*shared, *rendering],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
            foreign_pre_chain=shared,
        )
    )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every try; what matters becomes our error
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _rendering(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, without_escapes, structlog.processors.JSONRenderer()]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=_traceback,
    )
    return [without_escapes, console]


def _traceback(to: TextIO, error: structlog.typing.ExcInfo) -> None:
    """A plain one: a rich one draws all variables, which are messages, for 20 s."""
    drawn = StringIO()
    structlog.dev.plain_traceback(drawn, error)
    to.write(ESCAPE.sub("", drawn.getvalue()))


def without_escapes(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """No text of an occurrence steers the terminal on which it is read."""
    return {name: ESCAPE.sub("", value) if isinstance(value, str) else value for name, value in event.items()}
