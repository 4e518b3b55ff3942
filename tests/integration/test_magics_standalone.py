"""`%%spark` on a real standalone cluster: a master and two workers."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lodge_spawner.ports import free_port
from support.kernels import Kernel, environment
from support.standalone import Cluster, standalone

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standalone")


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Cluster]:
    with standalone(folder) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(folder: Path, cluster: Cluster) -> Iterator[Kernel]:
    environ = environment(folder)
    properties = folder / "spark.properties"
    text = properties.read_text(encoding="utf-8")
    text = text.replace("spark.ui.enabled false", f"spark.ui.port {free_port()}")
    properties.write_text(text.replace("local[2]", cluster.master), encoding="utf-8")
    kernel = Kernel(environ, folder)
    ran = kernel.run("%%spark --executor-memory 512m --executor-cores 1 --num-executors 2\n")
    assert ran.status == "ok", ran.error
    yield kernel
    kernel.close()


def executors(kernel: Kernel) -> list[dict[str, Any]]:
    """What Spark's REST API tells of the executors, the driver left out."""
    found = kernel.run("f'{sc.uiWebUrl} {sc.applicationId}'").shown.strip("'")
    url, application = found.split()
    port = url.rsplit(":", 1)[1]
    address = f"http://127.0.0.1:{port}/api/v1/applications/{application}/executors"
    with urllib.request.urlopen(address, timeout=30) as reply:
        return [one for one in json.load(reply) if one["id"] != "driver"]


def test_both_workers_take_part_in_a_shuffle(kernel: Kernel) -> None:
    kernel.run(
        "import threading\n"
        "while sc._jsc.sc().getExecutorMemoryStatus().size() < 3: threading.Event().wait(0.1)"
    )
    ran = kernel.run(
        "sc.parallelize(range(8), 8).map(lambda i: (i % 2, i)).reduceByKey(max).collect()"
    )
    assert ran.shown == "[(0, 6), (1, 7)]"
    assert "16 tasks" in ran.progress[0]
    assert sorted(one["isActive"] for one in executors(kernel)) == [True, True]


@pytest.mark.parametrize("time_", range(3))
def test_an_interrupt_frees_the_executors(kernel: Kernel, time_: int) -> None:
    # Several times: py4j tells of an interrupt in more than one way.
    ran = kernel.run(
        "def announce():\n"
        "    while not sc.statusTracker().getActiveJobsIds(): threading.Event().wait(0.05)\n"
        "    print('job runs', flush=True)\n"
        "threading.Thread(target=announce).start()\n"
        "sc.parallelize([1, 2], 2).map(lambda x: __import__('time').sleep(300)).count()",
        until="job runs",
    )
    assert ran.status == "error"
    until = time.monotonic() + 20
    while any(one["activeTasks"] for one in executors(kernel)):
        assert time.monotonic() < until, "tasks still run on the executors"
    assert kernel.run("spark.range(7).count()").shown == "7"


def test_a_memory_that_no_worker_has_is_told(kernel: Kernel, cluster: Cluster) -> None:
    ran = kernel.run("%%spark --restart --executor-memory 64g --num-executors 1\n")
    assert ran.status == "ok", ran.error
    assert "executors 0 of 1" in ran.shown
    texts = kernel.texts_until("no executor has come")
    assert "64g of memory" in texts
    assert "--executor-memory" in texts


def test_a_master_that_is_not_there_is_one_sentence_at_once(kernel: Kernel) -> None:
    kernel.run("%spark stop")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        began = time.monotonic()
        ran = kernel.run(f"%%spark --master spark://127.0.0.1:{port}\n")
    assert time.monotonic() - began < 10
    assert f"nothing answers at its master spark://127.0.0.1:{port}" in ran.error
    assert "Traceback" not in ran.error
