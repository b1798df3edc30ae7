"""Since when a partition is parked, so that answers on its declarations say that they are stale."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    op.add_column("progress", sa.Column("parked_since", INSTANT))
