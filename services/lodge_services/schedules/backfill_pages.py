"""The page on which a range of past times is looked at before it runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ..errors import BadRequest, Conflict, LodgeError
from ..web.auth import scoped
from ..web.route import Route
from .api import WRITE
from .backfill.core import Plan, Range
from .intervals import Interval
from .pages import SchedulesPageHandler
from .words import duration_words, interval_words, zone_of

#: Intervals that the page lists.
SHOWN = 100


class BackfillPage(SchedulesPageHandler):
    """A range of past times of a job."""

    @scoped(WRITE)
    async def get(self, job_id: str) -> None:
        """Show what a range comes to."""
        await self._show(job_id, {name: self.get_query_argument(name, "") for name in _FIELDS})

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Queue the runs and go on to the job, or say what is in the way."""
        form = {name: self.get_body_argument(name, "") for name in _FIELDS}
        view = await self.call(self.core.job, self.viewer, job_id)
        try:
            asked = asked_of(form, view.job.timezone)
            await self.call(self.core.backfills.start, self.viewer, job_id, asked)
        except (BadRequest, Conflict) as error:
            await self._show(job_id, form, error)
            return
        self.go("jobs", job_id)

    async def _show(
        self, job_id: str, form: dict[str, str], error: LodgeError | None = None
    ) -> None:
        view = await self.call(self.core.job, self.viewer, job_id)
        plan: Plan | None = None
        try:
            if form["first"] or form["last"]:
                asked = asked_of(form, view.job.timezone)
                plan = await self.call(self.core.backfills.plan, self.viewer, job_id, asked)
        except BadRequest as problem:
            error = error or problem
        if error is not None:
            self.set_status(error.status)
        shown = () if plan is None else plan.pieces[:SHOWN]
        self.show(
            "backfill.html",
            job=view.job,
            form=form,
            plan=plan,
            pieces=[(one.state, interval_words(one.interval, view.job.timezone)) for one in shown],
            left=0 if plan is None else len(plan.pieces) - len(shown),
            takes=duration_words(None if plan is None else plan.seconds, self.translator),
            notice="" if error is None else error.message,
        )


class CancelBackfillPage(SchedulesPageHandler):
    """The button that cancels the runs of ranges that wait."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Cancel them and go back to the job."""
        await self.call(self.core.backfills.cancel, self.viewer, job_id)
        self.go("jobs", job_id)


_FIELDS = ("first", "last", "again", "together")


def asked_of(form: dict[str, str], timezone: str) -> Range:
    """Return the range that a form names: whole days of the job's zone, the last one with it.

    Raises
    ------
    BadRequest
        A day is missing, or is none.
    """
    try:
        first, last = (date.fromisoformat(form[name].strip()) for name in ("first", "last"))
        after = last + timedelta(days=1)
    except (ValueError, OverflowError):
        raise BadRequest(
            "no_days", "Name the first and the last day, each as in 2026-11-29."
        ) from None
    zone = zone_of(timezone)
    midnights = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (first, after))
    start, end = (one.astimezone(UTC) for one in midnights)
    return Range(Interval(start, end), bool(form["again"]), bool(form["together"]))


BACKFILL_PAGE_ROUTES = [
    Route("jobs/{job_id}/backfill", BackfillPage, "backfill_page"),
    Route("jobs/{job_id}/backfill/cancel", CancelBackfillPage, "cancel_backfill"),
]
