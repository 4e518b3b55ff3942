"""The metadata database: engine, sessions and migrations."""

from .engine import Base, Database, UtcDateTime
from .migrate import upgrade

__all__ = ["Base", "Database", "UtcDateTime", "upgrade"]
