"""Shows how far the queries of a cell are on a Spark Connect server, as the server reports them."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lodge_magics.language import many, say
from lodge_magics.live import LiveOutput, line_html
from lodge_magics.spark.progress import bytes_text, progress_html, seconds_text, tasks_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["ConnectProgress", "ConnectWatch"]

# Seconds before the line is shown first, and between two of its updates.
_PAUSE = 0.5


@dataclass
class _Query:
    began: float
    stages: dict[int, Any] = field(default_factory=dict)
    running: int = 0
    took: float | None = None


@dataclass
class ConnectProgress:
    """The queries of a cell.

    Attributes
    ----------
    queries
        By the id of their operation, in the order of their first report.
    """

    queries: dict[str, _Query] = field(default_factory=dict)

    def note(self, name: str, stages: Iterable[Any], running: int, done: bool, now: float) -> None:
        """Take a report of the server.

        Parameters
        ----------
        name
            The operation.
        stages
            With `stage_id`, `num_tasks`, `num_completed_tasks` and `num_bytes_read`.
        running
            How many tasks run.
        done
            Whether the operation has ended.
        now
            Seconds of a clock.
        """
        query = self.queries.setdefault(name, _Query(now))
        query.stages |= {stage.stage_id: stage for stage in stages}
        query.running = 0 if done else running
        if done:
            query.took = now - query.began

    def done_and_total(self) -> tuple[int, int]:
        """Return how many tasks are done, and how many there are."""
        done = total = 0
        for query in self.queries.values():
            for stage in query.stages.values():
                begun = stage.num_completed_tasks > 0
                # The last reports of a query may be lost; a stage that never began was skipped.
                ended = query.took is not None
                done += stage.num_tasks * begun if ended else stage.num_completed_tasks
                total += stage.num_tasks * (begun or not ended)
        return done, total

    def running_text(self, seconds: float) -> str:
        """Return the line shown while queries run.

        Parameters
        ----------
        seconds
            Since the cell began.
        """
        ended = sum(query.took is not None for query in self.queries.values())
        done, total = self.done_and_total()
        running = sum(query.running for query in self.queries.values())
        return say(
            "Spark: queries {ended:,} of {queries:,} · {tasks} · {time}",
            ended=ended,
            queries=len(self.queries),
            tasks=tasks_text(done, total, running),
            time=seconds_text(seconds),
        )

    def told(self) -> dict[str, int]:
        """Return the counts that the Spark panel shows; none where no query has reported."""
        if not self.queries:
            return {}
        done, total = self.done_and_total()
        queries = self.queries.values()
        return {
            "queries": len(queries),
            "queries_done": sum(query.took is not None for query in queries),
            "tasks": total,
            "tasks_done": done,
            "tasks_running": sum(query.running for query in queries),
        }

    def final_text(self, *, interrupted: bool = False) -> str:
        """Return the line that stays; nothing when no query had tasks.

        Parameters
        ----------
        interrupted
            Whether the user interrupted the cell; default False.
        """
        worked = [query for query in self.queries.values() if query.stages]
        if not worked:
            return ""
        done, _ = self.done_and_total()
        took = sum(query.took or 0.0 for query in worked)
        queries = many(len(worked), "query", "queries")
        counts = say("{one}, {other}", one=queries, other=many(done, "task"))
        parts = [say("Spark: {counts} in {time}", counts=counts, time=seconds_text(took))]
        read = sum(stage.num_bytes_read for query in worked for stage in query.stages.values())
        if read:
            parts.append(say("{amount} read", amount=bytes_text(read)))
        if interrupted:
            parts.append(say("cancelled"))
        return " · ".join(parts)


class ConnectWatch:
    """Watches one cell; the server's reports come while the client waits for a result.

    Parameters
    ----------
    session
        The session of Spark Connect. Clients before Spark 4 hand on no reports.
    in_kernel
        Whether the front end can update a display.
    tell
        Is given the counts of the cell's queries as they change.
    """

    def __init__(
        self, session: Any, *, in_kernel: bool, tell: Callable[[dict[str, int]], None]
    ) -> None:
        self._session, self._in_kernel, self._tell = session, in_kernel, tell
        self._progress = ConnectProgress()
        self._began = self._sent = time.monotonic()
        self._output = LiveOutput()
        if hasattr(session, "registerProgressHandler"):
            session.registerProgressHandler(self._note)

    def finish(self, *, interrupted: bool) -> None:
        """Stop watching, and leave one line if the cell had queries with tasks.

        Parameters
        ----------
        interrupted
            Whether the user interrupted the cell.
        """
        if hasattr(self._session, "removeProgressHandler"):
            with contextlib.suppress(ValueError):  # the session forgot its handlers when it ended
                self._session.removeProgressHandler(self._note)
        text = self._progress.final_text(interrupted=interrupted)
        if text:
            self._output.show(text, line_html(text))

    def _note(
        self,
        stages: Iterable[Any] | None = None,
        inflight_tasks: int = 0,
        operation_id: str | None = None,
        done: bool = False,
    ) -> None:
        now = time.monotonic()
        self._progress.note(operation_id or "", stages or [], inflight_tasks, done, now)
        if done or not self._in_kernel or now < self._sent + _PAUSE:
            return
        self._sent = now
        self._tell(self._progress.told())
        text = self._progress.running_text(now - self._began)
        self._output.show(text, progress_html(text, *self._progress.done_and_total()))
