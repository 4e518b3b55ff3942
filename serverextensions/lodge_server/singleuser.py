"""A user's server on one machine: it listens on the socket that the spawner hands it open.

Run as ``python -m lodge_server.singleuser``. ``LODGE_SERVER_SOCKET`` names the socket's path,
``LODGE_SERVER_DESCRIPTOR`` the open file.
"""

from __future__ import annotations

import os
import socket

from jupyter_server.serverapp import ServerApp
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from traitlets import default


class SocketServerApp(ServerApp):
    """Jupyter Server on a socket that is there before it."""

    @default("sock")
    def _sock_default(self) -> str:
        return os.environ.get("LODGE_SERVER_SOCKET", "")

    def _bind_http_server_unix(self) -> bool:
        descriptor = int(os.environ.pop("LODGE_SERVER_DESCRIPTOR"))
        # Kernels and terminals are not to have it.
        os.set_inheritable(descriptor, False)
        listening = socket.socket(fileno=descriptor)
        listening.setblocking(False)
        self.http_server.add_socket(listening)
        return True


if __name__ == "__main__":
    # Not as a subclass: an extension is found by the package that its class is in.
    JupyterHubSingleUser.serverapp_class = SocketServerApp
    JupyterHubSingleUser.launch_instance()
