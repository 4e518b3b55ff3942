"""What the engine asks of a place where runs happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from lodge_runner.spec import RunResult

#: What an executor needs to find a run again after a restart: JSON that only it understands.
Handle = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """A run to be started.

    Parameters
    ----------
    run_id
        The run.
    owner
        The user it belongs to, and runs as.
    notebook
        The notebook as JSON in UTF-8.
    notebook_path
        Where the notebook is in the owner's home; it runs in the folder of that name.
    parameters
        Values by name.
    """

    run_id: str
    owner: str
    notebook: bytes
    notebook_path: str
    parameters: dict[str, Any]


class Executor(Protocol):
    """A place where runs happen: processes of this machine, pods, spark-submit.

    A run outlives the service: everything but `order` is asked with the run's id and its handle,
    also by a process that did not start it.
    """

    def check(self, owner: str, notebook_path: str, metadata: dict[str, Any]) -> None:
        """Make sure that a notebook's folder and kernel are there; called in a thread.

        Raises
        ------
        BadRequest
            One of them isn't.
        """
        ...

    async def start(self, order: Order) -> Handle:
        """Start a run and return what finds it again.

        Raises
        ------
        OSError, LodgeError, lodge_spawner.accounts.AccountError
            It can't be started.
        """
        ...

    async def find(self, run_id: str, owner: str) -> Handle | None:
        """Return the handle of a run of `owner` that runs and was not written down."""
        ...

    async def alive(self, handle: Handle) -> bool:
        """Tell whether the run still goes on."""
        ...

    async def wait(self, handle: Handle, timeout_s: float) -> bool:
        """Wait for the end of the run, at most `timeout_s` seconds; tell whether it ended."""
        ...

    async def stop(self, run_id: str, handle: Handle, grace_s: float) -> None:
        """End the run: asked first, killed `grace_s` seconds later; nothing of it is left."""
        ...

    async def clean(self, run_id: str, handle: Handle | None) -> None:
        """End what a run that has ended left behind."""
        ...

    def exit_code(self, handle: Handle) -> int | None:
        """Return how the run's process ended, negative for a signal; None when nobody knows."""
        ...

    async def report(self, run_id: str) -> RunResult | None:
        """Return what the run says of itself; None when it says nothing that can be read."""
        ...

    async def rescue(self, run_id: str, owner: str) -> RunResult | None:
        """Save what a killed run of `owner` had done; None when nothing of it is left."""
        ...

    async def notebook(self, run_id: str) -> bytes | None:
        """Return the executed notebook; None while there is none."""
        ...

    async def unfinished(self, run_id: str) -> bytes | None:
        """Return the notebook as far as a running run has come; None where nobody can say."""
        ...

    async def log(self, run_id: str, limit: int) -> bytes:
        """Return the last `limit` bytes of the log; empty while there is none."""
        ...

    async def remove(self, run_id: str) -> None:
        """Delete all that is kept of a run; one that is not there is fine."""
        ...
