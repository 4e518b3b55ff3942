"""Which notebook a kernel belongs to, by Jupyter's session manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_core.utils import ensure_async

if TYPE_CHECKING:
    from jupyter_server.services.sessions.sessionmanager import SessionManager


class SessionKernels:
    """Asks the server's session manager."""

    def __init__(self, sessions: SessionManager) -> None:
        self._sessions = sessions

    async def notebooks(self) -> dict[str, str]:
        """Return the paths by kernel ids; see `lodge_server.spark.core.Kernels`."""
        found = await ensure_async(self._sessions.list_sessions())
        return {one["kernel"]["id"]: one["path"] for one in found if one.get("kernel")}
