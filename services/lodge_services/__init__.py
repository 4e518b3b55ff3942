"""Hub services of Lodge."""

__version__ = "0.1.0"
