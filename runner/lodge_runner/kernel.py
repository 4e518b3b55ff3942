"""A kernel's process, its sockets, and the certainty that it ends.

Three things end it: :meth:`Kernel.end`; should the runner die, a watchdog of one shell command
that ends the kernel's process group and removes its folder; and ipykernel's own parent poller.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodge_runner.errors import InputError, KernelStartError
from lodge_runner.socket_folder import SocketFolder

if TYPE_CHECKING:
    from lodge_runner.channels import Channels
    from lodge_runner.kernelspecs import KernelSpec

_CHANNELS = {"shell": 1, "iopub": 2, "stdin": 3, "control": 4, "hb": 5}
_GROUP_END_S = 3.0

# Reads its standard input, which the runner holds open, so a runner that dies is noticed at once.
# $1 is the kernel's process group, $2 the folder of its sockets.
_WATCHDOG = """
read -r ok && exit 0
kill -TERM "-$1"
i=0
while kill -0 "-$1" && [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done
kill -KILL "-$1"
rm -rf "$2"
"""


class Kernel:
    """A running kernel.

    Starting returns at once; the kernel's slow imports then run beside the runner's. Call
    :meth:`connect` to speak to it, and :meth:`end` always.

    Parameters
    ----------
    spec
        Which kernel.
    cwd
        Its working folder.

    Raises
    ------
    InputError
        When its command can't be started.
    """

    def __init__(self, spec: KernelSpec, cwd: Path) -> None:
        self.spec = spec
        self._key = secrets.token_hex(32)
        self._sockets = SocketFolder()
        self._folder = self._sockets.path
        try:
            self._process = self._launch(cwd)
            self._watchdog = self._watch()
        except BaseException:
            self._sockets.remove()
            raise
        self._channels: Channels | None = None
        self._ended = False
        try:
            self.death_fd: int = os.pidfd_open(self._process.pid)
        except (AttributeError, OSError):  # not Linux, or an old one: is_alive() is asked instead
            self.death_fd = -1

    @property
    def pid(self) -> int:
        """Process id of the kernel, which is its process group's id too."""
        return self._process.pid

    def connect(self) -> Channels:
        """Return the channels to the kernel; the first call imports ZeroMQ."""
        from lodge_runner.channels import Channels

        if self._channels is None:
            addresses = {name: f"ipc://{self._folder}/k-{n}" for name, n in _CHANNELS.items()}
            self._channels = Channels(addresses, self._key.encode())
        return self._channels

    def is_alive(self) -> bool:
        """Return whether the process still runs; a dead one stays a zombie until :meth:`end`.

        As long as it is one, no other process can get its number, so the group's id stays ours.
        """
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, self.pid, flags) is None
        except ChildProcessError:
            return False

    def interrupt(self) -> None:
        """Interrupt the running cell, as the kernel wants it: by SIGINT or by a message."""
        if self.spec.interrupt_by_message and self._channels is not None:
            self._channels.send("control", "interrupt_request", {})
        else:
            self._signal_group(signal.SIGINT)

    def ask_to_end(self) -> None:
        """Ask the kernel to end in order, running what it has registered for its exit."""
        if self._channels is not None and self.is_alive():
            self._channels.send("control", "shutdown_request", {"restart": False})

    def kill(self) -> None:
        """End the kernel and its children at once."""
        self._signal_group(signal.SIGKILL)

    def end(self) -> int:
        """End the kernel, what is left of its process group, the watchdog and the sockets.

        Returns
        -------
        int
            The kernel's exit code, negative for a signal; the code it had of itself when it was
            dead already.
        """
        if self._ended:
            return self._process.returncode
        self._ended = True
        try:
            if self.is_alive():
                self._signal_group(signal.SIGTERM)
                if not self._wait(_GROUP_END_S):
                    self.kill()
            else:
                self._signal_group(signal.SIGTERM)
            code = self._process.wait()
            self._end_group()
        finally:
            self._release()
        return code

    def _wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _end_group(self) -> None:
        """Give the kernel's children (Spark's JVM) a moment to end in order, then kill them."""
        deadline = time.monotonic() + _GROUP_END_S
        while self._group_lives():
            if time.monotonic() > deadline:
                self.kill()
                return
            time.sleep(0.02)

    def _group_lives(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return _has_running_member(self.pid)

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _launch(self, cwd: Path) -> subprocess.Popen[bytes]:
        file = self._folder / "kernel.json"
        connection: dict[str, Any] = {
            "transport": "ipc",
            "ip": str(self._folder / "k"),
            "key": self._key,
            "signature_scheme": "hmac-sha256",
            "kernel_name": self.spec.name,
            **{f"{name}_port": number for name, number in _CHANNELS.items()},
        }
        file.write_text(json.dumps(connection), encoding="utf-8")
        command = self.spec.command(file)
        if command[1:3] == ["-m", "ipykernel_launcher"]:
            command[1:3] = [str(Path(__file__).with_name("kernel_launcher.py"))]
        if self.spec.is_ipykernel:
            # A run is no session of a person: its cells stay out of their history.
            command.append("--HistoryManager.hist_file=:memory:")
        try:
            return subprocess.Popen(
                command,
                cwd=cwd,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=2,  # what escapes the kernel's own capture goes to the log
                stderr=2,
                start_new_session=True,
            )
        except OSError as e:
            raise InputError(
                f"The kernel {self.spec.name!r} can't be started: {command[0]}: {e.strerror}."
            ) from None

    def _environment(self) -> dict[str, str]:
        env = dict(os.environ)
        if self.spec.env:
            from string import Template

            env |= {name: Template(v).safe_substitute(env) for name, v in self.spec.env.items()}
        env["JPY_PARENT_PID"] = str(os.getpid())
        return env

    def _watch(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["/bin/sh", "-c", _WATCHDOG, "lodge-run-watchdog", str(self.pid), self._folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as e:
            self.kill()
            self._process.wait()
            raise KernelStartError(f"/bin/sh can't be started: {e.strerror}.") from None

    def _release(self) -> None:
        if self._channels is not None:
            self._channels.close()
        if self.death_fd >= 0:
            os.close(self.death_fd)
            self.death_fd = -1
        if self._watchdog.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._watchdog.stdin.write(b"ok\n")
                self._watchdog.stdin.close()
        self._watchdog.wait()
        self._sockets.remove()
        self._sockets.sweep()


def _has_running_member(group: int) -> bool:
    """Return whether a process group has more than zombies, which nobody may ever reap."""
    processes = Path("/proc")
    if not processes.is_dir():
        return True
    for folder in processes.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it has just ended
                # "pid (name) state parent group ...", and the name may hold anything.
                fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                if fields[2] == str(group) and fields[0] not in "ZX":
                    return True
    return False
