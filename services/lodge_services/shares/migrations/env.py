"""Alembic's entry into the migrations of the service's database."""

from lodge_services.db.migrate import run_environment
from lodge_services.shares.tables import SharesBase

run_environment(SharesBase.metadata)
