"""What a key is worth at a moment: whose it is and what it allows, or why it is refused. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from clearance.access.key_form import hash_of, is_well_formed
from clearance.access.scopes import Holder, allowed

State = Literal["valid", "expired", "revoked"]
Refusal = Literal["mistyped", "unknown", "expired", "revoked", "lacking"]


class Key(Struct, frozen=True):
    """A key as it is kept. `name` is that of the organisation or connection that holds it, "" of the operator's."""

    id: str
    holder: Holder
    name: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    note: str = ""

    def state(self, now: datetime) -> State:
        """A key that was revoked stays so when it expires as well."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "valid"


def judge(
    given: str, scope: str, keys: Mapping[bytes, Key], secret: bytes, now: datetime
) -> tuple[Key | None, Refusal | None]:
    """The key that was given, if it is one, and why it does not allow the scope; None if it does."""
    key = keys.get(hash_of(given, secret))
    if key is None:
        return None, "unknown" if is_well_formed(given) else "mistyped"
    state = key.state(now)
    if state != "valid":
        return key, state
    return key, None if scope in allowed(key.scopes) else "lacking"
