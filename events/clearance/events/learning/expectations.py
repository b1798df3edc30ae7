"""What was learned, as it is published: one numbered table of cohorts, as of a stream time. Read with mistrust.

The surprise: a curve may be short. Where many still run, nobody knows yet by when 90 % will have ended.
"""

from datetime import datetime
from itertools import pairwise
from typing import Self

import msgspec
from msgspec import Struct

from clearance.events.learning.cohort import ENDINGS
from clearance.events.learning.cohorts import Key, Stay

SHARES = (*(place / 20 for place in range(1, 20)), 0.975, 0.99)
"""Of what a curve tells by when that share of the stays has ended."""
MEDIAN, NINETY = SHARES.index(0.5), SHARES.index(0.9)
MOST_COHORTS = 2000
"""So that a table stays below 1 MiB, which is the most that a record of the log takes."""
LONGEST_NAME = 24
"""Bytes of a status or an attribute, as it is written."""


MOST_SLOWER = 200
"""Offices that a table names as slower."""
At = tuple[str, str, str]
"""Status, authority, office."""


class InvalidExpectations(ValueError):
    """A table of expectations cannot be used; the text names the cohort and what is wrong."""


class Learned(Struct, frozen=True, kw_only=True):
    """One cohort. `size`: on how many endings it rests, as of today's; `percentile`: as a share, where one is overdue.

    `overdue_after_seconds` is None where that percentile is not known. `curve_seconds`: by when each share of
    `SHARES` has ended, as far as is known.
    """

    size: int
    percentile: float
    overdue_after_seconds: int | None
    curve_seconds: tuple[int, ...]

    @property
    def p50_seconds(self) -> int | None:
        return self.curve_seconds[MEDIAN] if len(self.curve_seconds) > MEDIAN else None

    @property
    def p90_seconds(self) -> int | None:
        return self.curve_seconds[NINETY] if len(self.curve_seconds) > NINETY else None

    def wrong(self) -> str:
        """What is wrong with it; empty if nothing is."""
        if self.size < ENDINGS:
            return f"size {self.size} is below {ENDINGS}"
        if not 0 <= self.percentile <= 1:
            return f"percentile {self.percentile} lies outside 0-1"
        if self.overdue_after_seconds is not None and self.overdue_after_seconds < 0:
            return "overdue_after_seconds is negative"
        if len(self.curve_seconds) > len(SHARES) or any(b < a for a, b in pairwise((0, *self.curve_seconds))):
            return f"curve_seconds must rise from 0, for the {len(SHARES)} shares at most"
        return ""


class Slower(Struct, frozen=True, gc=False):
    """An office that is slower than it was: by when nine in ten stays had ended in the last seven days, and in the four
    weeks before. `size`: stays that ended in those days."""

    size: int
    p90_seconds: int
    before_seconds: int

    @property
    def times(self) -> float:
        """How many times as long."""
        return self.p90_seconds / max(1, self.before_seconds)


class Expectations(Struct, frozen=True):
    """The table: `version` counts from 1, `as_of` is stream time, aware UTC. `without`: the partitions that were left
    out, because they stand still. `slower`: offices that are slower at a stage than they were."""

    version: int
    as_of: datetime
    cohorts: dict[Key, Learned]
    without: tuple[int, ...] = ()
    slower: dict[At, Slower] = {}

    def checked(self) -> Self:
        """Itself. Raises `InvalidExpectations`."""
        if self.version < 1 or self.as_of.tzinfo is None:
            raise InvalidExpectations(f"version {self.version} as of {self.as_of}: must count from 1, and name a zone")
        if len(self.cohorts) > MOST_COHORTS:
            raise InvalidExpectations(f"{len(self.cohorts)} cohorts; at most {MOST_COHORTS} are published")
        if len(self.slower) > MOST_SLOWER:
            raise InvalidExpectations(f"{len(self.slower)} slower offices; at most {MOST_SLOWER} are published")
        for key, learned in self.cohorts.items():
            if reason := _wrong_name(key) or learned.wrong():
                raise InvalidExpectations(f"cohort {' '.join(key)[:200]}: {reason}")
        return self


def _wrong_name(key: Key) -> str:
    if len(key) != len(Stay._fields) - 1:
        return f"must be named by {', '.join(Stay._fields[:-1])}"
    return next((f"{name[:40]!r} is longer than {LONGEST_NAME}" for name in key if is_long(name)), "")


def is_long(name: str) -> bool:
    """Whether a name takes more room than a table has for it. Attributes are text of messages."""
    return len(msgspec.json.encode(name)) > LONGEST_NAME + len('""')


class Written(Struct, frozen=True, gc=False):
    """A table as it stands in a record: its cohorts sorted, so that equal tables give equal bytes."""

    version: int
    as_of: datetime
    cohorts: tuple[tuple[Key, Learned], ...]
    without: tuple[int, ...] = ()
    slower: tuple[tuple[At, Slower], ...] = ()

    def read(self) -> Expectations:
        """The table. Raises `InvalidExpectations`."""
        cohorts = dict(self.cohorts)
        if len(cohorts) < len(self.cohorts):
            raise InvalidExpectations("a cohort stands in it twice")
        return Expectations(self.version, self.as_of, cohorts, self.without, dict(self.slower)).checked()


def written(table: Expectations) -> Written:
    """Raises `InvalidExpectations`."""
    cohorts = tuple(sorted(table.checked().cohorts.items(), key=_name))
    return Written(table.version, table.as_of, cohorts, table.without, tuple(sorted(table.slower.items())))


def encode_expectations(table: Expectations) -> bytes:
    """The table as JSON; equal tables give equal bytes. Raises `InvalidExpectations`."""
    return msgspec.json.encode(written(table))


def decode_expectations(data: bytes) -> Expectations:
    """Raises `InvalidExpectations`."""
    try:
        return _DECODER.decode(data).read()
    except msgspec.DecodeError as error:
        raise InvalidExpectations(f"no table of expectations: {error}") from error


def _name(cohort: tuple[Key, Learned]) -> Key:
    return cohort[0]


_DECODER = msgspec.json.Decoder(Written)
