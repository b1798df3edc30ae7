"""Secrets from files: read as they stand, or refused by the name of the setting and never with what the file holds."""

from pathlib import Path

import pytest

from clearance.settings import InvalidSetting, load
from clearance.settings.secrets import read_secret


def test_it_is_what_the_file_holds(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(" open sesame ")
    assert read_secret("database_password_file", str(tmp_path / "secret")) == " open sesame "


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, r"the file /\S+ cannot be read \(No such file or directory\): mend its path or its mode"),
        (b"", r"the file /\S+ is empty: write the secret into it"),
        (b"\n", r"the file /\S+ is empty: write the secret into it"),
        (b"hunter2\n", r"the file /\S+ ends in a newline: write the secret alone, with printf %s"),
        (b"\xff", r"the file /\S+ is no text: write the secret as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidSetting, match=f"^CLEARANCE_DATABASE_PASSWORD_FILE: {told}$") as refused:
        read_secret("database_password_file", str(file))
    assert "hunter2" not in str(refused.value)


def test_a_secret_in_the_place_of_its_file_is_not_repeated() -> None:
    with pytest.raises(InvalidSetting) as refused:
        read_secret("kafka_sasl_password_file", "hunter2")
    assert "hunter2" not in str(refused.value)


def test_settings_show_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARANCE_DATABASE_URL", "postgresql://me:hunter2@host/name")
    assert "hunter2" not in repr(load())
