"""What alembic runs: the migrations, on the connection and in the transaction of `store.connect.migrate`."""

from alembic import context

from clearance.access.schema import metadata
from clearance.store.connect import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
