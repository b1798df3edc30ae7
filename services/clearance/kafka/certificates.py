"""When the certificates end that this process speaks to the broker with.

The surprise: of the file of authorities it is the last to end that counts, since an old authority stays in it beside
the new one. Of our own chain it is the first certificate of the file, which is ours.
"""

from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from clearance.kafka.security import settings


def ends_of_certificates() -> dict[tuple[str, ...], float]:
    """Unix time, by setting. A file that cannot be read has no value: whoever makes a client is told of it."""
    found = settings()
    ends = {
        "kafka_ca_file": max(_ends(found.kafka_ca_file), default=None),
        "kafka_certificate_file": next(iter(_ends(found.kafka_certificate_file)), None),
    }
    return {(setting,): end.timestamp() for setting, end in ends.items() if end is not None}


def _ends(path: str) -> list[datetime]:
    try:
        return [one.not_valid_after_utc for one in load_pem_x509_certificates(Path(path).read_bytes())] if path else []
    except (OSError, ValueError):
        return []
