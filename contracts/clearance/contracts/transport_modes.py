"""运输方式 codes of Chinese declarations as transport modes."""

from functools import cache
from pathlib import Path
from typing import Literal

from clearance.contracts.codes import CODES
from clearance.contracts.tables import Row, index

Mode = Literal["sea", "rail", "road", "air", "post", "none", "other"]


class TransportMode(Row):
    """One code of TrafMode or TRAF_MODE."""

    code: str
    mode: Mode
    zh: str
    source: str


def load_transport_modes(folder: Path = CODES) -> dict[str, TransportMode]:
    """The table by code. Raises `InvalidTable`."""
    path = folder / "cn-transport-mode.csv"
    return index(path, ((row.code, row) for row in TransportMode.read(path)))


@cache
def transport_modes() -> dict[str, TransportMode]:
    """The table that ships with the package."""
    return load_transport_modes()
