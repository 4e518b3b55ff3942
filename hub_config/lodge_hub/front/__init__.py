"""What stands before JupyterHub's own handlers: origins, limits and headers, for every request."""

from .elsewhere import Elsewhere, ElsewhereHandler
from .headers import HubHeaders
from .limits import Limits, TooLarge, TooLargeHandler
from .own import with_own_handlers

__all__ = [
    "Elsewhere",
    "ElsewhereHandler",
    "HubHeaders",
    "Limits",
    "TooLarge",
    "TooLargeHandler",
    "with_own_handlers",
]
