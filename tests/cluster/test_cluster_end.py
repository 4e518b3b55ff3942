"""A cluster leaves nothing behind, however it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.lodge import wait_for

from cluster.kubernetes import Cluster, ClusterError, cgroups, leftovers
from cluster.kubernetes.paths import cache, running

OWNER = """
import signal
from cluster.kubernetes import Cluster
with Cluster() as cluster:
    # A program that has left its parent, as a server that somebody forgot.
    cluster.in_node(['setsid', '--fork', 'sleep', 'infinity']).wait()
    print(cluster.name, flush=True)
    signal.pause()
"""


def outside() -> list[str]:
    """Return what the machine has of what a cluster makes: mounts, interfaces, rules."""
    said = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for command in (["ip", "-brief", "link"], ["nft", "list", "ruleset"], ["ip", "netns"])
    ]
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    # Where images are built, somebody may just be building one.
    building = str(cache() / "storage")
    return [*said, *sorted(mount for mount in mounts if not mount.startswith(building))]


def processes_of(name: str) -> list[psutil.Process]:
    """Return a cluster's processes, told apart from later ones of the same number."""
    found = []
    for pid in cgroups.processes(name):
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return found


def assert_gone(name: str, processes: list[psutil.Process]) -> None:
    assert len(processes) > 3
    assert [each for each in processes if each.is_running() and each.status() != "zombie"] == []
    assert cgroups.folders(name) == []
    assert not (running() / name).exists()


def test_an_ended_cluster_leaves_nothing_and_others_are_as_they_were(cluster: Cluster) -> None:
    before = outside()
    with Cluster() as second:
        guest = second.in_node(["sleep", "infinity"])
        processes = processes_of(second.name)
        # The node's nine programs, and at least one pod's.
        assert {"kubelet", "containerd", "coredns", "pause"} <= {each.name() for each in processes}
        assert (
            second.get("nodes")["items"][0]["metadata"]["uid"]
            != (cluster.get("nodes")["items"][0]["metadata"]["uid"])
        )
    assert guest.wait(10) == -signal.SIGKILL
    assert_gone(second.name, processes)
    assert outside() == before
    assert cluster.kubectl("get", "--raw", "/readyz") == "ok"


def test_what_a_killed_test_leaves_is_removed_by_the_next_cluster() -> None:
    before = outside()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE, text=True
    )
    with owner:
        assert owner.stdout is not None
        name = owner.stdout.readline().strip()
        processes = processes_of(name)
        with pytest.raises(ClusterError, match="already"):
            Cluster(name).start()
        owner.kill()
    # The kernel ends the node; what had left its parent stays, and so do files and groups.
    wait_for(lambda: not leftovers.alive(name), 30, "the node ends with its owner")
    wait_for(lambda: len(cgroups.processes(name)) == 1, 30, "only the forgotten program is left")
    assert (running() / name).exists()
    assert cgroups.folders(name) != []

    class Halfway(Cluster):
        """One whose start fails when the node is up already."""

        def apply(self, *manifests: str | Mapping[str, Any]) -> None:
            self.seen = processes_of(self.name)
            assert_gone(name, processes)
            raise ClusterError("The manifests are refused.")

    next_one = Halfway()
    with pytest.raises(ClusterError, match="refused"):
        next_one.start()
    assert_gone(next_one.name, next_one.seen)
    assert outside() == before


def test_a_cluster_that_is_not_there_is_told() -> None:
    with pytest.raises(ClusterError, match="no cluster missing; start it"):
        Cluster("missing").attach()
    with pytest.raises(ClusterError, match="can't be called"):
        Cluster("../missing")
