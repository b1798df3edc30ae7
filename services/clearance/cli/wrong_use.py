"""What an operation refuses, as typer tells wrong use: the command's usage, one line, exit code 2."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from clearance.access.errors import AccessRefused
from clearance.kafka.places import Place
from clearance.operations.errors import OperationRefused
from clearance.operations.readers import parse_place


@contextmanager
def as_wrong_use(param_hint: str | None = None) -> Iterator[None]:
    """`OperationRefused` and `AccessRefused` inside are wrong use; `param_hint` says of which option."""
    try:
        yield
    except (OperationRefused, AccessRefused) as error:
        raise typer.BadParameter(str(error), param_hint=param_hint) from error


def place(text: str) -> Place:
    """`TOPIC:PARTITION:OFFSET` as an argument. Raises `typer.BadParameter`."""
    with as_wrong_use():
        return parse_place(text)
