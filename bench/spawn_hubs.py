"""The hubs whose starts of servers are compared: Lodge's, and a plain one with KubeSpawner.

Both run on the machine, in the node's network, side by side on ports of their own; a start on one
is measured while the other rests.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from cluster.kubernetes import Cluster
from cluster.kubernetes.names import ADDRESS
from cluster.spawner_hub import IMAGE, PODS, SMALL, Hub

ROOT = Path(__file__).parents[1]
#: What users of Lodge may start; where executors are pods, two of them are there at once.
PROFILES: dict[str, Any] = {
    "pods": SMALL | {"cpu_limit": "2", "spark": PODS | {"properties": {}}},
    "local": SMALL | {"cpu_limit": "2"},
}
_COUNTED = """
import sys
sys.path.insert(0, {root!r})
from bench import spawn_calls
spawn_calls.count({calls!r})
c.JupyterHub.services = [each for each in c.JupyterHub.services if each["name"] == "tester"]
"""
#: As an installation has it, where the tests are in a hurry.
_LODGE = """
c.JupyterHub.services += reaper_service.services(c.SparkKubeSpawner.instance)
c.SparkKubeSpawner.patience_s = 30
"""
#: What anybody would write for the same server: image, resources, home, a namespace for each user.
_PLAIN = f"""
c.JupyterHub.load_roles = [each for each in c.JupyterHub.load_roles if each["name"] == "tester"]
c.JupyterHub.bind_url = "http://{ADDRESS}:8010"
c.JupyterHub.hub_bind_url = "http://{ADDRESS}:8091"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8011"
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.KubeSpawner.image = {IMAGE!r}
c.KubeSpawner.cmd = ["jupyterhub-singleuser"]
c.KubeSpawner.cpu_guarantee = {float(SMALL["cpu"])}
c.KubeSpawner.cpu_limit = 2.0
c.KubeSpawner.mem_guarantee = {SMALL["memory"]!r}
c.KubeSpawner.mem_limit = {SMALL["memory_limit"]!r}
c.KubeSpawner.uid = 1000
c.KubeSpawner.gid = 100
c.KubeSpawner.fs_gid = 100
c.KubeSpawner.enable_user_namespaces = True
c.KubeSpawner.user_namespace_template = c.SparkKubeSpawner.user_namespace_template
c.KubeSpawner.storage_pvc_ensure = True
c.KubeSpawner.storage_capacity = "1Gi"
c.KubeSpawner.volumes = [
    {{"name": "home", "persistentVolumeClaim": {{"claimName": "{{pvc_name}}"}}}}
]
c.KubeSpawner.volume_mounts = [{{"name": "home", "mountPath": "/home/lodge"}}]
"""


class MeasuredHub(Hub):
    """A hub that notes its requests to the API server, and is asked without detours.

    Parameters
    ----------
    cluster
        Where its servers run.
    folder
        For its files; it is made.
    profiles
        What its users may start.
    more
        Further lines of its configuration.
    port
        Of its proxy.
    """

    def __init__(
        self, cluster: Cluster, folder: Path, profiles: Mapping[str, Any], more: str, port: int
    ) -> None:
        folder.mkdir()
        self.calls = folder / "calls"
        counted = _COUNTED.format(root=str(ROOT), calls=str(self.calls))
        super().__init__(cluster, folder, profiles, counted + more)
        # A client made for each request would read the machine's certificates each time.
        self._client = httpx.Client(
            base_url=f"http://{ADDRESS}:{port}",
            headers={"Authorization": f"token {self._token}"},
            timeout=120,
            trust_env=False,
            verify=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        """Let go of what the client holds."""
        self._client.close()

    def ready(self, user: str) -> float:
        """Wait until the hub says that a user's server is ready; return when it did.

        Raises
        ------
        RuntimeError
            It says that the start failed.
        """
        path = f"/hub/api/users/{user}/server/progress"
        with self.cluster.network(), self._client.stream("GET", path) as reply:
            for line in reply.iter_lines():
                if not line.startswith("data: "):
                    continue
                told = json.loads(line[6:])
                if told.get("ready"):
                    return time.perf_counter()
                if told.get("failed"):
                    raise RuntimeError(f"A start failed: {told['message']}")
        raise RuntimeError(f"The hub said nothing of {user}'s server; see {self.log}")

    def serves(self, path: str) -> bool:
        """Tell whether a path below the hub's proxy answers with 200."""
        with self.cluster.network(), contextlib.suppress(httpx.HTTPError):
            return self._client.get(path).status_code == 200
        return False

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self.cluster.network():
            return self._client.request(method, f"/hub/api/{path}", **options)


def lodge(cluster: Cluster, folder: Path) -> MeasuredHub:
    """Return Lodge's hub."""
    return MeasuredHub(cluster, folder, PROFILES, _LODGE, 8000)


def plain(cluster: Cluster, folder: Path) -> MeasuredHub:
    """Return the plain one."""
    return MeasuredHub(cluster, folder, {}, _PLAIN, 8010)
