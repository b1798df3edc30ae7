"""运输方式 codes of Chinese declarations as transport modes."""

from functools import cache
from pathlib import Path

from clearance.contracts.tables import Row, index
from clearance.events.tables.durations import Mode

TABLE = Path(__file__).with_name("transport-modes.csv")


class TransportMode(Row):
    """One code of TrafMode or TRAF_MODE."""

    code: str
    mode: Mode
    zh: str
    source: str


def load_transport_modes(path: Path = TABLE) -> dict[str, TransportMode]:
    """The table by code. Raises `InvalidTable`."""
    return index(path, ((row.code, row) for row in TransportMode.read(path)))


@cache
def transport_modes() -> dict[str, TransportMode]:
    """The table that ships with the package."""
    return load_transport_modes()
