"""How often the garbage collector of a process looks that keeps much for long."""

import gc

COLLECT = 20_000, 20, 100
"""By its defaults it looks through all that is kept whenever that has grown by a quarter: a tenth of a tracker's time,
and stalls of 60 ms and more of an API that keeps 20,000 answers (docs/benchmarks.md)."""


def collect_seldom() -> None:
    """For a process that has imported what it needs: that stays, and what it will keep holds no cycles."""
    gc.freeze()
    gc.set_threshold(*COLLECT)
