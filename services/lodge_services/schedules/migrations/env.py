"""Alembic's environment of schedules."""

from lodge_services.db.migrate import run_environment
from lodge_services.schedules.alerts import models as alerts  # noqa: F401  (its tables)
from lodge_services.schedules.models import Base

run_environment(Base.metadata)
