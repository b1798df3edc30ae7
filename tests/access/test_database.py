"""Access lies beside the store: made at once, in a place of its own, and refused in one line where it cannot be had."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

from clearance.access import organisations
from clearance.access.database import secret_of
from clearance.access.schema import metadata
from clearance.settings import InvalidSetting, load
from clearance.settings.clock import utc_now
from clearance.store.connect import VERSION_TABLE, is_made, migrate, name_of, newest, open_store, version_of


def test_the_migrations_give_exactly_the_tables(access: Engine) -> None:
    with access.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        assert version_of(connection) == newest("clearance.access")


def test_it_shares_nothing_with_the_store_or_an_epoch(url: str, access: Engine) -> None:
    stores = [open_store(url), open_store(url, 1)]
    organisations.add(access, "acme", "Acme", utc_now())
    for store in stores:
        assert not is_made(store)
        migrate(store)
        assert not inspect(store).has_table("keys")
        store.dispose()
    assert [one.id for one in organisations.all_of(access)] == ["acme"]


def test_it_is_named_apart_from_the_store(access: Engine) -> None:
    assert name_of(access).endswith(("/store.access.db", ", schema access"))


def test_a_server_without_a_secret_is_told_how_to_make_one() -> None:
    with pytest.raises(
        InvalidSetting, match=r"CLEARANCE_ACCESS_SECRET_FILE is not set: name a file .* made once by `openssl rand"
    ):
        secret_of(load())


def test_a_secret_that_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x" * 65)
    with pytest.raises(InvalidSetting, match="the secret has 65 bytes: make one of 64 at most"):
        secret_of(load(access_secret_file=str(tmp_path / "secret")))
