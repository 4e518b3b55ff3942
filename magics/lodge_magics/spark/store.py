"""What the driver knows of its jobs and stages, asked of its status store in one trip each.

The store is there with the UI off as well. Spark's own JSON writer turns an answer into the text
that its REST API would send, so that one call over Py4J fetches a whole record.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

__all__ = ["StatusStore"]

Record = dict[str, Any]


class StatusStore:
    """The status store of a driver.

    Parameters
    ----------
    context
        The SparkContext.
    """

    def __init__(self, context: Any) -> None:
        self._scala = context._jsc.sc()
        self._store = self._scala.statusStore()
        writer = context._jvm.org.apache.spark.status.api.v1.JacksonMessageWriter()
        self._mapper = writer.mapper()

    def settle(self, patience_ms: int = 300) -> None:
        """Wait until the store has heard of what happened so far, for `patience_ms` at most."""
        from py4j.protocol import Py4JJavaError

        with contextlib.suppress(Py4JJavaError):  # a busy bus: what is known must do
            self._scala.listenerBus().waitUntilEmpty(patience_ms)

    def jobs_with_tag(self, tag: str) -> list[int]:
        """Return the ids of the jobs that carry a tag, in the order of their start."""
        found = self._mapper.writeValueAsString(self._scala.statusTracker().getJobIdsForTag(tag))
        return sorted(json.loads(found))

    def running(self, tag: str, ended: set[int]) -> bool:
        """Tell whether a job with a tag runs.

        Parameters
        ----------
        tag
            The tag.
        ended
            Jobs that are known to have ended, left out of the question; more are added.
        """
        for number in self.jobs_with_tag(tag):
            if number in ended:
                continue
            job = self.job(number)
            if job is not None and job["status"] == "RUNNING":
                return True
            ended.add(number)
        return False

    def job(self, number: int) -> Record | None:
        """Return a job as Spark's REST API has it, or None when the store has dropped it."""
        return self._record(lambda: self._store.job(number))

    def stage(self, number: int) -> Record | None:
        """Return the last attempt of a stage as the REST API has it, or None."""
        return self._record(lambda: self._store.lastStageAttempt(number))

    def _record(self, ask: Any) -> Record | None:
        from py4j.protocol import Py4JJavaError

        try:
            record: Record = json.loads(self._mapper.writeValueAsString(ask()))
        except Py4JJavaError:  # NoSuchElementException
            return None
        return record
