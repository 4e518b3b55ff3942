"""The page on which an owner says which jobs a job waits for."""

from __future__ import annotations

from ..errors import BadRequest
from ..web.auth import scoped
from ..web.parsing import validate
from ..web.route import Route
from .api import WRITE
from .pages import SchedulesPageHandler
from .wire import JobChange

HOUR_S = 3600


class AfterPage(SchedulesPageHandler):
    """What a job waits for."""

    @scoped(WRITE)
    async def get(self, job_id: str) -> None:
        """Show the jobs that it may wait for."""
        view = await self.call(self.core.job, self.viewer, job_id)
        await self._show(job_id, view.job.after, f"{view.job.after_s / HOUR_S:g}")

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Keep what was chosen and go on to the job, or say what is in the way."""
        chosen, hours = self.get_body_arguments("after"), self.get_body_argument("hours", "")
        try:
            sent = {"after": chosen, "after_s": _seconds(hours)}
            body = validate(JobChange, sent, what="field", reason="invalid_form")
            changes = {"after": body.after, "after_s": body.after_s}
            await self.call(self.core.change_job, self.viewer, job_id, changes)
        except BadRequest as error:
            self.set_status(error.status)
            await self._show(job_id, chosen, hours, error.message)
            return
        self.go("jobs", job_id)

    async def _show(self, job_id: str, chosen: list[str], hours: str, notice: str = "") -> None:
        view = await self.call(self.core.job, self.viewer, job_id)
        others = await self.call(self.core.dependencies.candidates, self.viewer, job_id)
        self.show(
            "after.html", job=view.job, others=others, chosen=chosen, hours=hours, notice=notice
        )


def _seconds(hours: str) -> int:
    try:
        return round(float(hours) * HOUR_S)
    except (ValueError, OverflowError):
        raise BadRequest("bad_hours", "Name the hours as a number, such as 24 or 0.5.") from None


READINESS_ROUTES = [Route("jobs/{job_id}/after", AfterPage, "after")]
