"""A cluster: start it, use it from the machine, end it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from cluster.kubernetes import (
    build,
    certificates,
    cgroups,
    leftovers,
    names,
    namespaces,
    seeds,
    settings,
)
from cluster.kubernetes.errors import ClusterError, KubectlError
from cluster.kubernetes.images import system as system_images
from cluster.kubernetes.layout import Image
from cluster.kubernetes.paths import MANIFESTS, State, running

PACKAGES = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
PATIENCE = 90.0


class Cluster:
    """A Kubernetes with one node, in namespaces of its own.

    Used as a context manager it starts, and everything of it is gone at the end. Should this
    process be killed instead, the kernel ends the cluster's processes, and the next cluster that is
    started removes the rest.

    Parameters
    ----------
    name
        What tells it from others on this machine: lower-case letters, digits and hyphens.
        None makes a new one.
    keep
        Let it outlive this process.
    images
        Those that its pods can run from the first moment on, each unpacked but once on this
        machine.
    """

    address = names.ADDRESS
    """The node's address: what listens on it is in reach of pods."""

    def __init__(
        self, name: str | None = None, *, keep: bool = False, images: Sequence[Image] = ()
    ) -> None:
        self.name = name or f"tests-{secrets.token_hex(3)}"
        if not NAME.fullmatch(self.name):
            raise ClusterError(
                f"A cluster can't be called {self.name!r}: lower-case letters, digits and hyphens."
            )
        self.keep = keep
        self.images = images
        self.state = State(running() / self.name)
        self._lock: int | None = None
        self._node: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- Begin and end.

    def start(self) -> None:
        """Build what is missing, start the cluster and wait until pods can be."""
        if os.geteuid() != 0:
            raise ClusterError("A cluster needs root, for namespaces and mounts; run this as root.")
        self.programs = build.programs()
        system = system_images(self.programs)
        self._lock = leftovers.begin(self.name)
        try:
            seeds.plant([*system, *self.images], self.state)
            self._launch()
            self.wait_for(self._answers, "the API server answers")
            self.apply((MANIFESTS / "dns.yaml").read_text())
            self.apply((MANIFESTS / "storage.yaml").read_text())
            self.wait_for(self._node_is_ready, "the node is Ready")
            self.kubectl(*("-n", "kube-system", "rollout", "status", "deploy/coredns"))
            self.wait_for(self._has_accounts, "the default namespace has its service account")
        except BaseException:
            self.stop()
            raise

    def attach(self) -> None:
        """Use a cluster that another process started and kept."""
        if not leftovers.alive(self.name):
            raise ClusterError(f"There is no cluster {self.name}; start it first.")
        self.programs = (self.state.folder / "programs").readlink()

    def stop(self) -> None:
        """End and remove all of it, also after a start that failed half-way, also twice."""
        leftovers.end(self.name)
        if self._node is not None:
            self._node.wait()
            self._node = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _launch(self) -> None:
        assert self._lock is not None
        for folder in (self.state.log, self.state.settings):
            folder.mkdir()
        (self.state.folder / "programs").symlink_to(self.programs)
        certificates.write_all(self.state.pki)
        settings.write_all(self.state.settings, cgroups.group(self.name))
        cgroups.create(self.name)
        command = [
            *cgroups.entering(cgroups.tracker(self.name) / "node"),
            *self._bound_to_this_process(),
            *("unshare", "--mount", "--net", "--uts", "--pid", "--ipc", "--fork"),
            "--kill-child",
            *(sys.executable, "-m", "cluster.kubernetes.node"),
            *(str(self.state.folder), str(self.programs)),
        ]
        with (self.state.log / "node.log").open("w") as log:
            self._node = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": str(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # The lock stays held as long as the node lives, whoever started it.
                pass_fds=(self._lock,),
                start_new_session=True,
            )
        self.wait_for(self.state.started.exists, "the node's namespaces are set up")
        children = Path(f"/proc/{self._node.pid}/task/{self._node.pid}/children")
        self.state.pid.write_text(children.read_text().split()[0])
        socket = Path(settings.SOCKET)
        rooted = Path(f"/proc/{self._pid()}/root")
        self.wait_for((rooted / socket.relative_to("/")).exists, "containerd listens")

    def _bound_to_this_process(self) -> list[str]:
        return [] if self.keep else ["setpriv", "--pdeathsig", "KILL"]

    def _pid(self) -> int:
        pid = int(self.state.pid.read_text())
        # The number may be another's by now.
        if pid not in cgroups.processes(self.name):
            raise ClusterError(f"The cluster {self.name} has ended; see {self.state.log}.")
        return pid

    def _answers(self) -> bool:
        with contextlib.suppress(KubectlError):
            return self.kubectl("get", "--raw", "/readyz") == "ok"
        return False

    def _node_is_ready(self) -> bool:
        nodes = self.get("nodes")["items"]
        conditions = [each for node in nodes for each in node["status"].get("conditions", [])]
        return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)

    def _has_accounts(self) -> bool:
        accounts = self.get("serviceaccounts")["items"]
        return any(each["metadata"]["name"] == "default" for each in accounts)

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until a condition holds; raise with what the node said when it doesn't in time."""
        end = time.monotonic() + seconds
        while not condition():
            ended = self._node is not None and self._node.poll() is not None
            if ended or time.monotonic() > end:
                why = "the node ended" if ended else f"not within {seconds:g} s"
                raise ClusterError(f"The cluster {self.name}: {what}: {why}.\n{self.logs()}")
            time.sleep(0.05)

    def logs(self, lines: int = 15) -> str:
        """Return the last lines of what each of the node's programs said."""
        parts = []
        for path in sorted(self.state.log.glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            parts.append("\n".join([f"--- {path.name}", *tail]))
        return "\n".join(parts)

    def told(self) -> str:
        """Return what it knows of its pods, its warnings, and the end of its programs' logs."""
        everywhere = ("--all-namespaces", "--ignore-not-found")
        pods = self.kubectl("get", "pods", *everywhere, "-o", "wide")
        warnings = self.kubectl("get", "events", *everywhere, "--field-selector", "type=Warning")
        return "\n".join([pods, warnings, self.logs()])

    # --- Use.

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl as the cluster's administrator; return what it prints.

        Raises
        ------
        KubectlError
            With kubectl's own message.
        """
        done = self.run_in_node(["kubectl", *arguments], input=stdin)
        if done.returncode:
            message = done.stderr.strip() or done.stdout.strip()
            raise KubectlError(f"kubectl {' '.join(arguments)}: {message}")
        return done.stdout.removesuffix("\n")

    def get(self, *arguments: str) -> Any:
        """Return what ``kubectl get`` finds, as JSON has it."""
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def apply(self, *manifests: str | Mapping[str, Any]) -> None:
        """Apply manifests: YAML text, or objects as JSON has them."""
        for manifest in manifests:
            text = manifest if isinstance(manifest, str) else json.dumps(manifest)
            self.kubectl("apply", "-f", "-", stdin=text)

    def load_image(self, archive: Path, *, unpack: bool = False) -> None:
        """Import an OCI or Docker archive, so that pods can run its images.

        No registry is in reach of the node: pods are to say ``imagePullPolicy: IfNotPresent`` or
        ``Never``, or to use a tag other than ``latest``.

        Parameters
        ----------
        archive
            The archive.
        unpack
            Unpack it now, not when the first container is made of it: several at once would each
            do that anew, and kubelet gives up after two minutes.
        """
        options = [] if unpack else ["--no-unpack"]
        with archive.open("rb") as file:
            done = subprocess.run(
                [
                    *cgroups.entering(cgroups.tracker(self.name) / "guests"),
                    *("nsenter", "-t", str(self._pid()), "-m", "-n", "-u", "-i", "-p"),
                    *("ctr", "--address", settings.SOCKET, "-n", "k8s.io"),
                    *("images", "import", *options, "-"),
                ],
                stdin=file,
                capture_output=True,
                text=True,
            )
        if done.returncode:
            raise ClusterError(f"{archive} can't be imported: {done.stderr.strip()}")

    def in_node(self, command: Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
        """Start a program of the machine in the node's network.

        It has the machine's files and processes, reaches pods, Services and the node by their
        addresses, and pods reach it by ``address``. The end of the cluster is its end too.
        Network policies of pods hold for what pods send to it, not for what it sends to them.

        Parameters
        ----------
        command
            The program and its arguments.
        options
            Options of `subprocess.Popen`.
        """
        options.setdefault("env", self.environment)
        return subprocess.Popen(self.command_in_node(command), **options)

    def run_in_node(
        self, command: Sequence[str | Path], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in the node's network to its end, with what it says as text.

        Parameters
        ----------
        command
            The program and its arguments.
        options
            Options of `subprocess.run`.
        """
        options.setdefault("env", self.environment)
        return subprocess.run(
            self.command_in_node(command), capture_output=True, text=True, **options
        )

    def command_in_node(self, command: Sequence[str | Path]) -> list[str]:
        """Return a command that runs another one in the node's network, for `environment`."""
        return [
            *cgroups.entering(cgroups.tracker(self.name) / "guests"),
            *self._bound_to_this_process(),
            *("nsenter", "-t", str(self._pid()), "-n", "--"),
            *map(str, command),
        ]

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Put this thread into the node's network: the connections that it opens are made there."""
        with namespaces.network(f"/proc/{self._pid()}/ns/net"):
            yield

    @contextlib.contextmanager
    def desk(self) -> Iterator[None]:
        """Put this thread into a network beside the node's, as a user's machine has one.

        It reaches what the node serves at `address`. Pods that come and go do not change it: a
        browser drops its requests whenever the network that it is in changes.
        """
        with namespaces.network(f"/proc/{self._pid()}/root/run/netns/{names.DESK}"):
            yield

    @property
    def kubeconfig(self) -> Path:
        """The administrator's access, good in the node's network."""
        return self.state.kubeconfig

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, with kubectl and helm on the path, set for this cluster."""
        beside = {
            "KUBECONFIG": str(self.kubeconfig),
            "KUBECACHEDIR": str(self.state.folder / "kubectl"),
            # Over websockets kubectl gives a connection up for good once a ping is not written in
            # time, as on a busy machine; what runs in the pod is then lost sight of.
            "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false",
            "HELM_CACHE_HOME": str(self.state.folder / "helm/cache"),
            "HELM_CONFIG_HOME": str(self.state.folder / "helm/config"),
            "HELM_DATA_HOME": str(self.state.folder / "helm/data"),
            "PATH": f"{self.programs}:{os.environ.get('PATH', os.defpath)}",
        }
        # A proxy of the machine is out of reach from there.
        inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return inherited | beside

    def helm(self, *arguments: str) -> str:
        """Run helm as the cluster's administrator; return what it prints."""
        done = self.run_in_node(["helm", *arguments])
        if done.returncode:
            raise ClusterError(f"helm {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout
