"""The Spark panel's API and the proxied Spark UI: a real driver, guarded, and a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.java import QUICK
from support.lodge import wait_for
from support.server import user_server

pytestmark = pytest.mark.integration

#: What a kernel's magics do, and then what it is told on its standard input.
PROGRAM = """
import base64, json, os, pathlib, secrets, sys, threading, time
from datetime import UTC, datetime
from pyspark import StorageLevel
from pyspark.sql import SparkSession

key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
filter_ = "org.apache.spark.ui.JWSFilter"
settings = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "600m",
    "spark.driver.extraJavaOptions": os.environ["QUICK"],
    "spark.ui.enabled": "true",
    "spark.ui.port": "0",
    "spark.ui.showConsoleProgress": "false",
    "spark.ui.filters": filter_,
    f"spark.{filter_}.param.secretKey": key,
    "spark.sql.shuffle.partitions": "4",
}
builder = SparkSession.builder.master("local[2]").appName("Flights")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
sc = spark.sparkContext

def tell():
    folder = pathlib.Path(os.environ["JUPYTER_RUNTIME_DIR"]) / "lodge-spark"
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "pid": os.getpid(), "kernel_id": os.environ["KERNEL"], "application": sc.applicationId,
        "name": sc.appName, "master": sc.master, "version": spark.version,
        "ui": "http://127.0.0.1:" + sc.uiWebUrl.rpartition(":")[2], "key": key,
        "started": datetime.now(UTC).isoformat(),
    }
    part = folder / f"{os.getpid()}.part"
    part.touch(0o600)
    part.write_text(json.dumps(told))
    part.rename(folder / f"{os.getpid()}.json")

def table():
    flights = spark.range(1000).selectExpr("id", "id % 7 AS carrier").repartition(3).cache()
    flights.createOrReplaceTempView("flights")
    spark.sql("SELECT carrier, count(*) FROM flights GROUP BY carrier").collect()

def small():
    global kept
    row = sc.parallelize(range(1), 1).map(lambda i: os.urandom(40_000_000))
    kept = row.persist(StorageLevel.MEMORY_ONLY).setName("small rows")
    kept.count()

def big():
    global rows
    rows = sc.parallelize(range(12), 12).map(lambda i: os.urandom(30_000_000))
    rows.persist(StorageLevel.MEMORY_ONLY).setName("big rows").count()

def skewed():
    sc.parallelize(range(8), 8).map(lambda i: time.sleep(2 if i == 7 else 0.05)).count()

def endless():
    def run():
        try:
            sc.parallelize(range(2), 2).map(lambda i: time.sleep(600)).count()
        except Exception:
            print("cancelled", flush=True)
    threading.Thread(target=run, daemon=True).start()

for line in sys.stdin:
    globals()[line.strip()]()
    print("done", line.strip(), flush=True)
spark.stop()
"""


class Program:
    """The program, as a process."""

    def __init__(self, folder: Path, kernel: str) -> None:
        path = folder / "program.py"
        path.write_text(PROGRAM)
        self.log = folder / "program.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, path],
                cwd=folder,
                env=os.environ
                | {"JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "KERNEL": kernel}
                | {"QUICK": " ".join(QUICK)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def do(self, *steps: str) -> None:
        """Let it take steps, one after the other."""
        assert self.process.stdin is not None
        for step in steps:
            self.process.stdin.write(f"{step}\n")
            self.process.stdin.flush()
            self.wait(f"done {step}")

    def wait(self, words: str) -> None:
        """Wait for a line that it prints."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == words:
                return
        raise AssertionError(f"it ended:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process.stdout.close()


@dataclass
class Case:
    """A server with a session."""

    api: httpx.Client
    program: Program
    told: dict[str, Any]

    def ask(self, path: str = "", **query: Any) -> Any:
        """Ask the API about the session."""
        url = f"lodge/api/spark/sessions/{self.told['application']}/{path}"
        return self.api.get(url, params=query).raise_for_status().json()

    @property
    def ui(self) -> str:
        return f"lodge/spark/{self.told['application']}"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("spark")
    program = None
    with user_server(folder, base_url="/user/ada/", timeout=30) as server:
        api = server.api
        body = {
            "path": "flights.ipynb",
            "type": "notebook",
            "name": "",
            "kernel": {"name": "python3"},
        }
        try:
            session = api.post("api/sessions", json=body).raise_for_status().json()
            program = Program(folder, session["kernel"]["id"])
            program.do("tell", "table", "small", "skewed")
            told = wait_for(lambda: _answered(api), 60, "the driver answers")
            yield Case(api, program, told)
            api.delete(f"api/sessions/{session['id']}").raise_for_status()
        finally:
            if program is not None:
                program.stop()


def _answered(api: httpx.Client) -> dict[str, Any] | None:
    (told,) = api.get("lodge/api/spark/sessions").raise_for_status().json()["items"]
    # On a busy machine a driver that has just begun may keep silent for a moment.
    waiting = ("spark_waiting", "spark_silent")
    assert told["error"] is None or told["error"]["reason"] in waiting
    return None if told["error"] else dict(told)


def test_a_session_shows_with_its_executor_and_notebook(case: Case) -> None:
    assert case.told["error"] is None
    assert (case.told["name"], case.told["master"]) == ("Flights", "local[2]")
    assert case.told["kernel"]["path"] == "flights.ipynb"
    assert case.told["executors"]["cores"] == 2
    assert case.told["executors"]["memory_total"] > 100_000_000
    assert case.told["executors"]["tasks_failed"] == 0


def test_a_cached_table_shows_with_level_and_blocks(case: Case) -> None:
    found = next(one for one in case.ask("storage")["cached"] if "Exchange" in one["name"])
    assert (found["level"], found["fraction"], found["mark"]) == ("MEMORY_AND_DISK", 1.0, None)
    blocks = [block["name"] for block in found["blocks"]]
    assert blocks == [f"rdd_{found['id']}_{number}" for number in range(3)]
    assert [one["executor"] for one in found["executors"]] == ["driver"]
    assert case.ask("storage")["shuffle"][0]["written"] > 0


def test_what_does_not_fit_is_marked_and_so_is_what_had_to_give_way(case: Case) -> None:
    small = next(one for one in case.ask("storage")["cached"] if one["name"] == "small rows")
    assert small["mark"] is None
    case.program.do("big")
    rows = {one["name"]: one for one in case.ask("storage")["cached"]}
    big = rows["big rows"]
    assert 0 < big["partitions_cached"] < 12
    assert big["mark"]["reason"] == "partial"
    assert big["level"] == "MEMORY_ONLY_SER"
    assert rows["small rows"]["mark"]["reason"] == "evicted"


def test_a_skewed_stage_is_marked(case: Case) -> None:
    jobs = case.ask("jobs")["items"]
    skewed = [one for one in jobs if one["skewed"] and one["tasks"]["total"] == 8]
    (stage,) = skewed[0]["stages"]
    assert stage["skew"]["slowest"] >= 2
    assert stage["skew"]["median"] < 1
    assert stage["tasks"]["done"] == 8
    assert any(stage["shuffle_written"] for job in jobs for stage in job["stages"])


def test_a_query_shows_with_its_plan(case: Case) -> None:
    found = case.ask("sql")
    query = next(one for one in found["items"] if one["description"].startswith("collect"))
    assert query["status"] == "COMPLETED"
    assert "InMemoryTableScan" in query["plan"]
    assert len(case.ask("sql", limit=1)["items"]) == 1


@pytest.mark.parametrize("page", ["jobs", "stages", "storage", "environment", "executors", "SQL"])
def test_the_pages_of_the_spark_ui_load_with_their_links_below(case: Case, page: str) -> None:
    response = case.api.get(f"{case.ui}/{page}/")
    assert response.status_code == 200
    links = re.findall(r'(?:href|src)="([^"#][^"]*)"', response.text)
    own = [link for link in links if not link.startswith(("http", "javascript"))]
    assert len(own) > 10
    assert {link for link in own if not link.startswith(f"/user/ada/{case.ui}/")} == set()
    style = next(link for link in own if link.endswith("webui.css"))
    loaded = case.api.get(case.api.base_url.join(style))
    assert loaded.status_code == 200
    assert "css" in loaded.headers["Content-Type"]
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]


def test_the_first_page_leads_to_the_jobs(case: Case) -> None:
    response = case.api.get(case.ui, follow_redirects=True)
    assert response.status_code == 200
    assert response.url.path == f"/user/ada/{case.ui}/jobs/"
    assert case.api.head(f"{case.ui}/jobs/").content == b""


@pytest.mark.parametrize("path", ["lodge/api/spark/sessions", "ui"])
def test_a_stranger_is_refused(case: Case, path: str) -> None:
    url = case.api.base_url.join(f"{case.ui}/jobs/" if path == "ui" else path)
    response = httpx.get(url, trust_env=False)
    assert response.status_code in {302, 403}
    assert "Flights" not in response.text


def test_the_raw_port_refuses_who_has_no_token(case: Case) -> None:
    file = next((case.program.log.parent / "runtime" / "lodge-spark").glob("*.json"))
    port = json.loads(file.read_text())["ui"]
    for path in ("/jobs/", "/api/v1/applications", "/static/webui.css"):
        assert httpx.get(port + path, trust_env=False).status_code in {401, 403}


def test_a_running_job_is_cancelled(case: Case) -> None:
    case.program.do("endless")

    def running() -> list[Any]:
        (told,) = case.api.get("lodge/api/spark/sessions").json()["items"]
        return list(told["jobs"])

    (job,) = wait_for(running, 30, "the job runs")
    started = time.monotonic()
    url = f"lodge/api/spark/sessions/{case.told['application']}/jobs/{job['id']}/cancel"
    assert case.api.post(url).status_code == 204
    case.program.wait("cancelled")
    wait_for(lambda: not running(), 10, "the job is gone")
    assert time.monotonic() - started < 30


def test_a_session_that_stops_is_gone(case: Case) -> None:
    case.program.stop()
    wait_for(lambda: case.api.get("lodge/api/spark/sessions").json() == {"items": []}, 10, "gone")
    response = case.api.get(f"lodge/api/spark/sessions/{case.told['application']}/jobs")
    assert (response.status_code, response.json()["reason"]) == (404, "no_spark_session")
