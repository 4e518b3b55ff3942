"""The supervisor: waits until ready, restarts what ends, ends everything."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from lodge_hub.machine.supervisor import AT_ONCE, StartError, Supervisor
from lodge_hub.process import ProcessSpec
from lodge_spawner.ports import free_port

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def spec(name: str, code: str, ready: Callable[[], Awaitable[bool]], **more: object) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        title=f"The {name}",
        command=[sys.executable, "-c", code],
        environment=ENVIRONMENT,
        ready=ready,
        **more,  # type: ignore[arg-type]
    )


async def always() -> bool:
    return True


async def always_late() -> bool:
    await asyncio.sleep(0.3)
    return True


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


SLEEPER = "import time; time.sleep(600)"


async def test_processes_start_in_order_and_all_are_ended(tmp_path: Path) -> None:
    first = tmp_path / "first"

    async def first_ready() -> bool:
        return first.exists()

    supervisor = Supervisor(tmp_path, lambda _: None)
    makes = f"import pathlib, time; pathlib.Path({str(first)!r}).touch(); time.sleep(600)"
    checks = f"import pathlib, time; assert pathlib.Path({str(first)!r}).exists(); time.sleep(600)"
    await supervisor.start(
        [spec("second", checks, always, after=("one",)), spec("one", makes, first_ready)]
    )
    pids = [supervisor.pid(name) for name in ("one", "second")]
    assert all(pid and psutil.pid_exists(pid) for pid in pids)
    await supervisor.stop(["second"])
    assert not any(pid and psutil.pid_exists(pid) for pid in pids)


async def test_a_killed_process_comes_back(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    await supervisor.start([spec("hub", SLEEPER, always)])
    before = supervisor.pid("hub")
    assert before
    os.kill(before, signal.SIGKILL)
    await until(lambda: supervisor.pid("hub") not in (None, before))
    await until(lambda: "The hub is back." in said)
    assert said[0] == "The hub ended with -9; starting it again."
    await supervisor.stop([])


async def test_a_process_killed_again_and_again_comes_back_at_once(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    await supervisor.start([spec("hub", SLEEPER, always)])
    for times in (1, 2):
        before = supervisor.pid("hub")
        assert before
        os.kill(before, signal.SIGKILL)
        await until(lambda: said.count("The hub is back.") == times, 3)  # noqa: B023
    await supervisor.stop([])


async def test_what_keeps_ending_is_told_once_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    code = "import time; time.sleep(0.05)"
    await supervisor.start([spec("shares", code, always, needed=False)])
    await until(lambda: supervisor._states["shares"].starts > AT_ONCE + 1)
    await supervisor.stop([])
    assert sum("keeps ending" in line for line in said) == 1
    assert len(said) <= 2 * AT_ONCE + 1


async def test_a_worker_that_outlives_its_parent_gives_up_its_port(tmp_path: Path) -> None:
    worker = tmp_path / "worker"
    code = f"""
import os, pathlib, socket, time
server = socket.create_server(("127.0.0.1", {free_port()}))
if os.fork() == 0:
    pathlib.Path({str(worker)!r}).write_text(str(os.getpid()))
time.sleep(600)
"""

    async def ready() -> bool:
        return worker.exists() and bool(worker.read_text())

    supervisor = Supervisor(tmp_path, lambda _: None)
    await supervisor.start([spec("identity", code, ready)])
    before, child = supervisor.pid("identity"), psutil.Process(int(worker.read_text()))
    assert before
    worker.unlink()
    os.kill(before, signal.SIGKILL)
    await until(lambda: worker.exists() and bool(worker.read_text()))
    assert supervisor.pid("identity") not in (None, before)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    await supervisor.stop([])


async def test_what_is_not_needed_may_be_missing_and_comes_later(tmp_path: Path) -> None:
    said: list[str] = []
    whole = tmp_path / "whole"
    looks: list[float] = []

    def fault() -> str:
        looks.append(time.monotonic())
        return "" if whole.exists() else sentence

    supervisor = Supervisor(tmp_path, said.append)
    sentence = "Its database is damaged: run `lodge doctor --repair`."
    await supervisor.start(
        [
            spec("hub", SLEEPER, always),
            spec(
                "shares",
                f"import pathlib, time; assert pathlib.Path({str(whole)!r}).exists();"
                "time.sleep(600)",
                always_late,
                needed=False,
                fault=fault,
            ),
        ]
    )
    assert supervisor.missing == ["The shares"]
    assert supervisor.pid("hub")
    await until(lambda: len(looks) > AT_ONCE + 1)
    # At growing distances, not again and again.
    assert looks[-1] - looks[-2] > 0.9
    assert [line.partition("\n")[0] for line in said] == [sentence]
    whole.touch()
    await until(lambda: supervisor.missing == [])
    assert "The shares is back." in said
    await supervisor.stop([])


async def test_a_process_that_ends_while_it_starts_is_told_with_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    supervisor = Supervisor(tmp_path, lambda _: None)
    with pytest.raises(ExceptionGroup) as group:
        await supervisor.start([spec("hub", "raise SystemExit('no such port')", never)])
    error = group.value.exceptions[0]
    assert isinstance(error, StartError)
    assert "The hub ended with 1" in str(error)
    assert "no such port" in str(error)
    await supervisor.stop([])


async def test_a_process_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    supervisor = Supervisor(tmp_path, lambda _: None)
    with pytest.raises(ExceptionGroup) as group:
        await supervisor.start([spec("hub", SLEEPER, never, ready_s=0.3)])
    assert "not ready within" in str(group.value.exceptions[0])
    process = supervisor._states["hub"].process
    assert process
    assert not psutil.pid_exists(process.pid)
    await supervisor.stop([])


async def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )

    async def is_ready() -> bool:
        return ready.exists()

    supervisor = Supervisor(tmp_path, lambda _: None)
    await supervisor.start([spec("hub", code, is_ready, stop_s=0.2)])
    pid = supervisor.pid("hub")
    await supervisor.stop(["hub"])
    assert pid
    assert not psutil.pid_exists(pid)


def test_a_killed_supervisor_leaves_no_process(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib, sys
from lodge_hub.machine.supervisor import Supervisor
from lodge_hub.process import ProcessSpec
async def always(): return True
async def main():
    s = Supervisor(pathlib.Path({str(tmp_path)!r}), print)
    await s.start([ProcessSpec("x", [sys.executable, "-c", {SLEEPER!r}], {{}}, always, "X")])
    print(s.pid("x"), flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        child.wait(10)
    assert not child.is_running()
