"""The API of runs for a range of past times."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..web.auth import scoped
from ..web.operations import operation
from ..web.route import Route
from .api import WRITE, SchedulesApiHandler
from .backfill.core import Plan, Range
from .intervals import Interval
from .wire import Moment


class NewBackfill(BaseModel):
    """A range of past times: all intervals of the schedule that hold any of it."""

    model_config = ConfigDict(extra="forbid")

    start: Moment
    end: Annotated[Moment, Field(description="The first moment after the range.")]
    again: Annotated[bool, Field(description="Also what has succeeded already.")] = False
    together: Annotated[bool, Field(description="One run that stands for all of it.")] = False
    dry_run: Annotated[bool, Field(description="Only tell what would run.")] = False

    def range(self) -> Range:
        """Return what the core takes."""
        return Range(Interval(self.start, self.end), self.again, self.together)


class IntervalOut(BaseModel):
    """An interval of the range, and whether a run has succeeded for it, waits, or is missing."""

    start: datetime
    end: datetime
    state: Literal["missing", "waiting", "done"]


class BackfillOut(BaseModel):
    """What a range comes to: ``runs`` of them are queued, or would be."""

    intervals: list[IntervalOut]
    runs: int
    seconds: Annotated[
        float | None,
        Field(description="How long they take together, as far as the job's last runs tell."),
    ]

    @classmethod
    def of(cls, plan: Plan) -> BackfillOut:
        """Return the wire form of `plan`."""
        return cls(
            intervals=[
                IntervalOut(start=one.interval.start, end=one.interval.end, state=one.state)
                for one in plan.pieces
            ],
            runs=len(plan.runs),
            seconds=plan.seconds,
        )


class CancelledOut(BaseModel):
    """How many runs were cancelled."""

    cancelled: int


class BackfillHandler(SchedulesApiHandler):
    """Runs of a job for a range of past times."""

    @scoped(WRITE)
    @operation(
        "Run a job for a range of past times",
        body=NewBackfill,
        returns=BackfillOut,
        errors=(404, 409),
    )
    async def post(self, job_id: str, body: NewBackfill) -> BackfillOut:
        """Queue the runs, or only tell which they are."""
        backfills = self.core.backfills
        does = backfills.plan if body.dry_run else backfills.start
        return BackfillOut.of(await self.call(does, self.viewer, job_id, body.range()))

    @scoped(WRITE)
    @operation("Cancel the runs of ranges that wait", returns=CancelledOut, errors=(404,))
    async def delete(self, job_id: str) -> CancelledOut:
        """Cancel them; one that runs goes on."""
        return CancelledOut(
            cancelled=await self.call(self.core.backfills.cancel, self.viewer, job_id)
        )


BACKFILL_ROUTES = [Route("api/jobs/{job_id}/backfill", BackfillHandler, "backfill")]
