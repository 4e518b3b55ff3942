"""Progress of Spark jobs in real kernels, and the file that tells the server of a session."""

from __future__ import annotations

import json
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyspark
import pytest
from lodge_hub.programs import class_archive
from lodge_spawner.spark import properties_text, quick_start_properties, ui_properties
from support.java import QUICK, SIMPLE
from support.kernels import Kernel, environment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("progress")


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[Kernel]:
    env = environment(folder) | {
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERHUB_SERVICE_PREFIX": "/user/ada/",
    }
    properties = folder / "spark.properties"
    plain = properties.read_text(encoding="utf-8").replace("spark.ui.enabled false\n", "")
    # The archive is to come by Lodge's own properties.
    plain = plain.replace(" ".join(QUICK), " ".join(SIMPLE))
    lodge = {
        **ui_properties(Path(pyspark.__file__).parent),
        **quick_start_properties(class_archive()),
    }
    properties.write_text(plain + properties_text(lodge), encoding="utf-8")
    kernel = Kernel(env, folder)
    yield kernel
    kernel.close()


def announced(folder: Path) -> list[dict[str, Any]]:
    files = (folder / "runtime" / "lodge-spark").glob("*.json")
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def test_a_session_by_any_means_is_announced_to_its_owner_and_withdrawn(
    kernel: Kernel, folder: Path
) -> None:
    started = kernel.run(
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"
        "sc = spark.sparkContext\nsc.applicationId"
    )
    [session] = announced(folder)
    assert session["application"] in started.shown
    assert session["master"] == "local[2]"
    [file] = (folder / "runtime" / "lodge-spark").glob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{session['ui']}/api/v1/applications", timeout=30)
    refused.value.close()
    assert refused.value.code == 403
    kernel.run("spark.stop()")
    assert announced(folder) == []
    kernel.run("%%spark\n")
    [session] = announced(folder)
    assert session["key"]
    status = kernel.run("%spark status").shown
    assert f"/user/ada/lodge/spark/{session['application']}/" in status
    assert session["ui"] not in status


def test_a_driver_maps_the_archive_of_the_set_up(kernel: Kernel) -> None:
    kernel.run("%%spark\n")
    ran = kernel.run(
        "from pathlib import Path\n"
        "pid = sc._jvm.java.lang.ProcessHandle.current().pid()\n"
        "'spark-classes.jsa' in Path(f'/proc/{pid}/maps').read_text()"
    )
    assert ran.shown == "True"


def test_a_quick_cell_leaves_one_line_and_no_bar(kernel: Kernel) -> None:
    kernel.run("%%spark\nspark.range(1000).count()")
    # On a busy machine one or the other takes long enough for a bar.
    for _ in range(60):
        tried = kernel.run("spark.range(1000).count()")
        if not tried.updates:
            break
    assert tried.updates == []
    [line] = tried.progress
    assert "1,000 rows read" in line
    assert "shuffle" in line


def test_a_cell_without_jobs_says_nothing(kernel: Kernel) -> None:
    kernel.run("%%spark\n")
    assert kernel.run("6 * 7").progress == []
    assert kernel.run("frame = spark.range(10).selectExpr('id * 2')").progress == []


def test_a_long_cell_shows_its_tasks_as_they_end(kernel: Kernel) -> None:
    kernel.run("%%spark\n")
    ran = kernel.run(
        "import time\nsc.parallelize(range(12), 12).map(lambda i: time.sleep(0.4)).count()"
    )
    done = [
        int(text.split("tasks ")[1].split(" of 12")[0]) for text in ran.updates if " of 12 " in text
    ]
    assert done == sorted(done)
    assert len(set(done)) > 1
    [line] = ran.progress
    assert "1 job, 12 tasks" in line


def test_many_jobs_stay_one_line(kernel: Kernel) -> None:
    kernel.run("%%spark\n")
    ran = kernel.run("for number in range(60): sc.parallelize([number], 1).count()")
    [line] = ran.progress
    assert line.startswith("Spark: 60 jobs, 60 tasks")


def test_an_interrupted_cell_says_what_was_cancelled(kernel: Kernel) -> None:
    kernel.run("%%spark\n")
    ran = kernel.run(
        "print('begun', flush=True)\n"
        "sc.parallelize(range(2), 2).map(lambda i: __import__('time').sleep(600)).count()",
        until="begun",
    )
    assert ran.status == "error"
    assert kernel.run("spark.range(3).count()").status == "ok"


@pytest.mark.parametrize(
    "action",
    [
        *("flat.toPandas()", "flat.toArrow()", "flat.collect()", "total.toPandas()"),
        *("joined.toArrow()", "kept.count()", "kept.toPandas()", "kept.select('x').collect()"),
    ],
)
def test_one_interrupt_stops_any_action_and_it_can_be_asked_again(
    kernel: Kernel, folder: Path, action: str
) -> None:
    kernel.run("%%spark\n")
    slow, began = folder / "slow", folder / "began"
    slow.touch()
    began.unlink(missing_ok=True)
    ran = kernel.run(
        "import os, time\n"
        "def work(x):\n"
        f"    open({str(began)!r}, 'w').close()\n"
        f"    while os.path.exists({str(slow)!r}): time.sleep(0.05)\n"
        "    return (x,)\n"
        "flat = sc.parallelize(range(4), 2).map(work).toDF('x long')\n"
        "total = flat.repartition(3).groupBy('x').count()\n"
        "kept = total.selectExpr('x', 'count AS n').persist()\n"
        "joined = spark.range(9).join(flat.hint('broadcast').withColumnRenamed('x', 'id'), 'id')"
    )
    assert ran.status == "ok", ran.error
    sent: list[float] = []

    def working() -> bool:
        sent.append(time.monotonic())
        return began.exists()

    ran = kernel.run(action, until=working)
    assert ran.status == "error"
    # The job itself would go on for ever; on a busy machine its end takes its time.
    assert time.monotonic() - sent[-1] < 30
    slow.unlink()
    # By a second DataFrame that nobody has interrupted, and by the same one.
    assert kernel.run("flat.select('x').count()").shown == "4"
    again = kernel.run(action)
    assert again.status == "ok", again.error
    if "kept" in action:
        assert kernel.run("kept.storageLevel.useMemory, kept.count()").shown == "(True, 4)"
    kernel.run("kept.unpersist()")
