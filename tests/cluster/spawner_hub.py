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
from support.java import spark_home, spark_program
from support.lodge import wait_for
from support.witnesses import witness

from cluster.kubernetes import Cluster, names
from cluster.kubernetes.names import ADDRESS, API_SERVICE

IMAGE = names.SERVER_IMAGES["4"]
#: A profile to begin from.
SMALL: dict[str, Any] = {
    "image": IMAGE,
    "cpu": "0.1",
    "memory": "256M",
    "memory_limit": "2G",
}
QUICK = {
    f"spark.{each}.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    for each in ("driver", "executor")
}
#: Executors as pods.
PODS: dict[str, Any] = {
    "mode": "pods",
    "cpu_request": "100m",
    "memory": "512m",
    "max_executors": 2,
    "min_executors": 2,
    "properties": QUICK,
}
#: Executors on a standalone cluster.
STANDALONE: dict[str, Any] = {
    "mode": "outside",
    "master": f"spark://{ADDRESS}:7077",
    "networks": [ADDRESS],
    "python": sys.executable,
    "memory": "512m",
    "sessions": 2,
    "max_executors": 2,
    "properties": QUICK,
}
CONFIG = """
from lodge_spawner import reaper_service
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
c.JupyterHub.allow_named_servers = True
c.JupyterHub.services = [
    {{"name": "tester", "api_token": "{token}"}},
    # Without grace: what the hub knows must be enough to tell what is an orphan.
    *reaper_service.services("{instance}", 1, 0, "{looked_into}"),
]
c.JupyterHub.load_roles = [
    {{"name": "tester", "services": ["tester"],
      "scopes": ["admin:users", "admin:servers", "admin:groups", "access:servers"]}},
    *reaper_service.roles(),
]
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 0, "slow_stop_timeout": 0}}
c.ConfigurableHTTPProxy.auth_token = "{token}"
c.JupyterHub.spawner_class = SparkKubeSpawner
c.SparkKubeSpawner.instance = "{instance}"
c.SparkKubeSpawner.user_namespace_template = "{namespaces}"
c.SparkKubeSpawner.premade_namespaces = {premade}
c.SparkKubeSpawner.hub_peers = [{{"ipBlock": {{"cidr": "{address}/32"}}}}]
c.SparkKubeSpawner.api_server = ["{service}:443", "{address}:6443"]
c.SparkKubeSpawner.storage_capacity = "1Gi"
c.SparkKubeSpawner.patience_s = 10
c.SparkKubeSpawner.profiles = {profiles}
{more}
"""


@contextlib.contextmanager
def standalone(cluster: Cluster, folder: Path) -> Iterator[str]:
    """Run a standalone Spark, master and one worker, as on a company's network; yield its name."""
    environment = {
        **cluster.environment,
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": ADDRESS,
        # The wheel has no folders to guess it from.
        "SPARK_SCALA_VERSION": "2.13",
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
                spark_program(f"deploy.{name}", *arguments),
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            stack.callback(process.wait, 30)
            stack.callback(os.killpg, process.pid, signal.SIGKILL)

        def registered() -> bool:
            return "Registering worker" in (folder / "master.Master.log").read_text()

        with witness("the standalone cluster", folder):
            wait_for(registered, 60, f"a worker at {master}")
            yield master


@contextlib.contextmanager
def serving(
    cluster: Cluster, folder: Path, profiles: Mapping[str, Any], *users: str, more: str = ""
) -> Iterator[Hub]:
    """Run a hub with users; what it makes is gone at the end."""
    hub = Hub(cluster, folder, profiles, more)
    try:
        with hub.running():
            for user in users:
                hub.add(user)
            yield hub
    finally:
        for user in users:
            hub.remove(user)


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
    more
        Further lines of its configuration.
    premade
        Whether the users' namespaces are there already, and its rights in them alone.
    """

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        profiles: Mapping[str, Any],
        more: str = "",
        *,
        premade: bool = False,
    ) -> None:
        self.cluster = cluster
        self.folder = folder
        self.kubeconfig = cluster.kubeconfig
        self.instance = f"lodge{secrets.token_hex(3)}"
        self._token = secrets.token_hex(16)
        namespaces = f"{self.instance}-{{username}}"
        made = CONFIG.format(
            address=ADDRESS,
            service=API_SERVICE,
            folder=folder,
            token=self._token,
            instance=self.instance,
            namespaces=namespaces,
            looked_into=namespaces if premade else "",
            premade=premade,
            profiles=repr(dict(profiles)),
            more=more,
        )
        (folder / "config.py").write_text(made)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run it."""
        try:
            with witness("the hub", self.log):
                self.start()
                yield
        finally:
            if self._process.poll() is None:
                # Not its proxy: while it stops servers, the hub takes their routes back there.
                self._process.terminate()
                self._process.wait(60)
            else:
                self._end_proxy()

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = self.cluster.environment
        environment["KUBECONFIG"] = str(self.kubeconfig)
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        command = [sys.executable, "-m", "jupyterhub", "-f", str(self.folder / "config.py")]
        with self.log.open("a") as log:
            self._process = self.cluster.in_node(
                command,
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(lambda: self._answers(), 60, f"the hub; see {self.log}")

    def kill(self) -> None:
        """End it with SIGKILL, whatever it does; its proxy stays."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def _end_proxy(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "jupyterhub-proxy.pid").read_text()), signal.SIGTERM)

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "hub.log"

    def namespace(self, user: str) -> str:
        """Return the namespace of a user."""
        return f"{self.instance}-{user}"

    def pod(self, user: str, name: str = "") -> str:
        """Return the name of the pod of a user's server."""
        return f"jupyter-{user}--{name}" if name else f"jupyter-{user}"

    def add(self, user: str) -> None:
        """Let there be a user."""
        self._request("POST", f"users/{user}").raise_for_status()

    def remove(self, user: str) -> None:
        """Remove the user's namespace, with the servers in it."""
        options = ("--wait=false", "--ignore-not-found")
        self.cluster.kubectl("delete", "namespace", self.namespace(user), *options)

    def names(self, user: str, kind: str) -> list[str]:
        """Return the names of the objects of a kind in the user's namespace."""
        found = self.cluster.get("-n", self.namespace(user), kind)["items"]
        return [each["metadata"]["name"] for each in found]

    def nothing_left(self, user: str) -> bool:
        """Tell whether of the user's servers is left only what stays in a namespace."""
        kinds = ("pods", "services", "secrets", "networkpolicies")
        return {each for kind in kinds for each in self.names(user, kind)} <= {"lodge-closed"}

    def begin(self, user: str, profile: str, name: str = "") -> None:
        """Let a user's server be started."""
        body = {"profile": profile}
        self._request("POST", self._path(user, name), json=body).raise_for_status()

    def told(self, user: str, name: str = "") -> list[dict[str, Any]]:
        """Return all that the page of a server that starts is told."""
        path = f"users/{user}/servers/{name}/progress" if name else f"users/{user}/server/progress"
        reply = self._request("GET", path)
        lines = reply.text.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    def spawn(self, user: str, profile: str, name: str = "") -> dict[str, Any]:
        """Start the user's server and return the last that is said of it."""
        self.begin(user, profile, name)
        return self.told(user, name)[-1]

    def stop(self, user: str, name: str = "") -> None:
        """Stop the user's server and wait until it is gone."""
        self.begin_stop(user, name)
        self.wait_until_stopped(user, name)

    def begin_stop(self, user: str, name: str = "") -> None:
        """Let a server be stopped."""
        self._request("DELETE", self._path(user, name)).raise_for_status()

    def wait_until_stopped(self, user: str, name: str = "") -> None:
        """Wait until nothing of the user's server is pending or ready."""
        gone = f"the server {name} of {user} is gone"
        wait_for(lambda: not self.server(user, name), 90, gone)

    def server(self, user: str, name: str = "") -> str:
        """Return what is pending of a server, `ready`, or nothing."""
        model = self._request("GET", f"users/{user}").json()["servers"].get(name, {})
        return model.get("pending") or ("ready" if model.get("ready") else "")

    @staticmethod
    def _path(user: str, name: str) -> str:
        return f"users/{user}/servers/{name}" if name else f"users/{user}/server"

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

    def run(self, user: str, script: str, *arguments: str, name: str = "") -> str:
        """Run Python in the user's pod and return what it prints."""
        return self.cluster.kubectl(*self.command(user, script, *arguments, name=name))

    def command(self, user: str, script: str, *arguments: str, name: str = "") -> list[str]:
        """Return what kubectl is told for that."""
        return [
            *("-n", self.namespace(user), "exec", "-i", self.pod(user, name), "-c", "notebook"),
            *("--", "python", "-c", script, *arguments),
        ]
