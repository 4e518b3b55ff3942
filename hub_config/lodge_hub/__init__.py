"""The lodge command: settings, the hub's configuration and the supervisor of one machine."""

from importlib.metadata import version

__version__ = version("lodge-hub")
