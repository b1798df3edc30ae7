"""When certificates end, as they are shown to Prometheus."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from clearance.kafka import security
from clearance.kafka.certificates import ends_of_certificates

SOON, LATER = datetime(2031, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("CLEARANCE_KAFKA_SECURITY_PROTOCOL", "SSL")
    security.settings.cache_clear()
    yield monkeypatch
    security.settings.cache_clear()


def own(until: datetime) -> bytes:
    return trustme.CA().issue_cert("clearance", not_after=until).cert_chain_pems[0].bytes()


def test_without_certificates_there_is_nothing_to_tell() -> None:
    assert ends_of_certificates() == {}


def test_of_our_own_chain_it_is_the_first(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes(own(SOON) + own(LATER))
    environment.setenv("CLEARANCE_KAFKA_CERTIFICATE_FILE", str(tmp_path / "own.pem"))
    environment.setenv("CLEARANCE_KAFKA_KEY_FILE", "own.key")
    assert ends_of_certificates() == {("kafka_certificate_file",): SOON.timestamp()}


def test_of_authorities_it_is_the_last_and_a_renewed_file_is_read_anew(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_bytes(own(SOON))
    environment.setenv("CLEARANCE_KAFKA_CA_FILE", str(tmp_path / "ca.pem"))
    assert ends_of_certificates() == {("kafka_ca_file",): SOON.timestamp()}
    (tmp_path / "ca.pem").write_bytes(own(SOON) + own(LATER))
    assert ends_of_certificates() == {("kafka_ca_file",): LATER.timestamp()}


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_that_cannot_be_read_has_no_end(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    environment.setenv("CLEARANCE_KAFKA_CA_FILE", str(tmp_path / "ca.pem"))
    assert ends_of_certificates() == {}
