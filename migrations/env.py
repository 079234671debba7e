"""What Alembic runs. The connection comes from `migrations.upgrade`; there is no ini file and no URL here."""

from __future__ import annotations

from alembic import context

from migrations.comparison import OPTIONS

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True, **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
