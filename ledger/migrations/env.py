"""What Alembic runs: the steps that are missing, on the connection that the ledger opened, in its transaction."""

from alembic import context

from ledger.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
