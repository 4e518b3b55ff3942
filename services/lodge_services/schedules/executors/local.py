"""Runs as processes of this machine, each as its user."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
from lodge_runner.journal import so_far
from lodge_runner.kernelspecs import NATIVE
from lodge_runner.spec import ExitCode, RunResult, RunSpec
from lodge_spawner.accounts import Accounts
from lodge_spawner.environment import user_environment
from lodge_spawner.local_settings import LocalSettings
from lodge_spawner.process import demote
from lodge_spawner.temporary import TemporaryFolder

from ...errors import BadRequest
from . import processes
from .base import Handle, Order
from .folder import INPUT, JOURNAL, LOG, OUTPUT, RESULT, SPEC, RunFolder, working_folder

logger = logging.getLogger(__name__)

#: -P: modules in the user's folders are not to stand in for the runner's own.
RUNNER = [sys.executable, "-P", "-m", "lodge_runner.cli"]
#: How long saving what a killed run had done may take, in seconds.
RESCUE_LIMIT_S = 60.0
#: Largest result file that is read, in bytes.
RESULT_LIMIT = 1024 * 1024
#: Largest journal of a running run that is read, in bytes.
UNFINISHED_LIMIT = 16 * 1024 * 1024
#: Largest executed notebook that is read, in bytes.
NOTEBOOK_LIMIT = 128 * 1024 * 1024


class LocalExecutor:
    """Starts ``lodge-run`` as the run's owner in a session of its own.

    Parameters
    ----------
    settings
        What processes of users are started with.
    folder
        Where the folders of runs are.
    """

    def __init__(self, settings: LocalSettings, folder: Path) -> None:
        self.settings = settings
        self.accounts = Accounts(settings)
        self.folder = folder
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        folder.chmod(0o711)
        self._children: dict[tuple[int, str], subprocess.Popen[bytes]] = {}

    def check(self, owner: str, notebook_path: str, metadata: dict[str, Any]) -> None:
        """Look for the folder in the owner's home, and for the kernel as the owner."""
        account = self.accounts.ensure(owner)
        working_folder(account.home, notebook_path)
        if (metadata.get("kernelspec") or {}).get("name") == NATIVE:
            return  # comes with the runner
        done = subprocess.run(
            [sys.executable, "-P", "-m", "lodge_runner.kernelspecs"],
            input=json.dumps(metadata).encode(),
            capture_output=True,
            cwd=account.home,
            env=user_environment(self.settings, account),
            preexec_fn=demote(account),
            timeout=RESCUE_LIMIT_S,
            check=False,
        )
        if done.returncode == ExitCode.BAD_INPUT:
            raise BadRequest("no_kernel", done.stderr.decode("utf-8", "replace").strip())

    async def start(self, order: Order) -> Handle:
        """Make the run's folder and start its process."""
        return await asyncio.to_thread(self._start, order)

    def _start(self, order: Order) -> Handle:
        account = self.accounts.ensure(order.owner)
        folder = self._of(order.run_id)
        spec = RunSpec(
            notebook=folder.path / INPUT,
            output=folder.path / OUTPUT,
            parameters=order.parameters,
            cwd=working_folder(account.home, order.notebook_path),
            result=folder.path / RESULT,
        )
        files = {INPUT: order.notebook, SPEC: spec.model_dump_json(indent=1).encode()}
        log = folder.make(files, account.owner)
        try:
            temporary = TemporaryFolder.of_run(self.settings, order.run_id)
            temporary.make(account)
            child = subprocess.Popen(
                self._command(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    **user_environment(self.settings, account),
                    **temporary.environment,
                    processes.MARK: order.run_id,
                },
                preexec_fn=demote(account),
                start_new_session=True,
            )
        finally:
            os.close(log)
        # Not reaped before exit_code(), so the pid is still this child's.
        handle = {
            "pid": child.pid,
            "started": processes.identity(child.pid) or "",
            "uid": account.uid,
        }
        self._children[_key(handle)] = child
        return handle

    def _command(self, folder: RunFolder) -> list[str]:
        return [
            *RUNNER,
            *(str(folder.path / INPUT), str(folder.path / OUTPUT)),
            *("--spec", str(folder.path / SPEC)),
        ]

    async def find(self, run_id: str, owner: str) -> Handle | None:
        """Return the process of the owner that runs ``lodge-run`` on the run's folder."""
        return await asyncio.to_thread(self._find, run_id, owner)

    def _find(self, run_id: str, owner: str) -> Handle | None:
        uid = self.accounts.ensure(owner).uid
        spec = str(self._of(run_id).path / SPEC)
        for process in processes.family(run_id, None, uid):
            try:
                command = process.cmdline()
            except psutil.Error:
                continue
            started = processes.identity(process.pid)
            if started and command[1 : len(RUNNER)] == RUNNER[1:] and spec in command:
                return {"pid": process.pid, "started": started, "uid": uid}
        return None

    async def alive(self, handle: Handle) -> bool:
        """Tell whether the run's first process is there."""
        return processes.identity(handle["pid"]) == handle["started"]

    async def wait(self, handle: Handle, timeout_s: float) -> bool:
        """Wait for the end of the run's first process."""
        return await processes.wait_gone(handle["pid"], handle["started"], timeout_s)

    async def stop(self, run_id: str, handle: Handle, grace_s: float) -> None:
        """Interrupt the run's first process; end the whole family when it takes too long."""
        processes.interrupt(handle["pid"], handle["started"])
        if not await self.wait(handle, grace_s):
            await asyncio.to_thread(self._end, run_id, handle, min(grace_s, 3.0))

    async def clean(self, run_id: str, handle: Handle | None) -> None:
        """End what a run that has ended left behind, and let go of its process."""
        await asyncio.to_thread(self._end, run_id, handle, 1.0)
        if handle is not None:
            child = self._children.get(_key(handle))
            if child is not None and child.poll() is not None:
                del self._children[_key(handle)]

    def _end(self, run_id: str, handle: Handle | None, grace_s: float) -> None:
        pid = uid = None
        if handle is not None:
            uid = handle["uid"]
            # The pid of a process that has gone still names its session, until it is used again.
            if processes.identity(handle["pid"]) in (None, handle["started"]):
                pid = handle["pid"]
        processes.end_all(run_id, pid, uid, grace_s)
        TemporaryFolder.of_run(self.settings, run_id).remove()

    def exit_code(self, handle: Handle) -> int | None:
        """Return the exit code of a process that this service started."""
        child = self._children.get(_key(handle))
        return None if child is None else child.poll()

    async def report(self, run_id: str) -> RunResult | None:
        """Return the run's result file, unless it is garbage."""
        content = await asyncio.to_thread(self._of(run_id).read, RESULT, RESULT_LIMIT)
        try:
            return None if content is None else RunResult.model_validate_json(content)
        except ValueError:
            return None

    async def rescue(self, run_id: str, owner: str) -> RunResult | None:
        """Let ``lodge-run`` write the notebook of a killed run from its journal, as its user."""
        if not await asyncio.to_thread(self._recover, run_id, owner):
            return None
        return await self.report(run_id)

    def _recover(self, run_id: str, owner: str) -> bool:
        folder = self._of(run_id)
        if not folder.holds(JOURNAL):
            return False
        account = self.accounts.ensure(owner)
        try:
            done = subprocess.run(
                [*RUNNER, "--recover", str(folder.path / OUTPUT)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=user_environment(self.settings, account),
                preexec_fn=demote(account),
                start_new_session=True,
                timeout=RESCUE_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            logger.warning("What run %s had done was not saved in %s s", run_id, RESCUE_LIMIT_S)
            return False
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
            logger.warning("What run %s had done could not be saved: %s", run_id, last[:500])
        return done.returncode == 0

    async def notebook(self, run_id: str) -> bytes | None:
        """Return the executed notebook."""
        return await asyncio.to_thread(self._of(run_id).read, OUTPUT, NOTEBOOK_LIMIT)

    async def unfinished(self, run_id: str) -> bytes | None:
        """Return the notebook as the run's journal tells it so far."""
        return await asyncio.to_thread(self._unfinished, run_id)

    def _unfinished(self, run_id: str) -> bytes | None:
        journal = self._of(run_id).read(JOURNAL, UNFINISHED_LIMIT)
        return None if journal is None else so_far(journal)

    async def log(self, run_id: str, limit: int) -> bytes:
        """Return the end of what the run's process wrote."""
        return await asyncio.to_thread(self._of(run_id).tail, LOG, limit)

    async def remove(self, run_id: str) -> None:
        """Delete the run's folder; one that can't be deleted is set aside."""
        await asyncio.to_thread(self._remove, run_id)

    def _remove(self, run_id: str) -> None:
        folder = self._of(run_id)
        try:
            folder.remove()
        except OSError as error:
            aside = folder.set_aside()
            logger.error(
                "The folder of run %s can't be removed: %s; it is set aside as %s",
                *(run_id, error, aside),
            )

    def _of(self, run_id: str) -> RunFolder:
        return RunFolder(self.folder, run_id)


def _key(handle: Handle) -> tuple[int, str]:
    return handle["pid"], handle["started"]
