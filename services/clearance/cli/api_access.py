"""How `clearance status` and `clearance watch` ask the API: with `clearance.client`, as the settings say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import typer

from clearance.client import ONCE, ClearanceError, Client, Freshness, Unreachable
from clearance.settings import load
from clearance.settings.secrets import read_secret


class Shown(NamedTuple):
    """A declaration as the API shows it, in JSON, with its timeline."""

    body: dict[str, Any]
    timeline: list[dict[str, Any]]
    etag: str
    freshness: Freshness


def opened(url: str | None, language: str) -> Client:
    """A client that asks once: a person who waits, or `watch`, asks again."""
    settings = load(api_url=url)
    key = read_secret("api_key_file", settings.api_key_file) if settings.api_key_file else ""
    return Client(settings.api_url, key, language=language, retries=ONCE)


def asked(client: Client, number: str, held: Shown | None = None) -> Shown:
    """Where the declaration of a number stands; `held` is what is known, if it is so still. Raises `ClearanceError`."""
    answer = client.declaration(number)
    if held is not None and held.etag == answer.etag:
        return held._replace(freshness=answer.freshness)
    timeline = client.timeline(answer.value.id)
    return Shown(json.loads(answer.body), json.loads(timeline.body)["entries"], answer.etag, answer.freshness)


def said(error: ClearanceError) -> str:
    """One line: what is wrong and what to do."""
    if isinstance(error, Unreachable):
        return f"{error}; `clearance up` starts an API, or mend CLEARANCE_API_URL"
    return str(error)


@contextmanager
def one_line() -> Iterator[None]:
    """What the API cannot answer is one line, and exit code 2."""
    try:
        yield
    except ClearanceError as error:
        typer.echo(f"clearance: {said(error)}", err=True)
        raise typer.Exit(2) from error
