"""United Kingdom: notifications of the Customs Declaration Service (CDS)."""

from functools import cache
from pathlib import Path

from clearance.authorities.uk import notification
from clearance.events.tables.authority import Authority, Codec, read_authority

CODECS = {
    "MetaData": Codec("uk", "CDS notification (RES)", notification.notification),
    "Response": Codec("uk", "CDS notification (RES)", notification.notification),
}
"""By root element."""


@cache
def authority() -> Authority:
    """The entry point. Raises `InvalidTable`."""
    return read_authority(Path(__file__).parent, CODECS)
