"""Chance that follows from names: the same names give the same draws, whatever else was drawn before."""

from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, Protocol, TypeVar


class HasShare(Protocol):
    @property
    def share(self) -> float: ...


T = TypeVar("T")
S = TypeVar("S", bound=HasShare)


def chance(*names: object) -> Random:
    """A generator for one purpose, such as (seed, "cn", 17)."""
    return Random("/".join(map(str, names)))  # noqa: S311 # a simulation, not a secret


class Choice(Generic[T]):
    """One of several things, each with its share; shares are relative to each other."""

    def __init__(self, things: Iterable[tuple[T, float]]) -> None:
        pairs = list(things)
        self._things = [thing for thing, _ in pairs]
        self._shares = list(accumulate(share for _, share in pairs))

    @classmethod
    def of(cls, things: Iterable[S]) -> "Choice[S]":
        """Of things that hold their shares themselves."""
        return Choice((thing, thing.share) for thing in things)

    def __len__(self) -> int:
        return len(self._things)

    def pick(self, draw: Random) -> T:
        return draw.choices(self._things, cum_weights=self._shares)[0]
