"""A question that is ended lets go of the database within a second, and the next one is answered."""

from threading import Thread

import pytest
from sqlalchemy import Engine, text

from clearance.settings.clock import monotonic
from clearance.store.bounds import Bound
from clearance.store.connect import explained
from clearance.store.errors import QuestionEnded

ENDLESS = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


def ask(engine: Engine, bound: Bound) -> None:
    with explained(engine), engine.connect() as connection, bound.on(connection):
        connection.execute(ENDLESS)


def test_a_question_ends_when_it_is_ended(engine: Engine) -> None:
    found: list[float] = []
    bound = Bound(60)

    def asked() -> None:
        with pytest.raises(QuestionEnded):
            ask(engine, bound)
        found.append(monotonic())

    thread = Thread(target=asked)
    thread.start()
    thread.join(0.3)
    began = monotonic()
    bound.end()
    thread.join(10)
    assert found[0] - began < 1
    with engine.connect() as connection, Bound(60).on(connection):
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_one_that_was_ended_before_it_began_ends_at_once(engine: Engine) -> None:
    bound = Bound(60)
    bound.end()
    with pytest.raises(QuestionEnded):
        ask(engine, bound)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_postgresql_keeps_a_limit_of_its_own(engine: Engine) -> None:
    began = monotonic()
    with pytest.raises(QuestionEnded):
        ask(engine, Bound(0.3))
    assert monotonic() - began < 5


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("limit", "value"), [("max_parallel_workers_per_gather", "0"), ("jit", "off")])
def test_a_question_takes_one_core_of_postgresql(engine: Engine, limit: str, value: str) -> None:
    with engine.connect() as connection, Bound(60).on(connection):
        assert connection.exec_driver_sql(f"SHOW {limit}").scalar() == value
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"SHOW {limit}").scalar() != value
