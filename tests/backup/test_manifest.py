"""What is no whole backup of this version is refused before anything is written anywhere."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clearance.archive.record_files import Kept, digest_of, read, writing
from clearance.backup import owned
from clearance.backup.errors import BackupRefused
from clearance.backup.manifest import ACCESS, FILE, FORM, Manifest, Part, check, file_of, read_manifest, write_manifest
from clearance.backup.owned import versions

RECORDS = [
    Kept(3, 1_700_000_000_000 + n, b"key", None if n == 2 else b"value" * n, (("kind", b"message"),)) for n in range(5)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A backup of one partition."""
    with writing(tmp_path / file_of("clearance-epochs", 0)) as add:
        add(RECORDS[:2])
        add(RECORDS[2:])
    (tmp_path / ACCESS).write_bytes(b"{}\n")
    part = Part("clearance-epochs", 0, 0, 5, 5, digest_of(tmp_path / file_of("clearance-epochs", 0)))
    manifest = Manifest(
        form=FORM,
        clearance="1.2.3",
        made_at=datetime(2026, 11, 29, tzinfo=UTC),
        cluster_id="cluster",
        topic_ids={"clearance-epochs": "one"},
        with_log=True,
        epochs=(0,),
        versions=versions(),
        rows=0,
        access=digest_of(tmp_path / ACCESS),
        parts=(part,),
    )
    write_manifest(tmp_path, manifest)
    return tmp_path


def altered(folder: Path, **fields: Any) -> None:
    told = msgspec.json.decode((folder / FILE).read_bytes())
    (folder / FILE).write_bytes(msgspec.json.encode(told | fields))


def test_records_come_back_as_they_were(folder: Path) -> None:
    check(folder, read_manifest(folder))
    assert [*read(folder / file_of("clearance-epochs", 0))] == RECORDS


def test_a_manifest_of_another_version_is_refused_and_says_which_to_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    altered(folder, form="clearance-backup-2")
    with pytest.raises(BackupRefused, match=r"clearance-backup-2.*restore with clearance 1\.2\.3"):
        read_manifest(folder)
    altered(folder, form=FORM, versions=versions() | {"topic clearance-epochs": 2})
    with pytest.raises(BackupRefused, match=r"holds topic clearance-epochs in version 2, here it is 1"):
        read_manifest(folder)


def test_one_of_another_number_of_partitions_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clearance.backup.manifest.partitions_of", lambda *_: 2)
    with pytest.raises(BackupRefused, match=r"clearance-epochs in 1 partitions, and here it has 2"):
        check(folder, read_manifest(folder))
    assert owned.partitions_of("declaration-inputs.e3") == owned.partitions_of("declaration-inputs")


@pytest.mark.parametrize("name", [ACCESS, file_of("clearance-epochs", 0)])
def test_a_file_that_is_torn_altered_or_missing_is_refused(folder: Path, name: str) -> None:
    whole, manifest = (folder / name).read_bytes(), read_manifest(folder)
    for torn in (whole[:-1], whole[:-2] + b"xy", b""):
        (folder / name).write_bytes(torn)
        with pytest.raises(BackupRefused, match="is torn or altered: nothing was restored"):
            check(folder, manifest)
    (folder / name).unlink()
    with pytest.raises(BackupRefused, match="is missing: nothing was restored"):
        check(folder, manifest)


def test_a_torn_manifest_is_refused_and_a_folder_without_one(folder: Path) -> None:
    whole = (folder / FILE).read_bytes()
    for torn in (whole[:-40], b"", b"[]", whole.replace(b"made_at", b"made")):
        (folder / FILE).write_bytes(torn)
        with pytest.raises(BackupRefused, match="is torn or altered"):
            read_manifest(folder)
    (folder / FILE).unlink()
    with pytest.raises(BackupRefused, match=r"has no manifest\.json"):
        read_manifest(folder)
