"""`POST /v1/declarations:batch`: where many declarations stand, of one moment; of those asked before what has changed.

The surprise: nothing is kept here of who asked what. The token holds a signed digest of each answer that its client
has; whose digest is not in it is told. So a stranger's token, or an old one, is worth nothing and does no harm.
"""

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import Body, Depends, Request

from clearance.api import answers, batch_lookup, models, tokens
from clearance.api.browsers import in_json
from clearance.api.etags import etag
from clearance.api.following import secret_of
from clearance.api.page import page
from clearance.api.position import BEHIND, reached
from clearance.api.problems import Problem, answer, documented
from clearance.api.registered import registered_instead
from clearance.api.request import Ask, Asked
from clearance.events.learning.expectations import Expectations
from clearance.events.step.partial_readers import RelatedStatus
from clearance.store.rows import Stored

router = page("declarations")
DIGEST_BYTES = 8
LOOKED_UP_FOR_ONE = 10
"""Numbers whose look-up costs as much as one answer."""
STATED = documented("foreign-origin", "malformed-request", "body-too-large", "media-type", *BEHIND)


class Known(NamedTuple):
    """What a number is answered with now: its `version` is an ETag, of a refusal the body; `written` makes its JSON."""

    number: str
    version: str
    written: Callable[[], bytes]


class Told(NamedTuple):
    """The body of the answer, and how many answers are in it."""

    content: bytes
    answers: int


@router.post(
    "/v1/declarations:batch",
    summary="Where many declarations stand",
    response_model=models.Batch,
    responses=STATED,
    dependencies=[Depends(in_json), Depends(reached)],
)
async def batch(asked: Annotated[models.AskedBatch, Body()], ask: Ask, request: Request) -> Any:
    """Where up to 1,000 declarations stand, all at one moment; with the `token` of the answer before as `since`, only
    what is no longer as it said.

    Each is told as `GET /v1/declarations/{number}` tells it, an unknown number too. It is charged as that would be, one
    for each that is told, and one for every ten numbers.
    """
    numbers = list(dict.fromkeys(asked.numbers))
    ask.charge(len(numbers) // LOOKED_UP_FOR_ONE)
    told = await ask.run("list", partial(_told, ask, numbers, _held(asked.since), secret_of(request)))
    ask.charge(told.answers)
    return ask.response(told.content)


def _held(token: str) -> frozenset[bytes]:
    """The digests that a client holds. Raises `Problem` for what is no token."""
    try:
        data = tokens.bytes_of(token)
        if len(data) % DIGEST_BYTES:
            raise ValueError("cut off")
    except ValueError as error:
        raise tokens.refused("body", "since", "`token` of the answer before") from error
    return frozenset(data[at : at + DIGEST_BYTES] for at in range(0, len(data), DIGEST_BYTES))


def _told(ask: Asked, numbers: list[str], held: frozenset[bytes], secret: bytes) -> Told:
    known = list(_known(ask, numbers))
    digests = [_digest(one, ask, secret) for one in known]
    changed = [one for one, digest in zip(known, digests, strict=True) if digest not in held]
    token = tokens.text_of(b"".join(digests))
    content = b'{"answers":[%b],"unchanged":%d,"token":"%b"}' % (
        b",".join(one.written() for one in changed),
        len(known) - len(changed),
        token.encode(),
    )
    return Told(content, len(changed))


def _known(ask: Asked, numbers: list[str]) -> Iterator[Known]:
    with ask.reading() as reader:
        found = batch_lookup.each(reader, numbers, ask.words)
    table = ask.expectations
    for number, one in found.items():
        try:
            row = registered_instead(one, ask, number) if isinstance(one, Problem) else one
        except Problem as problem:
            body = bytes(answer(problem.slug, ask.words.language, **problem.members).body)
            yield Known(number, body.decode(), partial(_refusal, number, problem.status_code, body))
        else:
            stale, is_seen = ask.is_stale(row.partition), isinstance(one, Stored)
            named = ask.sees(_RELATED_STATUS.decode(row.record).related)
            tag = etag(row, ask.words.language, ask.viewer, table, stale=stale, is_seen=is_seen, named=named)
            yield Known(number, tag, partial(_declaration, number, tag, row, ask, table, named))


def _declaration(
    number: str, tag: str, row: Stored, ask: Asked, table: Expectations | None, named: frozenset[str]
) -> bytes:
    stale = ask.is_stale(row.partition)
    shown = answers.declaration(row, ask.words, ask.organisation, table, stale, named=named)
    return _answer(number, 200, tag, shown.model_dump_json(by_alias=True).encode(), b"null")


def _refusal(number: str, status: int, body: bytes) -> bytes:
    return _answer(number, status, None, b"null", body)


def _answer(number: str, status: int, tag: str | None, declaration: bytes, problem: bytes) -> bytes:
    """As `models.BatchAnswer` has it."""
    told = (msgspec.json.encode(number), status, msgspec.json.encode(tag), declaration, problem)
    return b'{"number":%b,"status":%d,"etag":%b,"declaration":%b,"problem":%b}' % told


def _digest(one: Known, ask: Asked, secret: bytes) -> bytes:
    told = msgspec.json.encode((ask.viewer.mark, one.number, one.version))
    return blake2b(told, key=secret[:64], digest_size=DIGEST_BYTES).digest()


_RELATED_STATUS = msgspec.json.Decoder(RelatedStatus)
