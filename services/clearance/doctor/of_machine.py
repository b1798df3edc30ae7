"""Is this machine fit for it?"""

import os
import resource
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from platform import python_version
from shutil import disk_usage
from tempfile import gettempdir
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from clearance.devbroker.jars import DEPLOY, ROOT, java
from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.kafka.errors import BrokerError

ZONES = ("Asia/Shanghai", "Europe/London")
"""Those of the authorities that ship."""
LEAST_FREE = 0.05
"""Of a disk; as the alert StoreDiskFull has it (`deploy/prometheus/rules/store.yml`)."""


def packages(_: Installation) -> Iterator[About]:
    """Python and what clearance requires, against its own metadata and, where the sources are, the lock."""
    ours = distribution("clearance")
    python = python_version()
    if not SpecifierSet(ours.metadata["Requires-Python"] or "").contains(python):
        yield {"package": "Python", "found": python, "wanted": ours.metadata["Requires-Python"]}
    locked = _locked()
    for requirement in map(Requirement, ours.requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            found = _installed(requirement.name)
            wanted = locked.get(requirement.name)
            if not requirement.specifier.contains(found or "0") or (wanted and found != wanted):
                yield {
                    "package": requirement.name,
                    "found": found or "nothing",
                    "wanted": wanted or str(requirement.specifier),
                }


def zones(_: Installation) -> Iterator[About]:
    for name in ZONES:
        try:
            ZoneInfo.no_cache(name)
        except ZoneInfoNotFoundError:
            yield {"zone": name}


def files(here: Installation) -> Iterator[About]:
    from clearance.api.connections import room  # here, because it brings the server

    held, wanted = room(here.settings), here.settings.api_connections
    if held < wanted:
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        yield {"allowed": str(allowed), "room": str(held), "wanted": str(wanted)}


def index_folder(here: Installation) -> Iterator[About]:
    """Where a tracker is to keep its indexes: a folder, or a place in one in which it can be made."""
    if here.settings.tracker_index_folder:
        named = Path(here.settings.tracker_index_folder).absolute()
        there = next(one for one in (named, *named.parents) if one.exists())
        if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
            yield {"folder": str(named), "there": str(there)}


def index_disk(here: Installation) -> Iterator[About]:
    """That of the folder which the indexes of trackers lie in, or are to be made in."""
    named = Path(here.settings.tracker_index_folder or gettempdir()).absolute()
    folder = next(one for one in (named, *named.parents) if one.is_dir())
    usage = disk_usage(folder)
    if (free := usage.free / usage.total) < LEAST_FREE:
        yield {"percent": f"{100 * free:.1f}", "folder": str(named)}


def java_for_kafka(_: Installation) -> Iterator[About]:
    """Only where the project's folder is, from which a Kafka could be started."""
    if (DEPLOY / "pom.xml").is_file():
        try:
            java()
        except BrokerError as error:
            yield {"said": str(error)}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@cache
def _locked() -> dict[str, str]:
    """Versions by name; none where the lock is not at hand."""
    lock = ROOT / "uv.lock"
    listed = tomllib.loads(lock.read_text(encoding="utf-8"))["package"] if lock.is_file() else []
    return {one["name"]: one["version"] for one in listed}
