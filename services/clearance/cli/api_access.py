"""How `clearance status` and `clearance watch` ask the API: with `clearance.client`, as the settings say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import typer

from clearance.client import ONCE, Answer, AsyncClient, ClearanceError, Client, Freshness, Refused, Unreachable
from clearance.client.models import Declaration, Timeline
from clearance.settings import load
from clearance.settings.secrets import read_secret


class Shown(NamedTuple):
    """A declaration as the API shows it, in JSON, with its timeline."""

    body: dict[str, Any]
    timeline: list[dict[str, Any]]
    etag: str
    freshness: Freshness


def opened(url: str | None, language: str) -> Client:
    """A client that asks once: a person who waits asks again."""
    return Client(*_given(url), language=language, retries=ONCE)


def opened_to_wait(url: str | None, language: str) -> AsyncClient:
    """The same for `watch`, which asks again by itself."""
    return AsyncClient(*_given(url), language=language, retries=ONCE)


def _given(url: str | None) -> tuple[str, str]:
    """The address of the API and the key."""
    settings = load(api_url=url)
    return settings.api_url, read_secret("api_key_file", settings.api_key_file) if settings.api_key_file else ""


def asked(client: Client, number: str) -> Shown:
    """Where the declaration of a number stands, its silence as it is now. Raises `ClearanceError`."""
    answer = client.declaration(number)
    found = shown(answer, client.timeline(answer.value.id))
    now = json.loads(client.explanation(answer.value.id).body)["silence"]
    return found._replace(body=found.body | {"silence": now})


def shown(answer: Answer[Declaration], timeline: Answer[Timeline]) -> Shown:
    """An answer as it is printed."""
    return Shown(json.loads(answer.body), json.loads(timeline.body)["entries"], answer.etag, answer.freshness)


def said(error: ClearanceError) -> str:
    """One line: what is wrong and what to do."""
    if isinstance(error, Unreachable):
        return f"{error}; `clearance up` starts an API, or mend CLEARANCE_API_URL"
    invalid = error.problem.get("errors", ()) if isinstance(error, Refused) else ()
    return "; ".join([str(error), *(f"{one['name']}: {one['message']}" for one in invalid)])


@contextmanager
def one_line() -> Iterator[None]:
    """What the API cannot answer is one line, and exit code 2."""
    try:
        yield
    except ClearanceError as error:
        typer.echo(f"clearance: {said(error)}", err=True)
        raise typer.Exit(2) from error
