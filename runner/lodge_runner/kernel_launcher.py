"""Starts IPython's kernel for a run, in place of ``python -m ipykernel_launcher``.

Run as a file, by the kernel's own Python, which need not have Lodge installed. Three things differ:
nothing is dropped when output is printed faster than it is read; the debugger, a third of the
kernel's start, isn't loaded; and the kernel doesn't wait for children that have ended already.
"""

from __future__ import annotations

import sys
from typing import Any


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


def _runs(process: Any) -> bool:
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


if __name__ == "__main__":
    main()
