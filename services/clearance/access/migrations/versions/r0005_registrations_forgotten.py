"""When a registration was changed last, to forget it by. Those that are there count from now."""

import sqlalchemy as sa
from alembic import op

from clearance.settings.clock import utc_now

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.add_column("registrations", sa.Column("changed_at", INSTANT))
    now = utc_now()
    given = now.isoformat(timespec="microseconds") if op.get_bind().dialect.name == "sqlite" else now
    op.get_bind().execute(sa.text("UPDATE registrations SET changed_at = :now"), {"now": given})
    op.create_index("ix_registrations_changed_at", "registrations", ["changed_at"])
