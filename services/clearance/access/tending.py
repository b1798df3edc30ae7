"""Two threads that tend the gate: one learns of changes, one writes what was noted and exchanges what was charged.

The surprise is why there are two: who writes may wait seconds for another process that is writing, and a gate of which
nobody has learnt for five seconds lets nobody in.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import Engine

from clearance.access import audit, keys, registrations, shared_quotas
from clearance.access.database import opened, secret_of
from clearance.access.gate import Gate
from clearance.access.shared_quotas import SharedQuotas
from clearance.settings import Settings
from clearance.settings.clock import monotonic, utc_now
from clearance.store.errors import StoreError

log = structlog.get_logger()
LOOK_SECONDS = 0.5
"""How often it is asked whether anything has changed, and what was noted is written."""
USES_SECONDS = 60.0
"""How often it is written when keys were last used."""
FORGET_SECONDS = 3600.0
CONNECTIONS = 2
"""One for each thread."""


@contextmanager
def tended(settings: Settings) -> Iterator[Gate]:
    """A gate by the database and the secret of the settings. Raises `InvalidSetting`, `StoreError`."""
    secret = secret_of(settings)
    with opened(settings, CONNECTIONS) as engine:
        held = keys.snapshot(engine)
        assert held is not None  # noqa: S101 # no version is known
        gate = Gate(held, secret, settings.api_quota)
        audited, registered = settings.access_audit_days, settings.access_registration_days
        tender = Tender(gate, engine, timedelta(days=audited), timedelta(days=registered))
        threads = [Thread(target=one, name="access", daemon=True) for one in (tender.learn_on, tender.write_on)]
        for thread in threads:
            thread.start()
        try:
            yield gate
        finally:
            tender.ended.set()
            for thread in threads:
                thread.join()


class Tender:
    """Looks after one gate until `ended`; forgets what was audited or registered longer ago than these."""

    def __init__(self, gate: Gate, engine: Engine, audited: timedelta, registered: timedelta) -> None:
        self.gate, self.engine, self.audited, self.registered = gate, engine, audited, registered
        self.ended, self._shared = Event(), SharedQuotas(gate.quotas)
        self._noted, self._forgot, self._away = monotonic(), float("-inf"), False

    def learn_on(self) -> None:
        """Until the end."""
        while not self.ended.wait(LOOK_SECONDS):
            self.learn()

    def write_on(self) -> None:
        """Until the end, and once more then."""
        while not self.ended.wait(LOOK_SECONDS):
            self.write()
        self._noted = float("-inf")
        self.write()

    def learn(self) -> None:
        """Look once whether keys have changed. What cannot be read is said by who writes."""
        with suppress(StoreError):
            self.gate.confirm(keys.snapshot(self.engine, self.gate.held.version))

    def write(self) -> None:
        """Write once, and learn what others have charged; a database that is away is said once."""
        try:
            self._shared.exchange(self.engine, utc_now().timestamp())
            self._write()
            self._away = False
        except StoreError as error:
            if not self._away:
                log.warning("access cannot be read or written", reason=str(error))
            self._away = True

    def _write(self) -> None:
        self.gate.audit.write(self.engine)
        now = monotonic()
        if self.gate.used and now - self._noted > USES_SECONDS:
            used, self.gate.used = self.gate.used, {}
            keys.note_use(self.engine, used)
            self._noted = now
        if now - self._forgot > FORGET_SECONDS:
            shared_quotas.forget(self.engine, utc_now().timestamp())
            left = audit.forget(self.engine, utc_now() - self.audited)
            if not registrations.forget(self.engine, utc_now() - self.registered) and not left:
                self._forgot = now  # else more at the next look: the audit log does not wait for it
