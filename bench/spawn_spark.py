"""Sessions of Spark in a server's pod: as Lodge starts them, and bare ones in the same pod."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cluster.spawner_hub import IMAGE, PODS
from lodge_spawner.manifests.server import FILES
from lodge_spawner.spark_cluster import API_SERVER, TEMPLATE, pod_ports
from support.lodge import wait_for

from bench.spawn_hubs import MeasuredHub

_COUNT = "spark.range(0, 1000, 1, 2).count()"
#: How a script says how long it took, and where the session computed.
_TOLD = "print('seconds', session - began, done - began, spark.sparkContext.master)"
_LODGE = f"""
import time
began = time.perf_counter()
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
session = time.perf_counter()
assert {_COUNT} == 1000
done = time.perf_counter()
{_TOLD}
spark.stop()
"""
#: In a kernel, IPython and the magics are there before the cell.
_MAGIC = f"""
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic('load_ext', 'lodge_magics')
shell.user_ns['time'] = time
began = time.perf_counter()
cell = 'session = time.perf_counter(); counted = {_COUNT}; done = time.perf_counter()'
shell.run_cell_magic('spark', '', cell)
assert shell.user_ns['counted'] == 1000
session, done, spark = (shell.user_ns[name] for name in ('session', 'done', 'spark'))
{_TOLD}
spark.stop()
"""
#: Nothing of Lodge's: no properties, no variables of Spark's that the pod has.
_BARE = f"""
import json, os, socket, sys, tempfile, time
for name in ('PYSPARK_SUBMIT_ARGS', 'SPARK_LOCAL_IP'):
    os.environ.pop(name, None)
os.environ['SPARK_CONF_DIR'] = tempfile.mkdtemp()
settings = json.loads(sys.argv[1])
if settings['spark.master'].startswith('k8s'):
    settings['spark.driver.host'] = socket.gethostbyname(socket.gethostname())
began = time.perf_counter()
from pyspark.sql import SparkSession
builder = SparkSession.builder
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
session = time.perf_counter()
assert {_COUNT} == 1000
done = time.perf_counter()
{_TOLD}
spark.stop()
"""


@dataclass
class Session:
    """A way to start a session.

    Attributes
    ----------
    user
        In whose server.
    script
        What runs there.
    settings
        What the script is told.
    starts, results
        Seconds until there was a session, and a first result.
    master
        Where it computed.
    """

    user: str
    script: str
    settings: Mapping[str, str] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    results: list[float] = field(default_factory=list)
    master: str = ""

    def run(self, hub: MeasuredHub) -> None:
        """Run it once, and wait until its executors are gone."""
        said = hub.run(self.user, self.script, json.dumps(self.settings))
        told = [line for line in said.splitlines() if line.startswith("seconds ")]
        _, start, result, self.master = told[-1].split()
        self.starts.append(float(start))
        self.results.append(float(result))
        only = [hub.pod(self.user)]
        wait_for(lambda: hub.names(self.user, "pods") == only, 90, "the executors are gone")


def bare_settings(namespace: str) -> dict[str, str]:
    """Return what a user would write for executors as pods, and what the namespace asks for."""
    ports = pod_ports(1)
    return {
        "spark.master": API_SERVER,
        "spark.kubernetes.namespace": namespace,
        "spark.kubernetes.container.image": IMAGE,
        "spark.executor.instances": str(PODS["min_executors"]),
        "spark.executor.memory": PODS["memory"],
        "spark.kubernetes.executor.request.cores": PODS["cpu_request"],
        # Other ports are closed, and so are pods without these labels and this security context.
        "spark.driver.port": str(ports.driver),
        "spark.driver.blockManager.port": str(ports.block_manager),
        "spark.blockManager.port": str(ports.executor),
        "spark.kubernetes.executor.podTemplateFile": f"{FILES}/{TEMPLATE}",
        "spark.kubernetes.executor.podTemplateContainerName": "executor",
    }


def compare(hub: MeasuredHub, pods: str, local: str, repeats: int) -> str:
    """Return a section on sessions in two servers that run.

    Parameters
    ----------
    hub
        The hub.
    pods
        Whose server has executors as pods.
    local
        Whose server computes in itself.
    repeats
        How many timed runs each has.
    """
    bare = bare_settings(hub.namespace(pods))
    with_pods = {
        "`%%spark`": Session(pods, _MAGIC),
        "`getOrCreate()` in Lodge": Session(pods, _LODGE),
        "bare `getOrCreate()`": Session(pods, _BARE, bare),
    }
    inside = {
        "`getOrCreate()` in Lodge, profile `local`": Session(local, _LODGE),
        "bare `getOrCreate()`": Session(pods, _BARE, {"spark.master": "local[*]"}),
    }
    sessions = [*with_pods.values(), *inside.values()]
    for round_ in range(repeats + 1):
        if round_ == 1:  # the first one was to warm up
            for each in sessions:
                each.starts.clear()
                each.results.clear()
        for each in sessions if round_ % 2 == 0 else reversed(sessions):
            each.run(hub)
            print(f"  {each.master}: {each.starts[-1]:.2f} {each.results[-1]:.2f} s", flush=True)
    return f"{_table('two executors as pods', with_pods)}\n\n{_table('in the pod', inside)}"


def _table(where: str, sessions: Mapping[str, Session]) -> str:
    *_, bare = sessions.values()
    lines = [f"| {where} | session | first result |", "|---|---|---|"]
    for name, each in sessions.items():
        cells = [
            _cell(own, base, each is bare)
            for own, base in ((each.starts, bare.starts), (each.results, bare.results))
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(own: Sequence[float], base: Sequence[float], is_base: bool) -> str:
    median = statistics.median(own)
    times = "" if is_base else f", {median / statistics.median(base):.2f}x"
    return f"{median:.2f} s ({min(own):.2f} to {max(own):.2f} s{times})"
