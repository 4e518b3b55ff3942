"""Server extensions of Lodge: what its JupyterLab plugins ask, below the user's own server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter Server where the extension is."""
    return [{"module": "lodge_server"}]


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    """Add Lodge's handlers to the server."""
    from .extension import load

    load(serverapp)
