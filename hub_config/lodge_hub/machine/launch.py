"""From settings to a running Lodge, step by step, and back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO

from lodge_spawner import Account, demote, user_environment
from lodge_spawner.locks import note
from lodge_spawner.sockets import sweep_sockets
from lodge_spawner.temporary import sweep as sweep_temporary

from ..folders import STOPPING, DataFolder, FolderError
from ..identity import IdentityError, make_people
from ..metastore_copy import ask_for_copy
from ..parts import processes
from ..platform import Platform
from ..process import ProcessSpec
from ..settings import Settings
from .addresses import wanted_ports
from .backups import BackupError, back_up, disown, faults, lacking
from .deployment import Machine
from .leftovers import end_leftovers, sweep
from .state import kept
from .supervisor import StartError, Supervisor
from .warehouse import kept_warehouse

Say = Callable[[str], None]

#: Without these parts nothing can be reached.
NEEDED = ("proxy", "hub")
#: Between two backups while Lodge runs: seconds.
BACKUP_EVERY_S = 24 * 3600.0

#: The accounts that are made at the first start: name, full name, whether an admin.
DEMO_PEOPLE = (
    ("ada", "Ada Lovelace", False),
    ("grace", "Grace Hopper", False),
    ("admin", "Lodge Admin", True),
)


def run(settings: Settings, folder: DataFolder, say: Say) -> None:
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
    AccountError, FolderError, SettingsError, StartError, IdentityError
        Lodge could not start; whatever had been started was ended.
    """
    began = time.monotonic()
    # Until there is a loop nothing is started: whatever is waited for, a signal ends it at once.
    signal.signal(signal.SIGTERM, _leave)
    folder.make()
    with folder.lock("starting", say) as lock:
        with _step(say, "Preparing the data folder"):
            end_leftovers(folder, wanted_ports(settings, folder), say)
            damaged = _look_for_damage(settings, folder)
            platform = _prepare(settings, folder)
            sweep_temporary(platform.local)
            _back_up(platform, say)
        asyncio.run(_run(platform, damaged, lock, say, began))


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


async def _run(
    platform: Platform, known: Mapping[str, str], lock: IO[str], say: Say, began: float
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    daily: asyncio.Task[None] | None = None
    supervisor = Supervisor(platform.folder.logs, say)
    try:
        # Open until the metastore has ended, which asks there.
        async with kept_warehouse(platform, say):
            try:
                if await _unless(stop, _start(platform, known, supervisor, say)):
                    note(lock, url=platform.addresses.public_url)
                    _greet(platform, say, time.monotonic() - began, supervisor.missing)
                    daily = asyncio.create_task(_back_up_daily(platform, say))
                    await stop.wait()
            finally:
                note(lock, url=STOPPING)
                if daily is not None:
                    daily.cancel()
                say("Stopping Lodge; notebooks, shares and jobs are kept.")
                await supervisor.stop(["schedules", "hub"])
    finally:
        sweep(platform.folder)
        sweep_temporary(platform.local)
        sweep_sockets(platform.local.run_dir)
        platform.local.groups.remove()
        say("Lodge has stopped.")


def _look_for_damage(settings: Settings, folder: DataFolder) -> dict[str, str]:
    """Return sentences on what is damaged, by part.

    Raises
    ------
    StartError
        Nothing works without it; other parts are left out, and told.
    """
    found = faults(folder, kept(settings, folder))
    for part in ("", *NEEDED):
        if part in found:
            raise StartError(found[part])
    return found


def _prepare(settings: Settings, folder: DataFolder) -> Platform:
    try:
        return Machine(settings, folder).prepare()
    except OSError as error:
        raise FolderError(
            f"The data folder {folder.root} can't be written to: {error.strerror or error}. Make "
            "room there, or name another one with --data-dir."
        ) from error


def _back_up(platform: Platform, say: Say, *, running: bool = False) -> None:
    """Make a backup; `running` tells that the metastore has its database open."""
    account = platform.metastore_account() if platform.embedded_metastore else None
    online = None
    if account is not None and running:
        try:
            online = ask_for_copy(platform.folder.metastore)
        except OSError:
            account = None  # it is down: the copy before stays the newest
    try:
        parts = kept(platform.settings, platform.folder)
        back_up(platform.folder, parts, account, online=online)
    except BackupError as error:
        say(str(error))


async def _back_up_daily(platform: Platform, say: Say) -> None:
    """Make a backup each day, and at once of what was not there when Lodge started."""
    if lacking(platform.folder, kept(platform.settings, platform.folder)):
        await asyncio.to_thread(_back_up, platform, say, running=True)
    while True:
        await asyncio.sleep(BACKUP_EVERY_S)
        await asyncio.to_thread(_back_up, platform, say, running=True)


def _may_be_left_out(spec: ProcessSpec, platform: Platform) -> ProcessSpec:
    """Return how a process is started that the others go on without, unless it is needed."""
    settings, folder = platform.settings, platform.folder

    def fault() -> str:
        own = [one for one in kept(settings, folder) if one.part == spec.name]
        return faults(folder, own).get(spec.name, "")

    return replace(spec, needed=spec.name in NEEDED, fault=fault)


async def _start(
    platform: Platform, known: Mapping[str, str], supervisor: Supervisor, say: Say
) -> None:
    if platform.embedded_identity and "identity" not in known:
        with _step(say, "Setting up users"):
            await _set_up_users(platform, say)
    with _step(say, "Starting hub, proxy, services, identity provider and Hive metastore"):
        specs = [_may_be_left_out(spec, platform) for spec in processes(platform)]
        await supervisor.start(specs, known)
    if "metastore" not in supervisor.ready:
        for one in kept(platform.settings, platform.folder):
            if one.kind == "derby":
                disown(platform.folder, one)
    if platform.settings.samples.flights:
        try:
            await _make_samples(platform, say, hive="metastore" in supervisor.ready)
        except StartError as error:
            say(str(error))


async def _set_up_users(platform: Platform, say: Say) -> None:
    try:
        await asyncio.to_thread(make_people, platform, DEMO_PEOPLE)
    except IdentityError as error:
        # Those who are signed in need no provider.
        say(str(error))


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


def _greet(platform: Platform, say: Say, seconds: float, missing: Sequence[str]) -> None:
    say(f"\nLodge is ready at {platform.addresses.public_url} (after {seconds:.1f} s)\n")
    if missing:
        say(f"Without: {', '.join(missing)}. The reason is told above.\n")
    if platform.embedded_identity:
        say("Sign in as one of these; `lodge user` adds and changes accounts:")
        for name, full_name, admin in DEMO_PEOPLE:
            secret = platform.folder.secrets / f"password-{name}"
            if secret.exists():
                what = "admin" if admin else full_name
                say(f"  {name:<6} {secret.read_text(encoding='utf-8')}   ({what})")
    say(f"\nEverything is kept in {platform.folder.root}. Ctrl-C stops Lodge.")


async def _make_samples(platform: Platform, say: Say, *, hive: bool) -> None:
    database = platform.folder.sources / "flights.duckdb"
    files = platform.folder.sources / "flights"
    environment = user_environment(platform.local, platform.metastore_account())
    if not files.exists():
        with _step(say, "Loading the sample flights"):
            module = "lodge_hub.sample.database"
            await _run_module(environment, module, str(database), str(files))
    # Not in the metastore's folder, which is its account's to change. It was there once.
    marker = platform.folder.root / "hive-samples-made"
    former = platform.folder.metastore / "flights-made"
    if hive and not marker.exists() and not former.exists():
        with _step(say, "Making Hive tables of the sample flights"):
            account = platform.metastore_account()
            url = platform.addresses.metastore.url
            module = "lodge_hub.sample.hive"
            await _run_module(environment, module, str(files), url, account=account)
            marker.touch(mode=0o600)


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
