"""The pages of schedules: jobs with their runs at a glance, one job, one run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from markupsafe import Markup

from ..errors import BadRequest, Conflict
from ..pages.translation import Translator
from ..render import render_notebook
from ..texts import value_words
from ..web.auth import scoped
from ..web.pages import PageHandler
from ..web.parsing import parse_query
from ..web.route import Route
from .api import READ, WRITE, owner_asked, viewer_of
from .core import JobView, Schedules
from .cron import Cron
from .cron_words import Language
from .errors import BadCron, BadTimezone
from .models import ACTIVE, Job
from .notebooks import parse_notebook
from .present import duration_of, job_out, run_out
from .queries import Viewer
from .wire import JobsQuery, RunsQuery
from .words import duration_words, policy_words, span_words, state_words

log = logging.getLogger(__name__)

#: Before the names of parameters in a form.
PARAMETER = "parameter."
#: How many runs a strip shows.
STRIP = 20
#: How much of a log a page shows, in bytes: its end.
LOG_SHOWN = 64 * 1024
#: Largest executed notebook that a page shows, in bytes.
NOTEBOOK_SHOWN = 48 * 1024 * 1024

#: What is said of alerts where a form was sent.
SAID = {
    "saved": "What is told was saved.",
    "added": "They are told from now on.",
    "removed": "They are told no more.",
    "tested": "A test is on its way; what became of it stands below.",
    "muted": "Nothing is told of this job for a day.",
    "unmuted": "Alerts of this job are told again.",
}


class SchedulesPageHandler(PageHandler):
    """What pages of schedules have in common."""

    @property
    def core(self) -> Schedules:
        """What users do with jobs and runs."""
        return cast("Schedules", self.context.core)

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return viewer_of(self.user)

    def show(self, template: str, **values: Any) -> None:
        """Finish with a page; the words of schedules are at hand in it."""
        translate = self.translator
        self.page(
            template,
            duration=lambda run: duration_words(duration_of(run), translate),
            state=lambda run: state_words(run.state, translate),
            in_words=lambda job: schedule_words(job, translate),
            shown=value_words,
            **values,
        )

    def go(self, *parts: str) -> None:
        """Answer a form: go on to a page of ours."""
        self.redirect(self.page_url(*parts), status=303)

    def query_values(self) -> dict[str, list[str]]:
        """Return the values of the address, by name."""
        return {
            name: [self.decode_argument(value, name) for value in values]
            for name, values in self.request.query_arguments.items()
        }


class HomeHandler(SchedulesPageHandler):
    """The viewer's jobs."""

    @scoped(READ)
    async def get(self) -> None:
        """Show a page of jobs, each with a strip of its newest runs."""
        query = parse_query(JobsQuery, self.query_values())
        owner = owner_asked(query, self.viewer)
        page = await self.call(self.core.jobs, owner, query.cursor, query.limit, recent=STRIP)
        self.show(
            "jobs.html",
            views=page.items,
            strips=[self._strip(view) for view in page.items],
            faults=[job_out(view, "").fault for view in page.items],
            next_cursor=page.next_cursor,
            first=query.cursor is None,
            owner=owner,
            own=owner == self.user.name,
            owners=await self.call(self.core.owners) if self.viewer.admin else [],
            busy=any(run.state in ACTIVE for view in page.items for run in view.runs),
        )

    def _strip(self, view: JobView) -> str:
        """Say a strip of runs for those who don't see it."""
        translate = self.translator
        if not view.runs:
            return translate("No runs yet")
        counts: dict[str, int] = {}
        for run in view.runs:
            counts[run.state] = counts.get(run.state, 0) + 1
        parts = [f"{state_words(name, translate)}: {count}" for name, count in counts.items()]
        return translate("Last {count} runs", count=len(view.runs)) + " · " + ", ".join(parts)


class JobPage(SchedulesPageHandler):
    """One job."""

    async def show_job(
        self,
        job_id: str,
        query: RunsQuery,
        *,
        said: str = "",
        wrong: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> None:
        """Finish with what a job is, when it runs, its runs, and what is told of it.

        Parameters
        ----------
        job_id
            Of the job.
        query
            Which of its runs.
        said
            A key of `SAID`: what was done.
        wrong
            Why something was not done.
        typed
            What was typed into the form that adds somebody who is told.
        """
        view = await self.call(self.core.job, self.viewer, job_id)
        page = await self.call(self.core.runs, self.viewer, job_id, query.cursor, query.limit)
        before, after = await self.call(self.core.dependencies.around, self.viewer, job_id)
        alerts, now = self.core.alerts, self.context.pages.clock()
        told = await self.call(alerts.of, self.viewer, job_id)
        kinds = {one.kind for one in told.recipients}
        self.show(
            "job.html",
            job=view.job,
            fault=job_out(view, "").fault,
            policy=policy_words(view.job, self.translator),
            runs=page.items,
            next_cursor=page.next_cursor,
            first=query.cursor is None,
            upcoming=upcoming(view.job, now),
            backfill_waits=await self.call(self.core.backfills.waiting, job_id),
            span=lambda run: span_words(run, view.job.timezone),
            after=before,
            before=after,
            busy=any(run.state in ACTIVE for run in page.items),
            alerts=told,
            has_bell="bell" in kinds,
            more_ways=[one for one in alerts.ways if one != "bell"],
            muted=told.rule.muted_until is not None and now < told.rule.muted_until,
            alerts_said=self.translator(SAID[said]) if said else "",
            alerts_wrong=wrong,
            alerts_typed={"kind": "", "where": "", **(typed or {})},
            alerts_waiting=any(one.state == "waiting" for one in told.deliveries),
        )


class JobPageHandler(JobPage):
    """One job."""

    @scoped(READ)
    async def get(self, job_id: str) -> None:
        """Show it."""
        values = self.query_values()
        said = (values.pop("said", None) or [""])[0]
        query = parse_query(RunsQuery, values)
        await self.show_job(job_id, query, said=said if said in SAID else "")


class RunNowHandler(SchedulesPageHandler):
    """The button "Run now"."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Queue a run and go on to its page."""
        run = await self.call(self.core.run_now, self.viewer, job_id, {})
        self.go("runs", run.id)


class EnabledHandler(SchedulesPageHandler):
    """The buttons "Pause" and "Resume"."""

    @scoped(WRITE)
    async def post(self, job_id: str, verb: str) -> None:
        """Pause or resume a job and go back to where the button was."""
        changes = {"enabled": verb == "resume"}
        await self.call(self.core.change_job, self.viewer, job_id, changes)
        if self.get_body_argument("from", "") == "job":
            self.go("jobs", job_id)
        else:
            self.go()


class OffPageHandler(SchedulesPageHandler):
    """The button "Put no more runs there"."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Put no more runs on the share's page."""
        changes = {"share_id": None, "publish": False}
        await self.call(self.core.change_job, self.viewer, job_id, changes)
        self.go("jobs", job_id)


class DeleteHandler(SchedulesPageHandler):
    """The button "Delete"."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Delete a job whose name was written correctly."""
        view = await self.call(self.core.job, self.viewer, job_id)
        written = self.get_body_argument("name", "").strip()
        if written != view.job.name:
            raise BadRequest(
                "wrong_name",
                "The job was not deleted, because the name that was written is not the job's; "
                "go back and write it as it is shown.",
            )
        await self.core.delete_job(self.viewer, job_id, force=True)
        self.go()


class RunPageHandler(SchedulesPageHandler):
    """One run."""

    @scoped(READ)
    async def get(self, run_id: str) -> None:
        """Show how a run went: the failing cell first, then the notebook, then the log."""
        run = await self.call(self.core.run, self.viewer, run_id)
        view = await self.call(self.core.job, self.viewer, run.job_id)
        shown = run_out(run, self.context.hub.service_prefix)
        error = shown.error
        executor = self.core.engine.executor
        content = await executor.notebook(run.id) if run.state != "queued" else None
        if content is None:
            content = await self.core.unfinished(run)
        log = await self.core.log(self.viewer, run.id, LOG_SHOWN)
        rendered: str | None = None
        if content is not None and len(content) <= NOTEBOOK_SHOWN:
            cell = error.cell if error else None
            rendered = await self.call(render, content, cell, self.translator.language)
        self.show(
            "run.html",
            run=run,
            error=error,
            page=shown.page,
            lacking=await self.call(self.core.dependencies.lacking, run),
            fields=[]
            if run.state in ACTIVE
            else await self.call(self.core.reruns.fields, self.viewer, run.id),
            span=span_words(run, view.job.timezone),
            job=view.job,
            active=run.state in ACTIVE,
            notebook=None if rendered is None else Markup(rendered),  # noqa: S704
            too_large=content is not None and len(content) > NOTEBOOK_SHOWN,
            has_notebook=content is not None and rendered is not None and run.state not in ACTIVE,
            log=log,
            filename=f"{view.job.name}.ipynb".replace("/", "-"),
        )


class CancelHandler(SchedulesPageHandler):
    """The button "Cancel"."""

    @scoped(WRITE)
    async def post(self, run_id: str) -> None:
        """Cancel a run and go back to its page."""
        run = await self.core.cancel_run(self.viewer, run_id)
        # Mostly it is over at once, and the page need not show a run that is ending.
        await self.core.engine.ended(run.id, 1.5)
        self.go("runs", run.id)


class RerunHandler(SchedulesPageHandler):
    """The form that runs once more what a run stands for."""

    @scoped(WRITE)
    async def post(self, run_id: str) -> None:
        """Queue a run, with what was changed of the parameters, and go on to its page."""
        arguments = self.request.body_arguments
        names = [name.removeprefix(PARAMETER) for name in arguments if name.startswith(PARAMETER)]
        texts = {
            name: self.get_body_argument(f"{PARAMETER}{name}", strip=False).replace("\r\n", "\n")
            for name in names
        }
        reruns = self.core.reruns
        values = await self.call(reruns.changed, self.viewer, run_id, texts) if texts else {}
        run = await self.call(reruns.rerun, self.viewer, run_id, values)
        self.go("runs", run.id)


class AgainHandler(SchedulesPageHandler):
    """The button that tries again to put a run on its page."""

    @scoped(WRITE)
    async def post(self, run_id: str) -> None:
        """Try again and go back to the run's page."""
        with suppress(Conflict):  # it is there by now
            await self.call(self.core.outbox.again, self.viewer, run_id)
        self.go("runs", run_id)


def render(content: bytes, cell: int | None, language: str) -> str | None:
    """Return an executed notebook as HTML; None for garbage."""
    notebook = parse_notebook(content)
    if notebook is None:
        return None
    try:
        return render_notebook(notebook, highlight_cell=cell, language=language)
    except Exception:
        # Its user may have put anything there; the page has more to show.
        log.exception("An executed notebook can't be shown")
        return None


def schedule_words(job: Job, translate: Translator) -> str:
    """Say when a job runs."""
    if job.cron is None:
        return translate("Only when asked")
    try:
        cron = Cron.parse(job.cron, job.timezone)
    except (BadCron, BadTimezone):
        return job.cron
    return cron.describe(cast("Language", translate.language))


def upcoming(job: Job, now: Any) -> list[Any]:
    """Return the next five times of a job; none of a paused one."""
    if job.cron is None or not job.enabled:
        return []
    try:
        return Cron.parse(job.cron, job.timezone).upcoming(now)
    except (BadCron, BadTimezone):
        return []


PAGE_ROUTES = [
    Route("", HomeHandler, "home"),
    Route("jobs/{job_id}", JobPageHandler, "job_page"),
    Route("jobs/{job_id}/run", RunNowHandler, "run_now"),
    Route("jobs/{job_id}/off-page", OffPageHandler, "off_page"),
    Route("jobs/{job_id}/{verb}", EnabledHandler, "enabled", {"verb": "pause|resume"}),
    Route("jobs/{job_id}/delete", DeleteHandler, "delete"),
    Route("runs/{run_id}", RunPageHandler, "run_page"),
    Route("runs/{run_id}/rerun", RerunHandler, "rerun"),
    Route("runs/{run_id}/page", AgainHandler, "page_again"),
    Route("runs/{run_id}/cancel", CancelHandler, "cancel"),
]
