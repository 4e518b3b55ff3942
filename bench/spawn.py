"""Starting a server as a pod, and Spark in it: Lodge beside plain KubeSpawner.

On the Kubernetes of the tests, which it starts for itself: needs root, and Go the first time.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cluster.kubernetes import Cluster, images
from support.lodge import wait_for

from bench import spawn_calls, spawn_hubs, spawn_spark, spawn_watch
from bench.harness import write_section
from bench.spawn_calls import Kind
from bench.spawn_hubs import MeasuredHub

HUB = ("jupyterhub", "jupyterhub-kubespawner")
#: Starts are short: there are so many for each repeat; of sessions of Spark half as many.
STARTS = 4
STOPPED = "stopped"


@dataclass
class Contender:
    """A way to start a server.

    Attributes
    ----------
    hub
        The hub that does.
    user
        Whose server it is.
    profile
        What is started; empty where the hub has no profiles.
    seconds
        Of each start, by step.
    starts, stops
        Requests to the API server of each.
    """

    hub: MeasuredHub
    user: str
    profile: str = ""
    seconds: list[dict[str, float]] = field(default_factory=list)
    starts: list[Counter[Kind]] = field(default_factory=list)
    stops: list[Counter[Kind]] = field(default_factory=list)

    def run(self) -> None:
        """Start a server and stop it again."""
        with self._asked(self.starts):
            seconds = spawn_watch.timed_start(self.hub, self.user, self.profile)
        with self._asked(self.stops):
            began = time.perf_counter()
            self.hub.stop(self.user)
            seconds[STOPPED] = time.perf_counter() - began
        self.seconds.append(seconds)
        wait_for(lambda: self.hub.nothing_left(self.user), 90, f"{self.user}'s server is gone")

    def forget(self) -> None:
        """Forget what was measured."""
        for each in (self.seconds, self.starts, self.stops):
            each.clear()

    @contextlib.contextmanager
    def _asked(self, into: list[Counter[Kind]]) -> Iterator[None]:
        before = self.hub.calls.stat().st_size if self.hub.calls.exists() else 0
        yield
        into.append(spawn_calls.asked(spawn_calls.read(self.hub.calls, before)))


def run(repeats: int) -> None:
    """Run the benchmark and write its sections."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Cluster(images=[images.server()]) as cluster,
        contextlib.ExitStack() as stack,
    ):
        lodge, plain = (
            make(cluster, Path(folder, name))
            for name, make in (("lodge", spawn_hubs.lodge), ("plain", spawn_hubs.plain))
        )
        for hub in (lodge, plain):
            stack.callback(hub.close)
            stack.enter_context(hub.running())
        contenders = {
            "Lodge, executors as pods": Contender(lodge, "ada", "pods"),
            "Lodge, profile `local`": Contender(lodge, "bob", "local"),
            "plain KubeSpawner": Contender(plain, "eve"),
        }
        version = json.loads(cluster.kubectl("get", "--raw", "/version"))["gitVersion"]
        _starts(contenders, STARTS * repeats)
        _write_starts(contenders, version)
        _write_calls(contenders)
        for user, profile in (("ada", "pods"), ("bob", "local")):
            lodge.begin(user, profile)
            lodge.ready(user)
        sessions = (repeats + 1) // 2
        told = spawn_spark.compare(lodge, "ada", "bob", sessions)
        _write_spark(told, sessions)


def _starts(contenders: dict[str, Contender], starts: int) -> None:
    for each in contenders.values():
        each.hub.add(each.user)
        # The first makes the namespace and the home; the second finds them, as later ones do.
        each.run()
        each.run()
        each.forget()
    for round_ in range(starts):
        # Every other round goes the other way, so that none is always after the same one.
        names = list(contenders) if round_ % 2 == 0 else list(reversed(contenders))
        for name in names:
            contenders[name].run()
            last = contenders[name].seconds[-1]
            print(f"  {name}: {', '.join(f'{k} {v:.2f}' for k, v in last.items())}", flush=True)


def _write_starts(contenders: dict[str, Contender], version: str) -> None:
    seconds = {name: each.seconds for name, each in contenders.items()}
    starts = min(map(len, seconds.values()))
    body = (
        f"From the request to the hub, on a Kubernetes {version} of one node that shares the "
        "machine with both hubs; image, resources, home and rule of namespaces are the same, the "
        "user has been there before, one start at a time, contenders in turn. p50 / p99 of "
        f"{starts} starts each, and how many times plain KubeSpawner's; of so few the p99 is the "
        "greatest. Pod and events are seen by a watch of the API server, stops to 0.1 s. Lodge's "
        "pods are ready once Kubernetes, which tries once a second, finds the server listening, "
        "KubeSpawner's when they are started; Lodge's hub tries the server itself.\n\n"
        + spawn_watch.until_table(seconds, STOPPED)
        + "\n\nMedians of each step by itself:\n\n"
        + spawn_watch.steps_table(seconds)
    )
    write_section("spawn", "Starting a server on Kubernetes", body, HUB)


def _write_calls(contenders: dict[str, Contender]) -> None:
    hubs = {
        "Lodge's": contenders["Lodge, executors as pods"],
        "the plain": list(contenders.values())[-1],
    }
    watches = " and ".join(
        f"{spawn_calls.watches_a_minute(spawn_calls.read(each.hub.calls)):.0f} a minute by "
        f"{name} hub"
        for name, each in hubs.items()
    )
    starts = {name: each.starts for name, each in contenders.items()}
    stops = {name: each.stops for name, each in contenders.items()}
    body = (
        "The hub's requests to the API server in the same starts and stops. Watches, which "
        f"KubeSpawner begins anew every few seconds whatever happens, are apart: {watches}, lists "
        "included.\n\nA start:\n\n"
        + spawn_calls.table(starts, spawn_calls.STARTS)
        + "\n\nA stop:\n\n"
        + spawn_calls.table(stops, spawn_calls.STOPS)
    )
    write_section("spawn_calls", "Requests to Kubernetes for a start and a stop", body, HUB)


def _write_spark(told: str, sessions: int) -> None:
    body = (
        "In a server's pod, from before `import pyspark` to a session, and to a first count over "
        f"two partitions. Runs of each, in turn: {sessions}; medians, in brackets least and most, "
        "how many times the bare one's. Bare sessions have nothing of Lodge's: an empty "
        "`SPARK_CONF_DIR`, and with executors as pods what any user would write (master, "
        "namespace, image, the driver's address, number and size of executors), besides the ports "
        "and the pod template that the user's closed namespace asks for. Lodge's sessions "
        "authenticate, give idle executors back, have Spark's UI behind a key, and hold an "
        "executor to its cores.\n\n" + told
    )
    write_section("spawn_spark", "Starting Spark in a pod", body, ("pyspark",))
