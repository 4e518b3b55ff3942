"""Starts IPython's kernel for a run, in place of ``python -m ipykernel_launcher``.

Run as a file, by the kernel's own Python, which need not have Lodge installed. What differs:

- nothing is dropped when output is printed faster than it is read;
- the debugger, a third of the kernel's start, isn't loaded;
- the kernel doesn't wait for children that have ended already, and not long for others;
- it ends without two of its threads waiting for each other;
- a ``!`` command sees an empty input, so that one that asks ends at once;
- a message with half a character (a lone surrogate) is sent all the same.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import select
import signal
import subprocess
import sys
from typing import Any

_CHILDREN_S = 7.0  # how long the kernel's children have to end in order
_CHILDREN_LOOKS = 140


def main() -> None:
    """Run the kernel until it is told to end."""
    # This folder is no place for the notebook to import from; the kernel adds its own.
    del sys.path[0]
    _leave_out_debugger()
    from ipykernel.kernelapp import IPKernelApp

    class RunKernelApp(IPKernelApp):
        """The kernel's application, with an output queue without a bound."""

        def init_iopub(self, context: object) -> None:
            context.sndhwm = 0  # type: ignore[attr-defined]
            super().init_iopub(context)

        def init_kernel(self) -> None:
            super().init_kernel()
            _forget_zombies(self.kernel)
            _end_children_soon(self.kernel)
            _send_half_characters(self.session)

        def start(self) -> None:
            """Run until the kernel ends, and end the thread that was told so before all others.

            It has its last outputs sent by another, and waits ten seconds, which is as long as the
            runner is patient, where that one has ended a moment before.
            """
            super().start()
            control = getattr(self, "control_thread", None)
            if control is not None and control.is_alive():
                control.stop()
                control.join()

    _close_input_of_commands()
    RunKernelApp.launch_instance()


def _leave_out_debugger() -> None:
    """Let ipykernel find no debugpy, and the notebook's own code find it again."""
    if "debugpy" in sys.modules:
        return
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        import ipykernel.debugger  # noqa: F401
    except ImportError:  # another version of ipykernel: it starts as it likes
        pass
    finally:
        del sys.modules["debugpy"]


def _forget_zombies(kernel: Any) -> None:
    """Let the kernel end as soon as its children have.

    It asks them to end and waits until they are gone, but one that nobody has waited for, such as
    Spark's JVM, stays a zombie, and the kernel would give it more than ten seconds.
    """
    find = getattr(kernel, "_process_children", None)
    if find is not None:
        kernel._process_children = lambda: [child for child in find() if _runs(child)]


def _end_children_soon(kernel: Any) -> None:
    """Look often whether the kernel's children have ended.

    It looks at ever longer intervals: at a child that needs five seconds to end, a JVM on a busy
    machine, again only ten seconds later, which is when the runner's patience is at its end.
    """

    async def end_children() -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            kernel._signal_children(number)
            for _ in range(_CHILDREN_LOOKS):
                if not kernel._process_children():
                    return
                await asyncio.sleep(_CHILDREN_S / _CHILDREN_LOOKS)

    if hasattr(kernel, "_signal_children") and hasattr(kernel, "_process_children"):
        kernel._progressively_terminate_all_children = end_children


def _send_half_characters(session: Any) -> None:
    """Send what UTF-8 can't hold as JSON's own escape; without, a reply would never come."""
    pack = session.pack

    def packed(value: object) -> bytes:
        try:
            return bytes(pack(value))
        except UnicodeEncodeError as e:
            return _escaped(e.object)

    session.pack = packed


def _escaped(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _close_input_of_commands() -> None:
    """Give ``!`` commands a terminal to write to, and nothing to read from."""
    from ipykernel import zmqshell

    if os.name == "posix" and hasattr(zmqshell, "system"):
        zmqshell.system = _system


def _system(command: str) -> int:
    """Run a shell command, print what it writes as it comes; return its status as IPython does."""
    import fcntl
    import pty
    import struct
    import termios

    ours, its = pty.openpty()
    # The size that commands see in IPython.
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # In a session of its own it has no terminal to ask on either.
    shell = os.environ.get("SHELL") or "/bin/sh"
    try:
        process = subprocess.Popen(
            [shell, "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
    finally:
        os.close(its)
    try:
        _print_all(ours, process)
        code = process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise
    finally:
        os.close(ours)
        _signal(process, signal.SIGHUP)  # what it leaves behind, as a terminal that closes
    return 128 - code if code > 128 else code


def _print_all(terminal: int, process: subprocess.Popen[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    data = b" "
    while data:
        if not select.select([terminal], [], [], 0.1)[0]:
            if process.poll() is not None:
                return
            continue
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # nobody has the other end open any more
            data = b""
        sys.stdout.write(decoder.decode(data, final=not data))
        sys.stdout.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a command and all that it has started; kill what doesn't end."""
    for number in (signal.SIGINT, signal.SIGKILL):
        _signal(process, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)
            return


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _runs(process: Any) -> bool:
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


if __name__ == "__main__":
    main()
