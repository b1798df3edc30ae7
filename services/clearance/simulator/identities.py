"""Made-up numbers of the right form, none of them anybody's: the same seed gives the same, other seeds give others.

Every number holds the seed in three digits, so two simulators with different seeds never meet.
"""

from collections import Counter
from datetime import datetime

from msgspec import Struct

from clearance.authorities.cn.times import BEIJING

SEEDS = range(1000)
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
ENTRIES = 1_000_000
"""海关编号 that one seed can give out for one office, direction and year."""


class FilingNumbers(Struct, frozen=True):
    """The numbers of one filing. Those of the other authority are given and not used.

    `number` counts the filings of a seed; `post_box` is the sender's address in the exchange of envelopes.
    """

    number: int
    seed: int
    unified: str
    entry: str
    temporary: str
    client: str
    post_box: str
    bill: str
    contract: str
    container: str
    mrn: str
    lrn: str


class Numbers:
    """Gives out identities, one after another."""

    def __init__(self, seed: int) -> None:
        if seed not in SEEDS:
            raise ValueError(f"seed {seed}: a seed is a number from 0 to {SEEDS[-1]}, it is part of every number")
        self._seed = seed
        self._given = 0
        self._entries: Counter[str] = Counter()

    def new(self, office: str, direction: str, at: datetime, cargo: int) -> FilingNumbers:
        """Numbers for a filing at an office ("": none with a 海关编号); filings of one `cargo` share bill, contract,
        container. Raises `ValueError` when an office's numbers are used up."""
        self._given += 1
        seed, number, year = f"{self._seed:03}", self._given, at.astimezone(BEIJING).year
        letter = "E" if direction == "export" else "I"
        return FilingNumbers(
            number=number,
            seed=self._seed,
            unified=f"{letter}{year}{seed}{number:010}",
            entry=self._entry(f"{office}{year}{'0' if direction == 'export' else '1'}") if office else "",
            temporary=f"Z{year}{seed}{number:010}",
            client=f"SIM{seed}{number:012}",
            post_box=f"DXPENT{seed}0000001",
            bill=f"SIMB{seed}{cargo:09}",
            contract=f"SIM-{year}-{seed}-{cargo}",
            container=f"SIMU{self._seed:03}{cargo % 10_000:04}",
            mrn=f"{year % 100:02}GBSY{seed}{number:09}",
            lrn=f"SIM{seed}-{number:09}",
        )

    def _entry(self, before: str) -> str:
        serial = self._entries[before]
        if serial == ENTRIES:
            raise ValueError(f"seed {self._seed} has given out all {ENTRIES:,} 海关编号 {before}…: take another")
        self._entries[before] += 1
        return f"{before}{self._seed:03}{serial:06}"


def checked_scc(code: str) -> str:
    """A 统一社会信用代码 with the right check character (GB 32100-2015). Raises `ValueError`."""
    if len(code) != 18 or not set(code) <= set(ALPHABET):
        raise ValueError(f"{code!r} has not 18 characters of {ALPHABET}")
    if code[17] != (right := check_character(code[:17])):
        raise ValueError(f"{code!r}: the check character must be {right}")
    return code


def check_character(code: str) -> str:
    """The last of 18 characters."""
    total = sum(weight * ALPHABET.index(char) for weight, char in zip(WEIGHTS, code, strict=True))
    return ALPHABET[-total % 31]
