"""`question`: a page is answered, and its answer written out, in the threads of its class and within its limits."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from fastapi import Response

from clearance.api.bulkheads import Kind
from clearance.api.request import Asked

Page = Callable[..., Any]


def question(kind: Kind, shared: bool = False) -> Callable[[Page], Page]:
    """A page, which takes an `ask`, as a question of this class. `shared`: those who ask the same while it is answered
    get the same answer, which is as old as its headers say."""

    def of(page: Page) -> Page:
        @wraps(page)
        async def answered(ask: Asked, **given: Any) -> Response:
            first, content = await ask.run(kind, partial(_written, page, ask, given), ask.key if shared else None)
            if first is not ask:
                ask.take(first)
            return content if isinstance(content, Response) else ask.response(content)

        return answered

    return of


def _written(page: Page, ask: Asked, given: dict[str, Any]) -> tuple[Asked, Response | bytes]:
    """The answer in bytes, and who asked first."""
    answer = page(ask=ask, **given)
    return ask, answer if isinstance(answer, Response) else answer.model_dump_json(by_alias=True).encode()
