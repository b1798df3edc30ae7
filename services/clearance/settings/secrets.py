"""Secrets: each stands in a file of its own, which a setting names.

The surprise: a newline at its end is refused, since nobody can tell whether it belongs to the secret.
"""

from pathlib import Path

from clearance.settings import PREFIX, InvalidSetting


def read_secret(setting: str, path: str) -> str:
    """What the file holds. Raises `InvalidSetting` naming the setting; never what the file holds."""
    named = f"{PREFIX}{setting.upper()}"
    shown = f" {path}" if path.startswith("/") else ""  # else it may be the secret itself, set by mistake
    try:
        secret = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        why = f"the file{shown} cannot be read ({error.strerror})"
        raise InvalidSetting(f"{named}: {why}: mend its path or its mode") from None
    except ValueError as error:
        raise InvalidSetting(f"{named}: the file{shown} is no text: write the secret as UTF-8") from error
    if not secret.strip():
        raise InvalidSetting(f"{named}: the file{shown} is empty: write the secret into it")
    if secret.endswith("\n"):
        raise InvalidSetting(f"{named}: the file{shown} ends in a newline: write the secret alone, with printf %s")
    return secret
