"""Lengths of time in buckets that are within 1 % of what lies in them: the leading 7 bits of a length in microseconds.

That is DDSketch's mapping with its logarithm drawn straight between powers of two. The surprise: a true logarithm is
not the same on every machine, and what is taken back must be found where it was put.
"""

LEADING_BITS = 7
QUANTILES_WITHIN = 0.01
"""The middle of a bucket differs from what lies in it by at most this share: half of the last of the leading bits."""

Counts = dict[int, int]


def bucket(length: int) -> int:
    """That of a length in microseconds; longer ones have higher numbers."""
    shift = max(0, length.bit_length() - LEADING_BITS)
    return (shift << LEADING_BITS) + (length >> shift)


def middle(number: int) -> float:
    """The length in the middle of a bucket, in microseconds."""
    shift, leading = divmod(number, 1 << LEADING_BITS)
    return (leading + (0.5 if shift else 0)) * (1 << shift)


def longest(number: int) -> int:
    """The longest length that lies in a bucket, in microseconds."""
    shift, leading = divmod(number, 1 << LEADING_BITS)
    return ((leading + 1) << shift) - 1


def add(counts: Counts, key: int, times: int) -> None:
    """Without what is nil, so that equal counts are written alike."""
    if total := counts.get(key, 0) + times:
        counts[key] = total
    else:
        counts.pop(key, None)
