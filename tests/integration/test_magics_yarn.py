"""`%%spark` on a real YARN with two queues, in client mode."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from support.java import SIMPLE
from support.kernels import DRIVERS, Kernel, environment
from support.lodge import wait_for
from support.yarn import MAXIMUM_MB, Yarn, yarn

pytestmark = pytest.mark.integration

PROPERTIES = """
spark.yarn.jars local:{jars}/*
spark.yarn.am.memory 256m
spark.yarn.am.extraJavaOptions {simple}
spark.yarn.stagingDir {folder}/staging
spark.executor.memory 512m
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yarn")


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Yarn]:
    with yarn(folder) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(folder: Path, cluster: Yarn) -> Iterator[Kernel]:
    environ = environment(folder) | {"HADOOP_CONF_DIR": str(cluster.conf)}
    properties = folder / "spark.properties"
    text = properties.read_text(encoding="utf-8").replace("spark.master local[2]\n", "")
    jars = Path(pyspark.__file__).parent / "jars"
    further = PROPERTIES.format(jars=jars, folder=folder, simple=" ".join(SIMPLE))
    properties.write_text(text + further, encoding="utf-8")
    kernel = Kernel(environ, folder)
    yield kernel
    kernel.close()


def ended(cluster: Yarn, kernel: Kernel) -> None:
    """No application is left at the ResourceManager, and no JVM below the kernel."""
    assert kernel.run(DRIVERS).shown == "[]"
    wait_for(lambda: not cluster.alive(), 30, "no application left")


def test_a_session_runs_in_its_queue_and_shuffles_there(kernel: Kernel, cluster: Yarn) -> None:
    # There is room for one executor of the two.
    ran = kernel.run(
        "%%spark --master yarn --queue analytics --num-executors 2 --executor-memory 1600m\n"
        "--conf spark.scheduler.maxRegisteredResourcesWaitingTime=1s\n"
        "sc.applicationId"
    )
    assert ran.status == "ok", ran.error
    line, application = ran.texts
    assert "ready in" in line
    assert "context" in line
    assert "of 2" in line
    [app] = cluster.applications()
    assert app["id"] == application.strip("'")
    assert (app["queue"].removeprefix("root."), app["state"]) == ("analytics", "RUNNING")
    assert "executors 1 of 2 · no more executors have come" in kernel.texts_until("have come")
    ran = kernel.run(
        "sc.parallelize(range(8), 8).map(lambda i: (i % 2, i)).reduceByKey(max).collect()"
    )
    assert ran.shown == "[(0, 6), (1, 7)]"
    assert "16 tasks" in ran.progress[0]
    assert "yarn, queue analytics" in kernel.run("%spark status").shown


def test_an_application_that_yarn_killed_is_told_with_its_diagnostics(
    kernel: Kernel, cluster: Yarn
) -> None:
    [application] = cluster.alive()
    killer = threading.Thread(target=cluster.kill, args=(application,))
    killer.start()
    ran = kernel.run(
        "import time\nsc.parallelize(range(2), 2).map(lambda i: time.sleep(100)).count()\n"
    )
    killer.join()
    assert ran.status == "error"
    assert f"The application {application} has ended" in ran.shown
    assert "killed by user" in ran.shown
    assert "%%spark starts a new session" in ran.shown


def test_dynamic_allocation_keeps_to_its_bounds(kernel: Kernel, cluster: Yarn) -> None:
    ran = kernel.run(
        "%%spark --master yarn --min-executors 1 --max-executors 2 --executor-cores 1\n"
        "sc.parallelize(range(4), 4).map(lambda i: time.sleep(0.5)).count()\n"
        "sc._jsc.sc().getExecutorMemoryStatus().size() - 1"
    )
    assert ran.status == "ok", ran.error
    assert ran.texts[-1] in ("1", "2")
    [app] = [one for one in cluster.applications() if one["state"] == "RUNNING"]
    assert app["queue"].removeprefix("root.") == "default"
    assert "has ended" in kernel.run("%spark stop").shown
    ended(cluster, kernel)


def test_a_queue_that_is_not_there_is_told_with_those_that_are(
    kernel: Kernel, cluster: Yarn
) -> None:
    ran = kernel.run("%%spark --master yarn --queue nosuch\n")
    assert ran.error == (
        "Spark did not start: YARN has no queue nosuch; there are analytics and default."
    )
    ended(cluster, kernel)


def test_an_executor_larger_than_any_container_is_refused(kernel: Kernel, cluster: Yarn) -> None:
    ran = kernel.run("%%spark --master yarn --executor-memory 64g\n")
    assert ran.error == (
        "Spark did not start: an executor of 65536 MiB and its overhead is more than the "
        f"{MAXIMUM_MB} MiB that YARN gives at most; ask for less (--executor-memory)."
    )
    ended(cluster, kernel)


def test_an_interrupt_before_the_application_is_submitted_leaves_none(
    kernel: Kernel, cluster: Yarn
) -> None:
    kernel.run(
        "import os\n"
        "from lodge_magics.spark import session as s\n"
        "mark = s.mark\n"
        "def announced(conf):\n"
        "    print('on its way', flush=True)\n"
        "    return mark(conf)\n"
        "s.mark = announced"
    )
    ran = kernel.run("%%spark --master yarn\n", until="on its way")
    kernel.run("s.mark = mark")
    assert ran.error == "Interrupted; Spark was not started."
    ended(cluster, kernel)


def test_an_interrupt_while_it_is_submitted_leaves_none(kernel: Kernel, cluster: Yarn) -> None:
    process = int(kernel.run("os.getpid()").shown)

    def interrupt() -> None:
        wait_for(cluster.alive, 60, "an application")
        os.kill(process, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    ran = kernel.run("%%spark --master yarn\n")
    interrupter.join()
    assert ran.error == "Interrupted; Spark was not started."
    ended(cluster, kernel)
    assert cluster.applications()[0]["finalStatus"] in ("KILLED", "FAILED")


def test_a_resource_manager_that_is_not_there_is_told_at_once(kernel: Kernel, folder: Path) -> None:
    away = folder / "away"
    away.mkdir()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        (away / "yarn-site.xml").write_text(
            "<configuration><property><name>yarn.resourcemanager.hostname</name>"
            "<value>127.0.0.1</value></property><property>"
            "<name>yarn.resourcemanager.address</name>"
            f"<value>${{yarn.resourcemanager.hostname}}:{port}</value></property></configuration>",
            encoding="utf-8",
        )
        kernel.run(
            f"import os; conf = os.environ['HADOOP_CONF_DIR']; "
            f"os.environ['HADOOP_CONF_DIR'] = {str(away)!r}"
        )
        began = time.monotonic()
        ran = kernel.run("%%spark --master yarn\n")
        assert time.monotonic() - began < 10
    assert f"nothing answers at YARN's ResourceManager 127.0.0.1:{port}" in ran.error
    kernel.run("del os.environ['HADOOP_CONF_DIR']")
    assert "names a folder with a yarn-site.xml" in kernel.run("%%spark --master yarn\n").error
    kernel.run("os.environ['HADOOP_CONF_DIR'] = conf")
