"""What alembic runs: the migrations, on the connection and in the transaction of `connect.migrate`."""

from alembic import context

from clearance.store.connect import VERSION_TABLE
from clearance.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
