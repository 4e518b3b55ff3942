"""Spark from a pod for real, wherever its executors are: pods, a standalone cluster, YARN."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from support.lodge import wait_for

from cluster import hadoop as hadoops
from cluster import spawner_hub
from cluster.kubernetes import Cluster
from cluster.kubernetes.names import ADDRESS
from cluster.spawner_hub import PODS, QUICK, SMALL, STANDALONE, Hub

#: A result of 200 MB is in the driver's JVM and in Python at once.
ROOMY = SMALL | {"memory_limit": "4G"}

WORK = """
import contextlib, glob, json
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
shuffled = spark.range(1_000_000).selectExpr('id % 7 k').groupBy('k').count().count()
words = context.broadcast({n: 'word ' + str(n) for n in range(100_000)})
heard = context.parallelize(range(100), 4).filter(lambda n: words.value[n].endswith(str(n))).count()
spark.range(1000).createOrReplaceTempView('numbers')
spark.catalog.cacheTable('numbers')
total = [spark.sql('select sum(id) s from numbers').first().s for _ in range(2)][-1]
kept = sum(rdd.numCachedPartitions() for rdd in context._jsc.sc().getRDDStorageInfo())
table = spark.range(0, 200_000, 1, 8).selectExpr("repeat(char(97 + id % 26), 1000) text")
result = table.toPandas()
maps = open(f'/proc/{context._gateway.proc.pid}/maps').read()
def archives(_):
    found = []
    for path in glob.glob('/proc/[0-9]*/maps'):
        with contextlib.suppress(OSError), open(path) as file:
            found.append('spark-classes.jsa' in file.read())
    return any(found)
beside = context.parallelize(range(2), 2).map(archives).collect()
print(json.dumps({
    'master': context.master, 'host': spark.conf.get('spark.driver.host'), 'shuffled': shuffled,
    'heard': heard, 'total': total, 'kept': kept > 0, 'bytes': int(result.text.str.len().sum()),
    'quick': 'spark-classes.jsa' in maps, 'executors quick': all(beside),
}))
"""

SESSION = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
for _ in sys.stdin:
    print(spark.range(10_000).selectExpr('id % 7 k').groupBy('k').count().count(), flush=True)
"""


@pytest.fixture(scope="module")
def hadoop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[hadoops.Hadoop]:
    with hadoops.hadoop(cluster, tmp_path_factory.mktemp("hadoop")) as running:
        yield running


@pytest.fixture(scope="module")
def hub(
    cluster: Cluster, hadoop: hadoops.Hadoop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    yarn = STANDALONE | {
        "master": "yarn",
        "hadoop": str(hadoop.conf),
        # Spark's UI is set up while YARN's filter is added to it; now and then that ends a start.
        "ui": False,
        "properties": QUICK | {"spark.yarn.jars": hadoops.JARS, "spark.yarn.am.memory": "512m"},
    }
    profiles = {
        "pods": ROOMY | {"spark": PODS},
        "idle": SMALL | {"spark": PODS | {"min_executors": 0, "idle_s": 1}},
        "standalone": ROOMY | {"spark": STANDALONE},
        "yarn": ROOMY | {"spark": yarn},
    }
    folder = tmp_path_factory.mktemp("hub")
    with spawner_hub.serving(cluster, folder, profiles, "ada") as made:
        yield made


@contextlib.contextmanager
def server(hub: Hub, profile: str) -> Iterator[None]:
    """Run Ada's server; what was made for it is gone at the end."""
    last = hub.spawn("ada", profile)
    assert last.get("ready"), (last, hub.log.read_text()[-3000:])
    try:
        yield
    finally:
        hub.stop("ada")
    wait_for(lambda: hub.nothing_left("ada"), 60, "all of the server is gone")


def worked(hub: Hub) -> dict[str, Any]:
    """Return what a session said that did everything."""
    said: dict[str, Any] = json.loads(hub.run("ada", WORK).splitlines()[-1])
    wanted = {"shuffled": 7, "heard": 100, "total": 499_500, "kept": True, "quick": True}
    assert {name: said[name] for name in wanted} == wanted
    assert said["bytes"] == 200_000_000
    return said


def test_a_session_with_executors_as_pods_does_everything(hub: Hub) -> None:
    with server(hub, "pods"):
        said = worked(hub)
    assert said["host"] == f"{hub.pod('ada')}-spark.{hub.namespace('ada')}.svc"
    assert said["executors quick"]


def test_a_session_on_a_standalone_cluster_outside_does_everything(
    cluster: Cluster, hub: Hub, tmp_path: Any
) -> None:
    with spawner_hub.standalone(cluster, tmp_path), server(hub, "standalone"):
        said = worked(hub)
        assert said["host"] == ADDRESS
        assert hub.names("ada", "services") == [f"{hub.pod('ada')}-spark"]


def test_a_session_on_yarn_outside_does_everything(hub: Hub, hadoop: hadoops.Hadoop) -> None:
    with server(hub, "yarn"):
        said = worked(hub)
    assert (said["master"], said["host"]) == ("yarn", ADDRESS)
    # The cluster knows whose it is.
    assert [each["user"] for each in hadoop.applications()] == ["ada"]


@contextlib.contextmanager
def session(cluster: Cluster, hub: Hub) -> Iterator[subprocess.Popen[str]]:
    """Run a session in Ada's server that answers each line with a job's result."""
    with (hub.folder / "session.log").open("a") as errors:
        process = cluster.in_node(
            ["kubectl", *hub.command("ada", SESSION)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


def ask(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    print("again", file=process.stdin, flush=True)


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_two_sessions_of_a_server_work_at_once(cluster: Cluster, hub: Hub) -> None:
    with (
        server(hub, "pods"),
        session(cluster, hub) as first,
        session(cluster, hub) as second,
    ):
        ask(first)
        ask(second)
        assert [answer(first), answer(second)] == ["7", "7"]
        assert len(hub.names("ada", "pods")) == 5


def test_idle_executors_are_given_back_while_the_session_lives(cluster: Cluster, hub: Hub) -> None:
    with server(hub, "idle"), session(cluster, hub) as process:
        ask(process)
        assert answer(process) == "7"
        wait_for(lambda: hub.names("ada", "pods") == [hub.pod("ada")], 60, "executors go")
        ask(process)
        assert answer(process) == "7"
