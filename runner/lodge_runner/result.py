"""Keeps the result file up to date while a run goes on."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from lodge_runner import limits
from lodge_runner.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from lodge_runner.record import RunRecord


def default_result_path(output: Path) -> Path:
    """Return where the result of a run goes unless told otherwise."""
    return output.with_name(output.name + ".result.json")


class ResultFile:
    """The file with the run's ``RunResult``.

    Parameters
    ----------
    path
        Where it is.
    record
        The run.
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self._record = record
        self._written_at = -limits.PROGRESS_INTERVAL_S
        self._changed = True

    @property
    def has_news(self) -> bool:
        """Whether something has changed since the last writing."""
        return self._changed

    def change(self) -> None:
        """Note that there is news."""
        self._changed = True

    def update(self) -> None:
        """Write the news, unless the last were written just now."""
        now = time.monotonic()
        if self._changed and now - self._written_at >= limits.PROGRESS_INTERVAL_S:
            with contextlib.suppress(OSError):  # progress only; the last writing must succeed
                self._write("running", None, None, None, sync=False)
            self._written_at = now
            self._changed = False

    def finish(
        self,
        state: str,
        exit_code: int,
        ended_at: str,
        environment: dict[str, Any] | None = None,
    ) -> None:
        """Write how the run ended, and what it ran with where that is known."""
        self._write(state, exit_code, ended_at, environment, sync=True)

    def _write(
        self,
        state: str,
        exit_code: int | None,
        ended_at: str | None,
        environment: dict[str, Any] | None,
        *,
        sync: bool,
    ) -> None:
        result = self._record.result(state, exit_code, ended_at) | {"environment": environment}
        text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
        # Half a character, in an error's text, is JSON that not every reader takes.
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        write_atomically(self.path, whole.encode("utf-8"), sync=sync)
