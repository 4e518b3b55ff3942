"""Magics of Lodge: `%%spark` and `%%sql`.

Kernels load this package at their start, so importing it must stay cheap: whatever needs pandas,
pyspark, pyarrow, duckdb or sqlglot is imported when a magic is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; IPython calls this once in a kernel.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    from lodge_magics.debugger import close_to_others
    from lodge_magics.register import register

    close_to_others()
    register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again; a running Spark session stays.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    from lodge_magics.register import unregister

    unregister(shell)
