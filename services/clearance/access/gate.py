"""The gate of an API process: judges keys by what it holds in memory, and asks no database about any of them.

It holds all keys at one version, read again within half a second of a change (`tending`). So a flood of keys that there
are not costs nobody a look-up, and a revocation holds within a second. The surprise: a gate that has not been able to
ask for a while lets nobody in, since a key may have been revoked meanwhile.
"""

from collections import Counter
from datetime import datetime
from http import HTTPStatus
from typing import get_args

from clearance.access.audit import Audit, Entry
from clearance.access.keys import Snapshot
from clearance.access.quotas import Quotas, Standing, network_of
from clearance.access.verdicts import Key, Refusal, judge
from clearance.settings.clock import monotonic, utc_now
from clearance.store.errors import StoreAway

CONFIRMED_SECONDS = 5.0
"""How old what is held may be."""
DEFAULT_QUOTA = 6000
"""What each may ask in a minute."""
GUESSES = 60
"""How many refused keys of one address are told in a minute why."""
OVER_QUOTA = "over_quota"


class Refused(Exception):
    """A key does not let in: `reason` says why; `key` is the one that was given, if it is known."""

    def __init__(self, reason: Refusal, key: Key | None) -> None:
        self.reason, self.key = reason, key
        super().__init__(reason)


REASONS = ("missing", *get_args(Refusal), OVER_QUOTA)
"""Why a request may be refused."""


class Gate:
    """Judges keys. `held` is set and confirmed by whoever tends it; `quota` is what each may ask in a minute."""

    def __init__(self, held: Snapshot, secret: bytes, quota: int = DEFAULT_QUOTA) -> None:
        self.audit = Audit()
        self.used: dict[str, datetime] = {}
        self.refused = Counter(dict.fromkeys(REASONS, 0))  # Prometheus sees no rise in what begins at 1
        self.secret, self._quota = secret, quota
        self.quotas, self._guesses = Quotas(), Quotas()
        self.confirm(held)

    def confirm(self, held: Snapshot | None = None) -> None:
        """What is held is current; or this is."""
        if held is not None:
            self.held = held
        self._confirmed = monotonic()

    def admit(self, given: str, scope: str) -> Key:
        """The key, if it allows the scope. Raises `Refused`, and `StoreAway` if that cannot be known."""
        if self.age() > CONFIRMED_SECONDS:
            raise StoreAway(f"which keys are valid has not been read for {CONFIRMED_SECONDS:.0f} s")
        key, refusal = self._judged(given, scope)
        if key is None or refusal is not None:
            self.refused[refusal or "unknown"] += 1
            raise Refused(refusal or "unknown", key)
        return key

    def known(self, given: str, scope: str) -> Key | None:
        """The key, if it allows the scope; None where `admit` would raise. No refusal is counted."""
        if self.age() > CONFIRMED_SECONDS:
            return None
        key, refusal = self._judged(given, scope)
        return key if refusal is None else None

    def _judged(self, given: str, scope: str) -> tuple[Key | None, Refusal | None]:
        """With a note of when the key was used, if it was any good."""
        now = utc_now()
        key, refusal = judge(given, scope, self.held.keys, self.secret, now)
        if key is not None and refusal is None:
            self.used[key.id] = now
        return key, refusal

    def charge(self, key: Key, cost: int) -> Standing:
        """Charge a request to the quota of the organisation, or of the key of whoever is none, as `Quotas.charge`."""
        standing = self.spend(key, cost)
        if standing.refused:
            self.refused[OVER_QUOTA] += 1
        return standing

    def spend(self, key: Key, cost: int) -> Standing:
        """The same; a refusal is not counted."""
        who = key.name if key.holder == "organisation" else f"key {key.id}"
        limit = self.held.quotas.get(who, self._quota)
        return self.quotas.charge(who, limit, cost, utc_now().timestamp())

    def guessed(self, address: str) -> Standing:
        """A key from there was refused: charge it to the address, or to the /64 of an address of IPv6."""
        return self._guesses.charge(network_of(address), GUESSES, 1, utc_now().timestamp())

    def age(self) -> float:
        """How old what is held is [s]."""
        return monotonic() - self._confirmed

    def note(self, key: Key, method: str, route: str, declaration: str, status: int) -> None:
        """Who asked what, and how it was answered: for the audit log. A 304 tells nothing that was not noted with the
        answer before."""
        if status == HTTPStatus.NOT_MODIFIED:
            return
        entry = Entry(
            at=utc_now(),
            key=key.id,
            name=key.name,
            method=method,
            route=route,
            declaration=declaration,
            status=status,
        )
        self.audit.note(entry)
