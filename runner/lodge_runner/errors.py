"""What can go wrong before or beside a run.

::

    RunnerError
    ├── InputError           the caller's fault: notebook, paths, kernel, spec
    │   └── ParameterError   a parameter's name, value or declaration
    └── KernelStartError     the kernel's process never answered
"""

from __future__ import annotations


class RunnerError(Exception):
    """Base of the package's errors.

    The text is one sentence for the user: what failed, why, and what to do.

    Attributes
    ----------
    status
        HTTP status that a handler answers with.
    reason
        Short machine-readable word.
    """

    status: int = 500
    reason: str = "runner_error"


class InputError(RunnerError):
    """The notebook, a path, the kernel's name or the spec can't be used."""

    status = 400
    reason = "bad_input"


class ParameterError(InputError):
    """A parameter is unknown, of the wrong type, or can't be read from its cell."""

    reason = "bad_parameter"


class KernelStartError(RunnerError):
    """The kernel ended, or stayed silent, before it took its first cell."""

    status = 502
    reason = "kernel_start_failed"
