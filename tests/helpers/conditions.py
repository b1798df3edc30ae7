"""Waiting for a condition, with a bound."""

import asyncio
from collections.abc import Callable

SECONDS = 40.0


async def until(condition: Callable[[], bool], what: str = "the condition") -> None:
    """Wait for a condition; fails by its name."""
    try:
        async with asyncio.timeout(SECONDS):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise AssertionError(f"not within {SECONDS:.0f} s: {what}") from error
