"""The node's first process: sets its namespaces up, then keeps the node's programs running.

Run as ``python -m cluster.kubernetes.node FOLDER PROGRAMS`` in fresh mount, network, PID, UTS and
IPC namespaces. It ends with all of the node when it is killed; nothing else ends it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cluster.kubernetes import names, settings
from cluster.kubernetes.paths import NODE_PROGRAMS, NODE_STATE, State
from cluster.kubernetes.programs import Program, all_of_them, api_is_ready

RESTART = 1.0
"""Seconds after which a program that ended is started again, as an init system does."""

GLANCE = 0.05
"""Seconds between two looks at what may start now."""


def main() -> None:
    """Be the node."""
    state, programs = State(Path(sys.argv[1])), Path(sys.argv[2])
    # Children's ends are waited for, not handled: blocked before any child is there to miss.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    mount(state, programs)
    connect()
    NODE_STATE.started.touch()
    Supervisor().run()


def _mount(*arguments: str) -> None:
    # Without a record of mounts below /run, which is moved away in between.
    _run("mount", "--no-mtab", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def mount(state: State, programs: Path) -> None:
    """Give the node files of its own where the machine's would be used or changed.

    The state and the programs are bound to fixed places first, as the folders that hold them on the
    machine may be among those that are hidden then.
    """
    _mount("-t", "proc", "proc", "/proc")
    run = state.folder / "run"
    run.mkdir()
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(run))
    for source, target in ((state.folder, NODE_STATE.folder), (programs, NODE_PROGRAMS)):
        place = run / target.name
        place.mkdir()
        _mount("--bind", str(source), str(place))
    _mount("--move", str(run), "/run")
    for folder in ("lock", "netns", "containerd", "cni", "addresses"):
        Path("/run", folder).mkdir()
    for name in ("kubelet", "logs", "volumes"):
        (NODE_STATE.folder / name).mkdir()
    _mount("--bind", f"{NODE_STATE.folder}/logs", "/var/log")
    # The kubelet and plugins write below /var/lib whatever their options say.
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/var/lib")
    Path("/var/lib/kubelet").mkdir()
    _mount("--bind", f"{NODE_STATE.folder}/kubelet", "/var/lib/kubelet")
    for name in ("hosts", "resolv.conf"):
        # Through a link, which resolv.conf often is, into the folder that was hidden.
        target = Path("/etc", name).resolve()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _mount("--bind", f"{NODE_STATE.settings}/{name}", str(target))
    # Volumes that the kubelet mounts are to show in containers.
    _mount("--make-rshared", "/")
    for plugin in (*Path("/usr/lib/cni").iterdir(), NODE_PROGRAMS / "lodge-netpol"):
        Path(settings.PLUGINS, plugin.name).symlink_to(plugin)


def connect() -> None:
    """Give the node its network: its address, and a way to Services; none leads outside.

    The other end of its wire is a network by itself, as that of a user's machine.
    """
    _run("hostname", names.NODE)
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "netns", "add", names.DESK)
    end = ("type", "veth", "peer", "name", "desk0", "netns", names.DESK)
    _run("ip", "link", "add", "node0", *end)
    _run("ip", "-n", names.DESK, "addr", "add", f"{names.DESK_ADDRESS}/24", "dev", "desk0")
    for interface in ("lo", "desk0"):
        _run("ip", "-n", names.DESK, "link", "set", interface, "up")
    _run("ip", "addr", "add", f"{names.ADDRESS}/24", "dev", "node0")
    _run("ip", "link", "set", "node0", "up")
    # Without a route the kernel refuses an address before kube-proxy's rules see it.
    _run("ip", "route", "add", names.SERVICES, "dev", "node0")
    for setting in ("ip_forward", "conf/all/route_localnet"):
        Path("/proc/sys/net/ipv4", setting).write_text("1")


class Supervisor:
    """Starts each program when it may start, again when it ended, and reaps orphans."""

    def __init__(self) -> None:
        self.api_ready = False
        self.waiting = dict.fromkeys(all_of_them(lambda: self.api_ready), 0.0)
        self.running: dict[int, Program] = {}

    def run(self) -> None:
        """Do so until killed."""
        while True:
            self.reap()
            self.api_ready = self.api_ready or api_is_ready()
            for program, earliest in list(self.waiting.items()):
                if time.monotonic() >= earliest and program.may_start():
                    self.start(program)
            signal.sigtimedwait({signal.SIGCHLD}, GLANCE if self.waiting else 60)

    def start(self, program: Program) -> None:
        """Start a program with an environment that holds nothing of the machine's."""
        environment = {
            "PATH": f"{NODE_PROGRAMS}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
        }
        with (NODE_STATE.log / f"{program.name}.log").open("a") as log:
            process = subprocess.Popen(
                program.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD}),
            )
        del self.waiting[program]
        self.running[process.pid] = program
        process.returncode = 0  # reaped below, with all other processes, not through this object

    def reap(self) -> None:
        """Take the exit codes of whatever ended: our programs, and orphans of containers."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                program = self.running.pop(ended[0], None)
                if program is not None:
                    code = os.waitstatus_to_exitcode(ended[1])
                    with (NODE_STATE.log / f"{program.name}.log").open("a") as log:
                        log.write(f"--- {program.name} ended with {code}\n")
                    self.waiting[program] = time.monotonic() + RESTART


if __name__ == "__main__":
    main()
