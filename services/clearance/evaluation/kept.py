"""Seeds that were evaluated, as files: a long run may be stopped, and goes on with those that are missing.

Of each seed two files: its result, small, and the silences, from which thresholds are tuned. Both name what they were
made with; those of another wish are refused, not mixed in.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from clearance.evaluation.silences import Watched
from clearance.simulator.world import WorldName

Kind = TypeVar("Kind")
FORM = 3
"""Of the files; counts up when what is in them means something else."""


class KeptElsewhere(ValueError):
    """A file of results cannot be used; the text names it and says what to do."""


class Made(Struct, frozen=True):
    """What a file was made with: the world with the digest of its figures, how many declarations, the version of the
    tables, and that of the step."""

    world: WorldName
    figures: str
    declarations: int
    tables: str
    step: str
    form: int = FORM


class _File(Struct):
    made: Made
    body: msgspec.Raw


def keep(path: Path, made: Made, body: object) -> None:
    """Written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.encode(_File(made, msgspec.Raw(msgspec.json.encode(body))))
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_bytes(gzip.compress(data, 5, mtime=0))
    unfinished.replace(path)


def kept(path: Path, made: Made | None, kind: type[Kind]) -> Kind:
    """What a file holds. Raises `KeptElsewhere` for one that is torn, or made with anything but `made`, if given."""
    file = _read(path)
    try:
        if made is not None and file.made != made:
            differing = [name for name in Made.__struct_fields__ if getattr(file.made, name) != getattr(made, name)]
            raise KeptElsewhere(
                f"{path}: made with other {', '.join(differing)}: name an empty directory, or remove it"
            )
        return msgspec.json.Decoder(kind).decode(file.body)
    except msgspec.DecodeError as error:
        raise _torn(path, error) from error


def kept_with(path: Path) -> Made:
    """What a file was made with. Raises `KeptElsewhere`."""
    return _read(path).made


def _read(path: Path) -> _File:
    try:
        return _FILE.decode(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise _torn(path, error) from error


def _torn(path: Path, error: Exception) -> KeptElsewhere:
    return KeptElsewhere(f"{path}: cannot be read ({error}): remove it, and it is made anew")


def result_file(folder: Path, seed: int) -> Path:
    return folder / f"seed-{seed:03}.json.gz"


def silences_file(folder: Path, seed: int) -> Path:
    return folder / f"seed-{seed:03}-silences.json.gz"


def seeds_in(folder: Path) -> tuple[int, ...]:
    """The seeds that a folder keeps. Raises `KeptElsewhere` where there are none."""
    if seeds := tuple(sorted(int(file.name.split("-")[1]) for file in folder.glob("seed-*-silences.json.gz"))):
        return seeds
    raise KeptElsewhere(f"{folder}: keeps no seed: clearance evaluate --keep {folder}")


def watched_in(folder: Path) -> Iterator[tuple[int, list[Watched]]]:
    """Each seed of a folder with what was watched in it, one after another. Raises `KeptElsewhere`."""
    for seed in seeds_in(folder):
        yield seed, kept(silences_file(folder, seed), None, list[Watched])


_FILE = msgspec.json.Decoder(_File)
