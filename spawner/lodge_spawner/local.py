"""The spawner of one machine: a process for each server, a Unix account for each user."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import psutil
from jupyterhub.objects import Server
from jupyterhub.spawner import LocalProcessSpawner
from jupyterhub.utils import maybe_future
from traitlets import Unicode, default

from .accounts import Account, AccountError, Accounts, own_uids
from .environment import user_environment
from .local_settings import LocalSettings
from .process import demote, end_account, end_processes, processes_with
from .skeleton import copy_skeleton
from .sockets import SocketServer, listen, socket_path
from .temporary import TemporaryFolder

#: How much of a server's log an error shows, in lines, and how much of it is read for that: bytes.
_LOG_LINES, _LOG_BYTES = 5, 64_000

#: The port of a server that has a socket: Jupyter Server takes none beside it but its default.
_NO_PORT = 8888
#: Without so much room a server does not start: bytes.
_LEAST_ROOM = 1 << 20
_FULL = (
    "Your server could not start, because the disk of your home folder, or of Lodge, is full. "
    "Ask your administrator to make room, then try again."
)


class LodgeLocalSpawner(LocalProcessSpawner):
    """Start a user's server as a process of this machine.

    As root each user's server runs under a Unix account of its own; otherwise all share the
    account that Lodge runs under. Servers outlive a hub that is killed: the next hub finds them
    again by process id and start time.
    """

    _socket: Path | None = None
    _descriptor: int | None = None

    settings_file = Unicode(
        config=True,
        help="""
        The JSON file with the settings of users' processes (accounts, Spark, sources), written
        by `lodge up`. Required; there is no default.
        """,
    )

    skeleton = Unicode(
        config=True,
        help="""
        A folder whose files are copied into a new user's home, once; files that are already
        there stay. Where the browser asks for Chinese and there is a folder of that name with
        `.zh` at its end, its files are copied instead. The empty string, the default, copies
        nothing.
        """,
    )

    @default("cmd")
    def _cmd_default(self) -> list[str]:
        return [sys.executable, "-m", "lodge_server.singleuser"]

    @default("env_keep")
    def _env_keep_default(self) -> list[str]:
        # user_environment() decides, for runs as well.
        return []

    @cached_property
    def _settings(self) -> LocalSettings:
        return LocalSettings.load(self.settings_file)

    @cached_property
    def _account(self) -> Account:
        return Accounts(self._settings).ensure(self.user.name)

    @property
    def _server_id(self) -> str:
        """What marks this server's processes, so that a killed hub's orphans can be found."""
        return f"{self._settings.instance}/{self._account.slug}/{self.name}"

    @property
    def _temporary(self) -> TemporaryFolder:
        return TemporaryFolder.of_server(self._settings, self._account, self.name)

    @property
    def _log_file(self) -> Path:
        name = f"{self._account.slug}{'-' + self.name if self.name else ''}.log"
        return self._settings.data_dir / "logs" / "users" / name

    @property
    def server(self) -> Server | None:
        """Where the server is reached: its socket, or the port of one that an older Lodge began."""
        found: Server | None = LocalProcessSpawner.server.fget(self)
        if found is not None and self._socket and not isinstance(found, SocketServer):
            found = self._server = SocketServer(self._socket, orm_server=found.orm_server)
        return found

    @server.setter
    def server(self, server: Server | None) -> None:
        LocalProcessSpawner.server.fset(self, server)

    def make_preexec_fn(self, _name: str) -> Callable[[], None]:
        """Return what turns the child into the user's process."""
        return demote(self._account)

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add the user's environment to the hub's variables."""
        return {
            **env,
            **user_environment(self._settings, self._account),
            **self._temporary.environment,
        }

    def get_args(self) -> list[str]:
        """Return the options of the server: kernels listen where the user alone can reach them."""
        return [*super().get_args(), "--ServerKernelManager.transport=ipc"]

    def get_env(self) -> dict[str, str]:
        """Return the environment of the server's process."""
        return {
            **super().get_env(),
            "LODGE_SERVER": self._server_id,
            "LODGE_SERVER_SOCKET": str(self._socket),
            "LODGE_SERVER_DESCRIPTOR": str(self._descriptor),
        }

    async def start(self) -> tuple[str, int]:
        """Start the server; return address and port.

        Raises
        ------
        AccountError
            The user's Unix account can't be made.
        OSError
            A disk is full.
        """
        try:
            return await self._start()
        except AccountError as error:
            error.jupyterhub_message = str(error)  # type: ignore[attr-defined]
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                error.jupyterhub_message = _FULL  # type: ignore[attr-defined]
            raise

    async def _start(self) -> tuple[str, int]:
        self._phase = "Preparing the home folder"
        account = await asyncio.to_thread(lambda: self._account)
        _look_for_room(account.home)
        await asyncio.to_thread(self._copy_skeleton)
        # A hub that was killed between the start and its record of it left a server behind.
        leftovers = await asyncio.to_thread(processes_with, "LODGE_SERVER", self._server_id)
        if leftovers:
            self.log.warning(
                "Ending %i processes that a killed hub left of %s", len(leftovers), account.name
            )
            await asyncio.to_thread(end_processes, leftovers)
        await asyncio.to_thread(self._temporary.make, account)
        self._phase = "Starting JupyterLab"
        self.port = _NO_PORT
        path = socket_path(self._settings.run_dir, self.user.name, self.name)
        with self._open_log() as log, listen(path) as listening:
            self.popen_kwargs = {
                "stdout": log,
                "stderr": log,
                "stdin": subprocess.DEVNULL,
                "pass_fds": [listening.fileno()],
            }
            self._socket, self._descriptor = path, listening.fileno()
            address: tuple[str, int] = await super().start()
        self._started_at = self._start_time()
        return address

    def _open_log(self) -> IO[bytes]:
        self._log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._log_file.exists() and self._log_file.stat().st_size > 5_000_000:
            self._log_file.replace(self._log_file.with_suffix(".log.1"))
        descriptor = os.open(self._log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "ab")

    def _copy_skeleton(self) -> None:
        kept = self._settings.data_dir / "welcomed" / self._account.slug
        if not self.skeleton or kept.exists():
            return
        skeleton = Path(self.skeleton)
        chinese = skeleton.with_name(f"{skeleton.name}.zh")
        if self._reads_chinese() and chinese.is_dir():
            skeleton = chinese
        try:
            copy_skeleton(skeleton, self._account)
        except OSError as error:
            # The server is of use without it, and the next start tries again.
            self.log.warning("%s", error)
            return
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        kept.touch(mode=0o600)

    def _reads_chinese(self) -> bool:
        """Tell whether the browser that starts the server asks for Chinese first."""
        request = getattr(self.handler, "request", None)
        wanted = request.headers.get("Accept-Language", "") if request is not None else ""
        return wanted.strip().lower().startswith("zh")

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens while the server starts."""
        steps = {"Preparing the home folder": 10, "Starting JupyterLab": 40}
        said = None
        while self.pending == "spawn":
            phase = getattr(self, "_phase", None)
            if phase is not None and phase != said:
                said = phase
                yield {"progress": steps[phase], "message": f"{phase}…"}
            await asyncio.sleep(0.1)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what an earlier hub recorded."""
        super().load_state(state)
        self._started_at = state.get("started_at")
        self._socket = Path(state["socket"]) if "socket" in state else None

    def get_state(self) -> dict[str, Any]:
        """Return what the next hub needs to find this server again."""
        state: dict[str, Any] = super().get_state()
        if self.pid:
            state["started_at"] = getattr(self, "_started_at", None)
            if self._socket:
                state["socket"] = str(self._socket)
        return state

    def _start_time(self) -> float | None:
        try:
            process = psutil.Process(self.pid)
            # One that has ended, and that nobody has looked at yet, is none.
            return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
        except psutil.NoSuchProcess:
            return None

    async def poll(self) -> int | None:
        """Return None while the server runs, else its exit code (0 where it isn't known)."""
        recorded = getattr(self, "_started_at", None)
        if self.proc is None and self.pid and recorded is not None:
            started = self._start_time()
            # Process ids are used again: a process that began at another time is not ours.
            if started is None or abs(started - recorded) > 1:
                self.clear_state()
                return 0
        status: int | None = await super().poll()
        if status is not None and self.proc is not None and status != 0:
            self.log.error(
                "The server of %s ended with %s; the last lines of its log:\n%s",
                self.user.name,
                status,
                last_lines(self._log_file),
            )
        return status

    async def stop(self, now: bool = False) -> None:
        """Stop the server, its kernels and whatever they started."""
        if self.pid and not now:
            # SIGTERM ends a Jupyter server in order; SIGINT would ask on a terminal.
            await self._signal(signal.SIGTERM)
            await self.wait_for_death(10)
        await super().stop(now=True)
        await self._end_rest()

    async def run_post_stop_hook(self) -> None:
        """Clear up after a server, also after one that ended by itself."""
        with contextlib.suppress(AccountError):  # there was nothing to start it under
            await self._end_rest()
            await asyncio.to_thread(self._temporary.remove)
        await maybe_future(super().run_post_stop_hook())

    async def end_account(self) -> None:
        """End whatever runs under the user's Unix account, also what hides from its server."""
        settings = self._settings
        uid = Accounts(settings).known().get(self.user.name)
        # On another machine the id may be somebody else's.
        if uid is not None and uid in own_uids(settings.data_dir, settings.instance):
            await asyncio.to_thread(end_account, uid)

    async def delete_forever(self) -> None:
        """End what is left of a user who is deleted."""
        if not self.name:
            await self.end_account()

    async def _end_rest(self) -> None:
        rest = await asyncio.to_thread(processes_with, "LODGE_SERVER", self._server_id)
        if rest:
            await asyncio.to_thread(end_processes, rest, 2.0)
        if self._socket:
            self._socket.unlink(missing_ok=True)


def _look_for_room(home: Path) -> None:
    """Raise at once where the server would fail in a minute, with nothing to say."""
    found = os.statvfs(home)
    if found.f_bavail * found.f_frsize < _LEAST_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home))


def last_lines(log: Path) -> str:
    """Return the last lines of a server's log, which is as long as its user makes it."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES))
            lines = file.read(_LOG_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-_LOG_LINES:])
