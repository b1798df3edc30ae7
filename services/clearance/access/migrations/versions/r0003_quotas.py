"""What organisations may ask in a minute, where it is not what all may."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("organisations", sa.Column("quota", sa.Integer))
