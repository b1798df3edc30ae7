"""Registrations are kept for a bounded time, whatever became of what they name."""

from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import Engine, func, select

from clearance.access import registrations, schema
from clearance.access.gate import Gate
from clearance.access.keys import snapshot
from clearance.access.registrations import Registration, StatedPlan
from clearance.access.tending import Tender
from clearance.settings.clock import utc_now

NOW = utc_now()
KEPT = timedelta(days=400)


def registration(number: int, at: datetime, organisation: str = "acme") -> Registration:
    return Registration(
        organisation=organisation,
        declaration=f"cn:unified:E{number:017}",
        filed_at=at,
        registered_at=at,
        changed_at=at,
        references=(f"PO-{number}",),
    )


def held(access: Engine, organisation: str = "acme") -> list[str]:
    return [one.references[0] for one in registrations.those(access, organisation, [], "", 9)]


def tender(access: Engine) -> Tender:
    known = snapshot(access)
    assert known is not None
    return Tender(Gate(known, b"secret"), access, KEPT, KEPT)


def test_what_was_stated_long_ago_is_forgotten_and_its_marks_too(access: Engine) -> None:
    old, kept = NOW - KEPT - timedelta(days=1), NOW - KEPT + timedelta(days=1)
    registrations.register(access, [registration(1, old), registration(2, kept)], most=9)
    registrations.register(access, [registration(1, kept, "other")], most=9)
    tender(access).write()
    assert (held(access), held(access, "other")) == (["PO-2"], ["PO-1"])
    assert registrations.those(access, "acme", [("reference", "PO-1")], "", 9) == []
    with access.connect() as connection:
        assert connection.execute(select(func.count()).select_from(schema.marks)).scalar_one() == 2


def test_to_state_it_or_its_plan_again_keeps_it_longer(access: Engine) -> None:
    first = [registration(number, NOW - KEPT - timedelta(days=1)) for number in (1, 2, 3)]
    registrations.register(access, first, most=9)
    registrations.register(access, [msgspec.structs.replace(first[0], changed_at=NOW)], most=9)
    registrations.state_plan(access, "acme", first[1].declaration, StatedPlan("c", {"vessel": "X"}), NOW)
    tender(access).write()
    assert held(access) == ["PO-1", "PO-2"]


def test_many_are_forgotten_in_portions_one_at_each_look(access: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrations, "FORGOTTEN_AT_ONCE", 2)
    registrations.register(access, [registration(number, NOW - 2 * KEPT) for number in range(5)], most=9)
    looks = tender(access)
    left = []
    for _ in range(3):
        looks.write()
        left.append(len(held(access)))
    assert left == [3, 1, 0]
