"""One question and its answer: sent again while that can help, refusals as exceptions, ETags kept."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, TypeVar

import httpx

from clearance.client.answers import Answer, Kept, decoded, freshness
from clearance.client.errors import BY_STATUS, ClearanceError, Refused, TooMany, Unavailable, Unreachable
from clearance.client.retries import Retries, seconds_of
from clearance.client.steps import Pause, Steps, Wanted

T = TypeVar("T")
UNCHANGED, SERVER_ERROR = 304, 500
HOPELESS = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects)
"""Errors of the address and not of the moment."""


def kept_answer(wanted: Wanted, shape: type[T], retries: Retries, kept: Kept, whole: bool) -> Steps[Answer[T]]:
    """As `answer`; what has not changed since it was asked last is not sent again, unless it is wanted `whole`."""
    etag, body = kept.get(wanted.path)
    asked = wanted._replace(headers={**wanted.headers, "If-None-Match": etag}) if etag and not whole else wanted
    reply = yield from replied(asked, retries)
    if reply.status_code == UNCHANGED:
        return Answer(decoded(body, shape), body, etag, False, freshness(reply))
    if tag := reply.headers.get("ETag", ""):
        kept.put(wanted.path, tag, reply.content)
    return Answer(decoded(reply.content, shape), reply.content, tag, not tag or tag != etag, freshness(reply))


def answer(
    wanted: Wanted, shape: type[T], retries: Retries, note: Callable[[httpx.Response], None] = lambda _: None
) -> Steps[Answer[T]]:
    """`note` is shown the response. Raises `ClearanceError`."""
    reply = yield from replied(wanted, retries)
    note(reply)
    return Answer(decoded(reply.content, shape), reply.content, reply.headers.get("ETag", ""), True, freshness(reply))


def replied(wanted: Wanted, retries: Retries) -> Steps[httpx.Response]:
    """A response that is no refusal. Raises `ClearanceError`."""
    for attempt in count(1):
        failure: ClearanceError
        try:
            reply: httpx.Response = yield wanted
        except httpx.InvalidURL as error:
            raise Unreachable(f"{wanted.path}: {error}: mend the address of the API") from error
        except httpx.RequestError as error:
            failure = Unreachable(f"{error.request.url}: {error or type(error).__name__}: is the API there?")
            failure.__cause__ = error
            again = not isinstance(error, HOPELESS)
        else:
            if reply.is_success or reply.status_code == UNCHANGED:
                return reply
            failure = refusal(reply)
            again = isinstance(failure, (TooMany, Unavailable))
        pause = retries.pause(attempt, failure.retry_after) if again else None
        if pause is None:
            raise failure
        yield Pause(pause)
    raise AssertionError


def refusal(reply: httpx.Response) -> ClearanceError:
    """What the response refuses, by the problem that it is."""
    told = _problem(reply)
    kind = BY_STATUS.get(reply.status_code, Refused)
    if not told and reply.status_code >= SERVER_ERROR:  # of a proxy, or of a server that is ended meanwhile
        kind = Unavailable
    elif not told and kind is not TooMany:
        return Unreachable(f"{reply.url} answers {reply.status_code} and is no API of clearance: mend its address")
    failure = kind(reply.status_code, told)
    failure.retry_after = seconds_of(reply.headers.get("Retry-After", ""), reply.headers.get("Date", ""))
    return failure


def _problem(reply: httpx.Response) -> dict[str, Any]:
    if reply.headers.get("Content-Type", "").partition(";")[0] != "application/problem+json":
        return {}
    try:
        told: dict[str, Any] = json.loads(reply.content)
    except ValueError:
        return {}
    return told
