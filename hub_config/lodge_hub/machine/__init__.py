"""One machine: `lodge up` runs all parts of Lodge on it, supervised."""

from .deployment import Machine

__all__ = ["Machine"]
