"""A rule that cries wolf is told as info, for whom it does, and each of them is told so once."""

from datetime import timedelta

import pytest
from tests.notices.told import NOW, Telling

from clearance.access import recipients
from clearance.api.stores import Store, Stores
from clearance.events.anomalies.precision import Least, Settled, demoted
from clearance.notices import precision
from clearance.notices.collecting import viewer_of
from clearance.notices.notifier import Notifier

LEAST = Least(0.5, 1)
DEMOTED = "Told as info from now on: A07 goods held for inspection"
HELD = "cn:unified:E20260004010000003"
FINDING = {"rule": "A07", "deadline": "2026-03-02T02:00:00Z"}
IDENTIFIERS = {"acme": ("connection:demo-broker",), "other": ("connection:demo-broker",), "": ()}


def settled(telling: Telling, organisation: str) -> dict[str, Settled]:
    """As `organisation` sees it; both see the declaration."""
    telling.add(f"of-{organisation or 'ops'}", looked=False, organisation=organisation)
    [one] = [each for each in recipients.all_of(telling.access) if each.organisation == organisation]
    store = Store(0, telling.system.store)
    return precision.of_viewer(store, viewer_of(one, IDENTIFIERS[organisation]), NOW)


def test_a_rule_falls_short_once_enough_is_settled() -> None:
    by_rule = {"A07": Settled(19, 19), "A13": Settled(20, 11), "A05": Settled(20, 10), "A06": Settled(40, 0)}
    assert demoted(by_rule, Least(0.5, 20)) == {"A13"}
    assert demoted(by_rule, Least(0, 1)) == frozenset()


def test_a_false_positive_counts_for_its_organisation_and_the_operator(telling: Telling) -> None:
    telling.system.take([*telling.system.arrivals_of("held-then-released")][:4])
    telling.state(HELD, "false_positive", "acme", **FINDING)
    assert settled(telling, "acme") == settled(telling, "") == {"A07": Settled(1, 1)}
    assert settled(telling, "other") == {}


def test_what_the_operator_calls_one_counts_for_all(telling: Telling) -> None:
    telling.system.take([*telling.system.arrivals_of("held-then-released")][:4])
    telling.state(HELD, "false_positive", "", **FINDING)
    assert settled(telling, "acme") == settled(telling, "other") == settled(telling, "") == {"A07": Settled(1, 1)}


def test_what_a_rule_found_that_cries_wolf_is_told_as_info(telling: Telling) -> None:
    telling.add("desk", severity="medium")
    telling.add("all", severity="info")
    telling.cry_wolf = frozenset({"A07"})
    telling.system.take([*telling.system.arrivals_of("held-then-released")][:4])
    telling.tell()
    [(recipient, message)] = telling.sent
    assert (recipient, message.subject.startswith("[information] ")) == ("all", True)


def test_a_demotion_is_told_once_a_month(telling: Telling) -> None:
    telling.add()
    [one] = recipients.all_of(telling.access)
    for _ in range(2):
        precision.tell(telling.access, one, {"A07": Settled(30, 20)}, LEAST, NOW)
        telling.tell(hours=1)
    [(_, message)] = telling.sent
    assert message.subject == DEMOTED
    assert "Of 30 anomalies of the last 90 days 20 were false positives" in message.body
    precision.tell(telling.access, one, {"A13": Settled(30, 1)}, LEAST, NOW)
    assert telling.tell(hours=1) == []


def test_the_process_judges_rules_by_what_the_store_holds(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    telling.add()
    telling.system.take([*telling.system.arrivals_of("held-then-released")][:4])
    telling.state(HELD, "false_positive", "acme", **FINDING)
    store = Store(0, telling.system.store)
    notifier = Notifier(
        stores=Stores(store, lambda _: store.engine),
        access=telling.access,
        sender=telling.sender,
        board=telling.board,
        kept=timedelta(days=1),
        least=LEAST,
    )
    monkeypatch.setattr("clearance.notices.notifier.utc_now", lambda: telling.now)
    notifier._collect(None)
    assert [message.subject for message in telling.send()] == [DEMOTED]
