"""Starts IPython's kernel for a run, in place of ``python -m ipykernel_launcher``.

Run as a file, by the kernel's own Python, which need not have Lodge installed. Two things differ:
nothing is dropped when output is printed faster than it is read, and the debugger, a third of the
kernel's start, isn't loaded.
"""

from __future__ import annotations

import sys


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


if __name__ == "__main__":
    main()
