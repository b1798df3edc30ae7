"""`question`: a page is answered, and its answer written out, in the threads of its class and within its limits."""

from collections.abc import Awaitable, Callable, Hashable
from functools import partial, wraps
from http import HTTPStatus
from typing import Any

from fastapi import Response

from clearance.api.bulkheads import Kind
from clearance.api.request import Asked
from clearance.api.waiting import Waiter, preferred
from clearance.settings.clock import monotonic

Page = Callable[..., Any]
Look = Callable[..., Awaitable[Any]]
"""As `Asked.run`."""


def question(kind: Kind, shared: bool = False) -> Callable[[Page], Page]:
    """A page, which takes an `ask`, as a question of this class. `shared`: those who ask the same while it is answered
    get the same answer, which is as old as its headers say."""

    def of(page: Page) -> Page:
        @wraps(page)
        async def answered(ask: Asked, look: Look = Asked.run, **given: Any) -> Response:
            work = partial(_written, page, ask, given)
            first, content = await look(ask, kind, work, ask.key if shared else None)
            if first is not ask:
                ask.take(first)
            return content if isinstance(content, Response) else ask.response(content)

        return answered

    return of


def patient(answered: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """A question about one declaration that may wait (`prefer`) while the answer is 304. It is asked at once, and once
    more when the client is registered to be woken, so that nothing falls between."""

    @wraps(answered)
    async def waited(ask: Asked, prefer: str = "", **given: Any) -> Response:
        answer, seconds = await answered(ask=ask, **given), preferred(prefer)
        if not seconds or answer.status_code != HTTPStatus.NOT_MODIFIED:
            return answer
        ask.headers["Preference-Applied"] = f"wait={seconds}"
        end = monotonic() + seconds
        with ask.waiters.waiting([ask.declaration]) as waiter:
            look = partial(_looked, held=tuple(given.get("if_none_match") or ()), waiter=waiter)
            while (answer := await answered(ask=ask, look=look, **given)).status_code == HTTPStatus.NOT_MODIFIED:
                if not await ask.news(waiter, end):
                    break
        return answer

    return waited


async def _looked(ask: Asked, kind: Kind, work: Callable[[], Any], _: Hashable, held: Hashable, waiter: Waiter) -> Any:
    """One look for all who hold the same; an answer with headers of its own, since each request puts in some."""
    first, content = await ask.look(kind, work, (ask.key, held), waiter.was_woken)
    if isinstance(content, Response):
        content = Response(content.body, content.status_code, content.headers)
    return first, content


def _written(page: Page, ask: Asked, given: dict[str, Any]) -> tuple[Asked, Response | bytes]:
    """The answer in bytes, and who asked first."""
    answer = page(ask=ask, **given)
    return ask, answer if isinstance(answer, Response) else answer.model_dump_json(by_alias=True).encode()
