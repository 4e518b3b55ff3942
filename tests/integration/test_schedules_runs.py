"""Runs as real processes: real `lodge-run`, real kernels, a real JVM, real signals."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pyspark
import pytest
from lodge_runner.endings import ASKED
from lodge_services.clock import utc_now
from lodge_services.errors import BadRequest
from lodge_services.schedules.core import Schedules
from lodge_services.schedules.engine import Engine, EngineOptions
from lodge_services.schedules.executors.local import LocalExecutor
from lodge_services.schedules.executors.processes import MARK
from lodge_services.schedules.models import Run
from lodge_services.schedules.queries import Viewer
from lodge_services.schedules.testing import make_core, new_job, notebook
from lodge_spawner.local_settings import LocalSettings, SparkSettings
from lodge_spawner.process import processes_with
from support.disk import small_disk
from support.java import QUICK
from support.lodge import open_folder

pytestmark = pytest.mark.integration

ADA = Viewer("ada")

#: Ends neither by an interrupt nor by SIGTERM.
STUBBORN = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
open("begun", "w").close()
while True:
    time.sleep(0.05)
"""

#: A child that leaves its parent's session and process group, as daemons do.
DAEMON = """
import subprocess, sys
code = "import os, time; os.setsid(); open('daemon', 'w').write(str(os.getpid())); time.sleep(900)"
subprocess.Popen([sys.executable, "-c", code])
"""
ASK = (
    *("input('Go on? ')", "import getpass; getpass.getpass('Key: ')", "breakpoint()"),
    *("import code; code.interact()", "get_ipython().ask_yes_no('Go on? ')"),
)
READ = (
    *("!bash -c 'read -p \"Go on? \" a; echo got $a'", "!bash -c 'read a </dev/tty; echo got $a'"),
    *("%%bash\nread a; echo got $a", "import sys; print('got', sys.stdin.readline())"),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that processes of other users can pass through."""
    path = Path(tempfile.mkdtemp(prefix="lodge-schedules-", dir=open_folder()))
    path.chmod(0o711)
    for name in ("data", "data/run", "data/homes"):
        (path / name).mkdir(mode=0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def settings(folder: Path) -> LocalSettings:
    java = shutil.which("java")
    assert java is not None
    return LocalSettings(
        data_dir=folder / "data",
        instance=folder.name,
        separate_users=False,
        spark=SparkSettings(
            home=Path(pyspark.__file__).parent,
            java_home=Path(java).resolve().parent.parent,
            python=Path(sys.executable),
            properties={
                "spark.master": "local[1]",
                "spark.driver.host": "127.0.0.1",
                "spark.driver.bindAddress": "127.0.0.1",
                "spark.ui.enabled": "false",
                "spark.driver.extraJavaOptions": " ".join(QUICK),
            },
        ),
    )


def at_home(content: dict[str, Any], **values: Any) -> dict[str, Any]:
    return new_job(notebook=content, notebook_path="a.ipynb", **values)


class Runs:
    """A core with a real executor."""

    def __init__(self, folder: Path, settings: LocalSettings) -> None:
        self.executor = LocalExecutor(settings, folder / "runs")
        options = EngineOptions(cancel_grace_s=2.0)
        self.core: Schedules = make_core(folder, self.executor, utc_now, options)
        self.engine: Engine = self.core.engine
        self.home = folder / "data" / "homes" / "ada"
        self.home.mkdir(exist_ok=True)

    def begin(self, *cells: str, **values: Any) -> str:
        job = self.core.create_job(
            "ada", new_job(notebook=notebook(*cells, **values), notebook_path="a.ipynb")
        )
        return self.core.run_now(ADA, job.job.id, {}).id

    async def ended(self, run_id: str) -> Run:
        async with asyncio.timeout(120):
            while True:
                run = self.core.run(ADA, run_id)
                if run.state not in ("queued", "running"):
                    return run
                await asyncio.sleep(0.05)

    async def file(self, name: str) -> str:
        """Wait for a file in the home, and return its content."""
        async with asyncio.timeout(60):
            while not (self.home / name).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return (self.home / name).read_text()

    async def texts(self, run_id: str) -> str:
        """Return the text that the cells of a run wrote."""
        cells = json.loads(await self.core.notebook(ADA, run_id))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        return "".join("".join(output.get("text", "")) for output in outputs)


@pytest.fixture
async def runs(folder: Path, settings: LocalSettings) -> AsyncIterator[Runs]:
    made = Runs(folder, settings)
    await made.engine.start()
    yield made
    for run in made.core.engine.ledger.in_state("running"):
        await made.core.cancel_run(ADA, run.id)
        await made.ended(run.id)
    await made.engine.stop()
    made.core.database.close()


def left_of(run_id: str) -> list[psutil.Process]:
    return [p for p in processes_with(MARK, run_id) if p.status() != psutil.STATUS_ZOMBIE]


async def test_a_notebook_runs_where_it_lies_with_its_parameters(runs: Runs) -> None:
    (runs.home / "reports").mkdir()
    cell = "import os; print(os.getcwd(), os.environ['LODGE_USER'], day + 1)"
    job = runs.core.create_job(
        "ada", new_job(notebook=notebook(cell, parameters="day = 1"), parameters={"day": 41})
    )
    run = await runs.ended(runs.core.run_now(ADA, job.job.id, {}).id)
    assert (run.state, run.error) == ("succeeded", None)
    assert run.cells_total == run.cells_done
    assert await runs.texts(run.id) == f"{runs.home}/reports ada 42\n"
    assert "Succeeded" in await runs.core.log(ADA, run.id, 10_000)
    folder = runs.executor.folder / run.id
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_the_failing_cell_is_told(runs: Runs) -> None:
    run = await runs.ended(runs.begin("x = 1", "x / 0", "print('never')"))
    assert run.state == "failed"
    assert run.error is not None
    assert (run.error["cell"], run.error["ename"], run.error["cell_source"]) == (
        1,
        "ZeroDivisionError",
        "x / 0",
    )
    assert "never" not in await runs.texts(run.id)


@pytest.mark.parametrize("asks", ASK)
async def test_a_question_ends_a_run_with_what_to_do(runs: Runs, asks: str) -> None:
    run = await runs.ended(runs.begin("x = 1", asks, "x = 2"))
    error = run.error or {}
    assert (run.state, error.get("cell"), error.get("evalue")) == ("failed", 1, ASKED)


@pytest.mark.parametrize("reads", READ)
async def test_a_question_on_a_terminal_hears_nothing_and_ends(runs: Runs, reads: str) -> None:
    run = await runs.ended(runs.begin(reads))
    assert (run.state, (await runs.texts(run.id)).rstrip()[-3:]) == ("succeeded", "got"), run.error


async def test_a_folder_or_a_kernel_that_is_not_there_is_told_when_the_job_is_saved(
    runs: Runs,
) -> None:
    with pytest.raises(BadRequest, match="there is no folder reports in the home folder"):
        runs.core.create_job("ada", new_job())
    kernel = {"name": "spark-of-old", "display_name": "Old", "language": "scala"}
    foreign = notebook("1") | {"metadata": {"kernelspec": kernel}}
    with pytest.raises(BadRequest, match="no kernel 'spark-of-old' here: install it"):
        runs.core.create_job("ada", at_home(foreign))
    (runs.home / "reports").mkdir()
    job = runs.core.create_job("ada", new_job())
    (runs.home / "reports").rmdir()
    run = await runs.ended(runs.core.run_now(ADA, job.job.id, {}).id)
    assert run.state == "failed"
    assert run.error is not None
    assert "there is no folder reports" in run.error["message"]


async def test_progress_is_seen_while_it_runs(runs: Runs) -> None:
    waiting = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.05)"
    run_id = runs.begin("1", "2", waiting, "4")
    async with asyncio.timeout(60):
        while runs.core.run(ADA, run_id).cells_done != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    run = runs.core.run(ADA, run_id)
    assert (run.state, run.cells_total) == ("running", 4)
    so_far = json.loads(await runs.core.unfinished(run) or b"")
    assert [len(cell["outputs"]) for cell in so_far["cells"]] == [1, 1, 0, 0]
    (runs.home / "go").touch()
    assert (await runs.ended(run_id)).state == "succeeded"


async def test_cancelling_keeps_what_ran_and_leaves_no_process(runs: Runs) -> None:
    cells = (DAEMON, "print('done')", "open('begun', 'w').close()\nimport time\ntime.sleep(900)")
    run_id = runs.begin(*cells)
    await runs.file("begun")
    daemon = psutil.Process(int(await runs.file("daemon")))
    await runs.core.cancel_run(ADA, run_id)
    run = await runs.ended(run_id)
    assert (run.state, run.error) == ("cancelled", None)
    assert "done" in await runs.texts(run_id)
    assert left_of(run_id) == []
    assert not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE


async def test_a_stubborn_run_is_killed_with_its_family(runs: Runs) -> None:
    run_id = runs.begin(DAEMON, STUBBORN)
    await runs.file("begun")
    await runs.file("daemon")
    assert len(left_of(run_id)) >= 3
    await runs.core.cancel_run(ADA, run_id)
    assert (await runs.ended(run_id)).state == "cancelled"
    assert left_of(run_id) == []


async def test_what_a_run_leaves_behind_is_ended(runs: Runs) -> None:
    run_id = runs.begin(DAEMON, "import os, time\nwhile not os.path.exists('daemon'): pass")
    assert (await runs.ended(run_id)).state == "succeeded"
    assert left_of(run_id) == []


async def test_cancelling_spark_ends_its_jvm(runs: Runs) -> None:
    run_id = runs.begin(
        "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()",
        "open('begun', 'w').close()\n"
        "data = spark.sparkContext.parallelize(range(2))\n"
        "data.map(lambda x: __import__('time').sleep(900)).count()",
    )
    await runs.file("begun")
    names = {process.name() for process in left_of(run_id)}
    assert "java" in names, names
    await runs.core.cancel_run(ADA, run_id)
    assert (await runs.ended(run_id)).state == "cancelled"
    assert left_of(run_id) == []


async def test_a_killed_runner_is_told_and_what_ran_is_kept(runs: Runs) -> None:
    run_id = runs.begin("print('kept')", "open('begun', 'w').close()\nimport time; time.sleep(900)")
    await runs.file("begun")
    handle = runs.core.run(ADA, run_id).handle
    assert handle is not None
    psutil.Process(handle["pid"]).kill()
    run = await runs.ended(run_id)
    assert run.state == "failed"
    assert run.error is not None
    assert run.error["message"].startswith("The run was interrupted: its process was killed")
    assert run.error["cell"] == 1
    assert "kept" in await runs.texts(run_id)
    assert left_of(run_id) == []


async def test_a_killed_kernel_is_told(runs: Runs) -> None:
    run_id = runs.begin("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    run = await runs.ended(run_id)
    assert run.state == "failed"
    assert run.error is not None
    assert "kernel" in run.error["message"]
    assert left_of(run_id) == []


async def test_parameters_that_do_not_fit_fail_before_the_first_cell(runs: Runs) -> None:
    job = runs.core.create_job("ada", at_home(notebook("1", parameters="day = 1")))
    with runs.core.database.write() as session:
        stored = session.merge(job.job)
        stored.parameters = {"night": 2}
    run = await runs.ended(runs.core.run_now(ADA, job.job.id, {}).id)
    assert run.state == "failed"
    assert run.error is not None
    assert "night" in run.error["message"] or "its log says why" in run.error["message"]
    assert "night" in await runs.core.log(ADA, run.id, 10_000)


async def test_modules_in_the_home_do_not_stand_in_for_the_runner(runs: Runs) -> None:
    for name in ("json.py", "pydantic.py", "lodge_runner.py"):
        (runs.home / name).write_text("raise SystemExit(99)")
    (runs.home / "reports").mkdir()
    assert (await runs.ended(runs.begin("1 + 1"))).state == "succeeded"


async def test_the_folder_of_a_run_goes_with_its_job(runs: Runs) -> None:
    run = await runs.ended(runs.begin("1"))
    assert (runs.executor.folder / run.id).is_dir()
    await runs.core.delete_job(ADA, run.job_id)
    assert list(runs.executor.folder.iterdir()) == []


@pytest.fixture
def separate(settings: LocalSettings) -> Iterator[LocalSettings]:
    """Settings with a Unix account for each user where the tests run as root."""
    yield replace(settings, separate_users=os.geteuid() == 0)
    for entry in pwd.getpwall():
        if entry.pw_gecos == f"Lodge {settings.instance}":
            subprocess.run(["/usr/sbin/userdel", entry.pw_name], check=True, capture_output=True)


async def test_a_run_belongs_to_its_user(folder: Path, separate: LocalSettings) -> None:
    secret = folder / "secret.json"
    secret.write_text('{"state": "succeeded", "secret": "of Lodge"}')
    secret.chmod(0o600)
    runs = Runs(folder, separate)
    account = runs.executor.accounts.ensure("ada")
    await runs.engine.start()
    try:
        # What Lodge reads afterwards is replaced by a link to what only Lodge can read.
        link = (
            "here = os.environ['LODGE_RUN_ID']\n"
            f"run = {str(runs.executor.folder)!r} + '/' + here\n"
            f"os.unlink(run + '/run.log'); os.symlink({str(secret)!r}, run + '/run.log')\n"
            f"print(os.access({str(secret)!r}, os.R_OK))"
        )
        run = await runs.ended(runs.begin("import os; print(os.getuid())", link))
        assert run.state == "succeeded"
        expected = os.geteuid() if account.uid is None else account.uid
        shared = account.uid is None
        assert await runs.texts(run.id) == f"{expected}\n{shared}\n"
        assert (runs.executor.folder / run.id).stat().st_uid == expected
        assert await runs.core.log(ADA, run.id, 10_000) == ""
    finally:
        await runs.engine.stop()
        runs.core.database.close()


#: Takes all the room that there is, and has more to say.
FILLS = """
with open("more", "wb", buffering=0) as file:
    for size in (65536, 1):
        try:
            while True:
                file.write(b"x" * size)
        except OSError:
            pass
import time
for number in range(600):
    print("x" * 100_000, flush=True)
    time.sleep(0.1)
"""


async def test_a_run_that_fills_the_disk_ends_and_the_next_one_runs(
    folder: Path, settings: LocalSettings
) -> None:
    with small_disk(folder / "disk", "48m") as disk:
        for name in ("data", "data/run", "data/homes"):
            (disk / name).mkdir(mode=0o711)
        runs = Runs(disk, replace(settings, data_dir=disk / "data"))
        await runs.engine.start()
        try:
            run_id = runs.begin("print('kept')", FILLS)
            await runs.file("more")
            run = await runs.ended(run_id)
            assert run.state == "failed"
            assert run.error is not None
            assert "the quota of its folder is full" in run.error["message"]
            assert run.error["cell"] == 1
            assert await runs.texts(run_id) == "kept\n"
            (runs.home / "more").unlink()
            again = await runs.ended(runs.begin("print('more')"))
            assert again.state == "succeeded"
        finally:
            await runs.engine.stop()
            runs.core.database.close()
