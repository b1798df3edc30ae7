"""Are secrets there, and kept?"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clearance.access.database import secret_of
from clearance.doctor.checks import About
from clearance.doctor.installation import Installation
from clearance.events.values.times import rfc3339
from clearance.kafka.certificates import ends_of_certificates
from clearance.settings import PREFIX, InvalidSetting
from clearance.settings.clock import utc_now

SECRETS = (
    "kafka_key_file",
    "kafka_sasl_password_file",
    "kafka_sasl_token_file",
    "database_password_file",
    "access_secret_file",
    "smtp_password_file",
)
IN_CONTAINERS = Path("/run/secrets")
"""There a container shows secrets to the one user that it has, whatever their modes are."""
SOON = timedelta(days=14)


def readable_by_all(here: Installation) -> Iterator[About]:
    for setting in SECRETS:
        if (file := getattr(here.settings, setting)) and _is_open(Path(file).absolute()):
            yield {"setting": f"{PREFIX}{setting.upper()}", "file": file}


def of_the_api(here: Installation) -> Iterator[About]:
    """That by which keys are hashed, where keys are asked for."""
    if here.settings.api_authentication:
        try:
            secret_of(here.settings)
        except InvalidSetting as error:
            yield {"said": str(error)}


def certificates(_: Installation) -> Iterator[About]:
    """Settings of TLS that cannot be meant are told with the broker."""
    ends: Mapping[tuple[str, ...], float] = {}
    with suppress(InvalidSetting):
        ends = ends_of_certificates()
    for (setting,), end in ends.items():
        if (at := datetime.fromtimestamp(end, UTC)) < utc_now() + SOON:
            yield {"setting": f"{PREFIX}{setting.upper()}", "at": rfc3339(at)}


def _is_open(file: Path) -> bool:
    """Whether everybody may read it, and enter every folder on the way; one that is not there is somebody else's to
    tell."""
    if IN_CONTAINERS in file.parents or not file.is_file():
        return False
    return bool(file.stat().st_mode & 0o004) and all(folder.stat().st_mode & 0o001 for folder in file.parents)
