"""The way in: what clearance is told of Atlantis."""

from pathlib import Path

from clearance.events.tables.authority import Authority, Codec, read_authority

from . import notice


def authority() -> Authority:
    """The entry point. Raises `InvalidTable`."""
    return read_authority(Path(__file__).parent, {"TideNotice": Codec("atlantis", "tide notice", notice.tide_notice)})
