"""An authority: a package of data and codecs. Everything else knows authorities by what is handed in here.

Its folder holds `authority.toml` (the profile below), `numbers.csv`, and `codes/` with one table for each code list;
`durations.csv`, `calendar.csv`, `days-off.csv`, `offices.csv`, `kept-fields.csv`, `error-codes.csv`, `tax-types.csv`
and `pointers.csv` where it has them. `docs/authorities.md` shows how to add one.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clearance.contracts.numbers import load_number_kinds
from clearance.contracts.tables import InvalidTable, Row, index
from clearance.events.tables.calendars import EVERYWHERE, Calendar, load_calendars
from clearance.events.tables.named_codes import NamedCode, load_named_codes
from clearance.events.tables.numbers import Kinds
from clearance.events.values.receipt import Receipt

Element = etree._Element  # lxml's public name for its element type
Reader = Callable[[Element, str, str], list[Receipt]]
"""Root element, sender, system → receipts, at least one. Raises `InvalidMessage`."""
Shortcut = Callable[[bytes, str, str], tuple[Receipt, ...] | None]
"""Bytes, sender, system → receipts without a tree; None for what the parser is to read. Raises `InvalidMessage`."""


class Codec(NamedTuple):
    """One format: which authority sends it, what it is called, and the function that reads it."""

    authority: str
    name: str
    read: Reader


class Envelope(NamedTuple):
    """A format that holds a message of another format of the same authority.

    `payload` takes its bytes out, and `opened` adds to their receipts what only the envelope knows; both raise
    `InvalidMessage`.
    """

    authority: str
    payload: Callable[[Element], bytes]
    opened: Callable[[Element, list[Receipt]], list[Receipt]]


class Profile(BaseModel):
    """What holds of an authority as a whole. Raises `ValidationError` for a field that is unknown or missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z]{2,12}$")
    """How declaration ids and code lists begin."""
    version: str = Field(min_length=1)
    """Rises with every change of a codec that could give other receipts for the same bytes."""
    zh: str
    en: str
    messages: str
    """Whose messages they are, in words: `Chinese`."""
    example: str
    """A declaration id, for whoever wrote none."""
    system: str = ""
    """The code list of its receipts where a connection names no other; "" if none can be named."""
    dialects: frozenset[str] = frozenset()
    """Code lists of intermediaries that a connection may name; what they leave out means what `system` says."""
    declarations: frozenset[str] = frozenset()
    """Systems of the declaration itself, as it was sent."""
    requests: frozenset[str] = frozenset()
    """Systems of what else was sent or arrived on the way: no answer of the authority."""
    before_release: tuple[str, ...]
    """The stages that come before a release; one that was never seen is told of (A18)."""
    received_awaits_arrival: bool = False
    """Whether a declaration that is received and not yet accepted waits for its goods to arrive."""


class KeptField(Row):
    """A field of its messages that stays as it is where a story is told of other people: a code, a time, a quantity."""

    field: str
    why: str


class Office(Row):
    """Customs offices that are known by name: those whose code begins so, one office or a whole district."""

    begins: str
    zh: str
    source: str


def no_numbers(name: str) -> tuple[str, ...]:
    """Of an authority whose files have no number in their names."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One authority. `codecs` and `envelopes` by root element; `numbers_in_name` reads the name of a received file, as
    does `time_in_name`, as UTC; None if no file of it says when it was written."""

    profile: Profile
    folder: Path
    codecs: Mapping[str, Codec]
    envelopes: Mapping[str, Envelope]
    shortcut: Shortcut | None
    numbers_in_name: Callable[[str], tuple[str, ...]]
    time_in_name: Callable[[str], datetime | None] | None

    @cached_property
    def kinds(self) -> Kinds:
        """Its kinds of number. Raises `InvalidTable`."""
        return load_number_kinds(self.folder / "numbers.csv")

    @cached_property
    def primary(self) -> str:
        """The kind of number that nearly every message carries."""
        return next(kind for kind, row in self.kinds.items() if row.role == "primary")

    @cached_property
    def code_tables(self) -> tuple[Path, ...]:
        """One for each code list, each named after its list. Raises `InvalidTable`."""
        paths = tuple(sorted((self.folder / "codes").glob("*.csv")))
        for path in paths:
            if path.stem.partition("-")[0] != self.profile.name:
                raise InvalidTable(f"{path}:1: a code list of {self.profile.name} is named {self.profile.name}-….csv")
        if not paths:
            raise InvalidTable(f"{self.folder}:1: holds no code table: codes/{self.profile.name}-….csv")
        return paths

    @cached_property
    def kept_fields(self) -> frozenset[str]:
        """Local names of its kept fields. Raises `InvalidTable`."""
        path = self.folder / "kept-fields.csv"
        rows = KeptField.read(path) if path.exists() else []
        return frozenset(index(path, ((row.field, row) for row in rows)))

    @cached_property
    def offices(self) -> frozenset[str]:
        """How the codes of its known offices begin. Raises `InvalidTable`."""
        path = self.folder / "offices.csv"
        rows = Office.read(path) if path.exists() else []
        return frozenset(index(path, ((row.begins, row) for row in rows)))

    @cached_property
    def named_codes(self) -> Mapping[tuple[str, str], NamedCode]:
        """What the codes in its particulars are called. Raises `InvalidTable`."""
        return load_named_codes(self.folder)

    @cached_property
    def calendars(self) -> Mapping[str, Calendar]:
        """Its office hours by the beginning of an office's code, `*` for all others. Raises `InvalidTable`."""
        return load_calendars(self.folder, self.offices)

    @cached_property
    def calendar(self) -> Calendar | None:
        """The usual office hours, None where it has none. Raises `InvalidTable`."""
        return self.calendars.get(EVERYWHERE)

    @property
    def identity(self) -> bytes:
        """Name, version and a digest of all its data: what two workers must have in common to fold side by side."""
        digest = hashlib.sha256(f"{self.profile.name} {self.profile.version}\0".encode())
        for path in sorted((*self.folder.rglob("*.csv"), self.folder / "authority.toml")):
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.digest()


def read_authority(
    folder: Path,
    codecs: Mapping[str, Codec],
    *,
    envelopes: Mapping[str, Envelope] | None = None,
    shortcut: Shortcut | None = None,
    numbers_in_name: Callable[[str], tuple[str, ...]] = no_numbers,
    time_in_name: Callable[[str], datetime | None] | None = None,
) -> Authority:
    """The authority whose data lie in `folder`. Raises `InvalidTable` naming the file and what to mend."""
    return Authority(
        profile=_profile(folder / "authority.toml"),
        folder=folder,
        codecs=codecs,
        envelopes=envelopes or {},
        shortcut=shortcut,
        numbers_in_name=numbers_in_name,
        time_in_name=time_in_name,
    )


def _profile(path: Path) -> Profile:
    try:
        return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidTable(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidTable(f"{path}: cannot be read: {error}") from error
