"""A hub and its proxy on the machine, in the node's network, that start servers as pods."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyspark
from support.lodge import wait_for

from cluster.kubernetes import Cluster, images
from cluster.kubernetes.names import ADDRESS, API_SERVICE
from cluster.kubernetes.paths import IMAGES

IMAGE = "lodge.test/server:1"
CONFIG = """
from lodge_spawner.kube import SparkKubeSpawner
c = get_config()
c.JupyterHub.bind_url = "http://{address}:8000"
c.JupyterHub.hub_bind_url = "http://{address}:8081"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.DummyAuthenticator.password = "{token}"
c.JupyterHub.services = [{{"name": "tester", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "tester", "services": ["tester"],
      "scopes": ["admin:users", "admin:servers", "admin:groups", "access:servers"]}}
]
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 0}}
c.ConfigurableHTTPProxy.auth_token = "{token}"
c.JupyterHub.spawner_class = SparkKubeSpawner
c.SparkKubeSpawner.instance = "{instance}"
c.SparkKubeSpawner.user_namespace_template = "{instance}-{{username}}"
c.SparkKubeSpawner.hub_peers = [{{"ipBlock": {{"cidr": "{address}/32"}}}}]
c.SparkKubeSpawner.api_server = ["{service}:443", "{address}:6443"]
c.SparkKubeSpawner.storage_capacity = "1Gi"
c.SparkKubeSpawner.patience_s = 1
c.SparkKubeSpawner.profiles = {profiles}
"""


@contextlib.contextmanager
def standalone(cluster: Cluster, folder: Path) -> Iterator[str]:
    """Run a standalone Spark, master and one worker, as on a company's network; yield its name."""
    home = Path(pyspark.__file__).parent
    environment = {
        **cluster.environment,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": ADDRESS,
        # The wheel has no folders to guess it from.
        "SPARK_SCALA_VERSION": "2.13",
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    master = f"spark://{ADDRESS}:7077"
    programs = {
        "master.Master": ["--host", ADDRESS, "--port", "7077", "--webui-port", "7080"],
        "worker.Worker": ["-c", "2", "-m", "2g", "-d", f"{folder}/work", master],
    }
    with contextlib.ExitStack() as stack:
        for name, arguments in programs.items():
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            process = cluster.in_node(
                [
                    *("java", "-cp", f"{home}/jars/*"),
                    *(f"org.apache.spark.deploy.{name}", *arguments),
                ],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            stack.callback(process.wait, 30)
            stack.callback(os.killpg, process.pid, signal.SIGKILL)

        def registered() -> bool:
            return "Registering worker" in (folder / "master.Master.log").read_text()

        wait_for(registered, 60, f"a worker at {master}")
        yield master


def image() -> Path:
    """Return the archive of the image that servers and executors run."""
    return images.build(IMAGE, IMAGES / "server", arguments={"BASE": images.debian()})


class Hub:
    """A hub for one module's tests.

    Parameters
    ----------
    cluster
        Where its servers run.
    folder
        For its files.
    profiles
        What its users may start.
    """

    def __init__(self, cluster: Cluster, folder: Path, profiles: Mapping[str, Any]) -> None:
        self.cluster = cluster
        self.folder = folder
        self.instance = f"lodge{secrets.token_hex(3)}"
        self._token = secrets.token_hex(16)
        made = CONFIG.format(
            address=ADDRESS,
            service=API_SERVICE,
            folder=folder,
            token=self._token,
            instance=self.instance,
            profiles=repr(dict(profiles)),
        )
        (folder / "config.py").write_text(made)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run it."""
        environment = self.cluster.environment
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.folder / "config.py")]
        with (self.folder / "hub.log").open("a") as log:
            process = self.cluster.in_node(
                command,
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(lambda: self._answers(), 60, f"the hub; see {self.folder}/hub.log")
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def namespace(self, user: str) -> str:
        """Return the namespace of a user."""
        return f"{self.instance}-{user}"

    def pod(self, user: str) -> str:
        """Return the name of the pod of a user's server."""
        return f"jupyter-{user}"

    def add(self, user: str) -> None:
        """Let there be a user."""
        self._request("POST", f"users/{user}").raise_for_status()

    def spawn(self, user: str, profile: str) -> dict[str, Any]:
        """Start the user's server and return the last that is said of it."""
        self._request("POST", f"users/{user}/server", json={"profile": profile}).raise_for_status()
        reply = self._request("GET", f"users/{user}/server/progress")
        said = [line[6:] for line in reply.text.splitlines() if line.startswith("data: ")]
        last: dict[str, Any] = json.loads(said[-1])
        return last

    def stop(self, user: str) -> None:
        """Stop the user's server and wait until it is gone."""
        self._request("DELETE", f"users/{user}/server").raise_for_status()
        self.wait_until_stopped(user)

    def wait_until_stopped(self, user: str) -> None:
        """Wait until nothing of the user's server is pending or ready."""
        wait_for(lambda: not self._server(user), 90, f"the server of {user} is gone")

    def _server(self, user: str) -> Any:
        servers = self._request("GET", f"users/{user}").json()["servers"]
        return servers.get("", {}).get("pending") or servers.get("", {}).get("ready")

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return self._request("GET", "").status_code == 200
        return False

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        with self.cluster.network():
            return httpx.request(
                method,
                f"http://{ADDRESS}:8000/hub/api/{path}",
                headers={"Authorization": f"token {self._token}"},
                timeout=120,
                trust_env=False,
                **options,
            )

    def run(self, user: str, script: str, *arguments: str) -> str:
        """Run Python in the user's pod and return what it prints."""
        return self.cluster.kubectl(
            *("-n", self.namespace(user), "exec", "-i", self.pod(user), "-c", "notebook"),
            *("--", "python", "-c", script, *arguments),
        )
