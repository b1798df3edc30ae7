"""Copies of the shipped tables that may be broken or altered: those of no authority, and each authority's own."""

import shutil
from dataclasses import replace
from pathlib import Path

from clearance.contracts.codes import STATUSES
from clearance.events.tables.authority import read_authority
from clearance.events.tables.loading import TABLES, load_tables
from clearance.events.tables.tables import Tables
from clearance.settings.tables import authorities


def copy_tables(folder: Path) -> Path:
    """All of them: `status.csv`, `rules/` and a folder for each authority."""
    folder.mkdir()
    shutil.copy(STATUSES, folder)
    shutil.copytree(TABLES, folder / "rules", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for authority in authorities():
        shutil.copytree(authority.folder, folder / authority.profile.name)
    return folder


def load_copy(folder: Path) -> Tables:
    """The tables of such a folder. Raises `InvalidTable`."""
    read = [
        replace(one, profile=read_authority(own, {}).profile, folder=own)
        for one in authorities()
        for own in [folder / one.profile.name]
    ]
    return load_tables(read, folder / "rules", statuses=folder / "status.csv")
