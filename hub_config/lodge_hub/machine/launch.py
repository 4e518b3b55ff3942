"""From settings to a running Lodge, step by step, and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from lodge_spawner import Account, demote, user_environment
from lodge_spawner.process import end_processes, processes_with
from lodge_spawner.temporary import sweep

from ..folders import DataFolder
from ..identity import make_people
from ..parts import processes
from ..platform import Platform
from ..settings import Settings
from .deployment import Machine
from .supervisor import StartError, Supervisor

if TYPE_CHECKING:
    import psutil

Say = Callable[[str], None]

#: The accounts that are made at the first start: name, full name, whether an admin.
DEMO_PEOPLE = (
    ("ada", "Ada Lovelace", False),
    ("grace", "Grace Hopper", False),
    ("admin", "Lodge Admin", True),
)


async def run(settings: Settings, folder: DataFolder, say: Say) -> None:
    """Run Lodge until SIGINT or SIGTERM.

    Parameters
    ----------
    settings
        The settings.
    folder
        The data folder.
    say
        Called with each line for the terminal.

    Raises
    ------
    FolderError, SettingsError, StartError, IdentityError
        Lodge could not start; whatever had been started was ended.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    began = time.monotonic()
    folder.make()
    with folder.lock("(starting)") as lock:
        with _step(say, "Preparing the data folder"):
            platform = Machine(settings, folder).prepare()
            _end_leftovers(platform, say)
        supervisor = Supervisor(folder.logs, say)
        try:
            if await _unless(stop, _start(platform, supervisor, say)):
                folder.note(lock, platform.addresses.public_url)
                _greet(platform, say, time.monotonic() - began)
                await stop.wait()
        finally:
            say("Stopping Lodge; notebooks, shares and jobs are kept.")
            await supervisor.stop(["schedules", "hub"])
            _sweep(platform)
            say("Lodge has stopped.")


async def _start(platform: Platform, supervisor: Supervisor, say: Say) -> None:
    if platform.embedded_identity:
        with _step(say, "Setting up users"):
            await asyncio.to_thread(make_people, platform, DEMO_PEOPLE)
    with _step(say, "Starting hub, proxy, services, identity provider and Hive metastore"):
        await supervisor.start(processes(platform))
    if platform.settings.samples.flights:
        await _make_samples(platform, say)


async def _unless(stop: asyncio.Event, work: Awaitable[None]) -> bool:
    """Do `work` unless `stop` comes first; tell whether it was done."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return False
    task.result()
    return True


@contextlib.contextmanager
def _step(say: Say, title: str) -> Iterator[None]:
    say(f"  {title} …")
    began = time.monotonic()
    yield
    say(f"  {title}: done in {time.monotonic() - began:.1f} s")


def _greet(platform: Platform, say: Say, seconds: float) -> None:
    say(f"\nLodge is ready at {platform.addresses.public_url} (after {seconds:.1f} s)\n")
    if platform.embedded_identity:
        say("Sign in as one of these; `lodge user` adds and changes accounts:")
        for name, full_name, admin in DEMO_PEOPLE:
            secret = platform.folder.secrets / f"password-{name}"
            if secret.exists():
                what = "admin" if admin else full_name
                say(f"  {name:<6} {secret.read_text(encoding='utf-8')}   ({what})")
    say(f"\nEverything is kept in {platform.folder.root}. Ctrl-C stops Lodge.")


async def _make_samples(platform: Platform, say: Say) -> None:
    database = platform.folder.sources / "flights.duckdb"
    files = platform.folder.sources / "flights"
    environment = user_environment(platform.local, platform.metastore_account())
    if not files.exists():
        with _step(say, "Loading the sample flights"):
            module = "lodge_hub.sample.database"
            await _run_module(environment, module, str(database), str(files))
    marker = platform.folder.metastore / "flights-made"
    if platform.embedded_metastore and not marker.exists():
        with _step(say, "Making Hive tables of the sample flights"):
            account = platform.metastore_account()
            url = platform.addresses.metastore.url
            module = "lodge_hub.sample.hive"
            await _run_module(environment, module, str(files), url, account=account)
            marker.touch()


async def _run_module(
    environment: dict[str, str], module: str, *arguments: str, account: Account | None = None
) -> None:
    """Run a module of ours to its end, under `account` where one is given.

    Raises
    ------
    StartError
        It failed.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=demote(account) if account is not None else None,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode:
        tail = "\n".join(errors.decode(errors="replace").strip().splitlines()[-8:])
        raise StartError(f"The sample flights could not be loaded:\n{tail}")


def _end_leftovers(platform: Platform, say: Say) -> None:
    """End what an earlier Lodge left when it was killed; scheduled runs are left to go on."""
    found = [process for process in _ours(platform) if "LODGE_RUN_ID" not in _environment(process)]
    if found:
        number = end_processes(found)
        say(f"  Ended {number} processes that an earlier Lodge had left behind.")
    sweep(platform.local)


def _sweep(platform: Platform) -> None:
    """End whatever still runs for this installation."""
    end_processes(_ours(platform), grace_s=3.0)
    sweep(platform.local)


def _ours(platform: Platform) -> list[psutil.Process]:
    found = processes_with("LODGE_INSTANCE", platform.local.instance)
    return [process for process in found if process.pid != os.getpid()]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except OSError:
        return {}
