"""The pages of alerts: what is told of a job, and one's bell."""

from __future__ import annotations

from ..errors import BadRequest, Conflict
from ..web.auth import scoped
from ..web.parsing import parse_query, validate
from ..web.route import Route
from .alerts.core import Alerts
from .alerts.wire import AlertOut, AlertsChange, NewRecipient
from .api import READ, WRITE
from .pages import JobPage, SchedulesPageHandler
from .wire import RunsQuery

#: How long the button mutes a job: hours.
A_DAY = 24.0


class _OfJob(JobPage):
    @property
    def alerts(self) -> Alerts:
        return self.core.alerts

    def go_back(self, job_id: str, said: str) -> None:
        """Go back to the job's alerts, where it is said that something was done."""
        self.redirect(f"{self.page_url('jobs', job_id)}?said={said}#alerts", status=303)

    async def refuse(self, job_id: str, error: BadRequest | Conflict, **typed: str) -> None:
        """Show the job's page with what is wrong, and what was typed."""
        self.set_status(error.status)
        await self.show_job(job_id, parse_query(RunsQuery, {}), wrong=error.message, typed=typed)


class RuleHandler(_OfJob):
    """The form that says what is told."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Change what is told."""
        values = {
            **{name: bool(self.get_body_argument(name, "")) for name in ("failed", "late")},
            "recovered": bool(self.get_body_argument("recovered", "")),
            "late_minutes": self.get_body_argument("late_minutes", "") or None,
            "language": self.get_body_argument("language", "en"),
        }
        try:
            form = validate(AlertsChange, values, what="field", reason="invalid_form")
        except BadRequest as error:
            await self.refuse(job_id, error)
            return
        await self.call(self.alerts.change, self.viewer, job_id, form.model_dump())
        self.go_back(job_id, "saved")


class AddHandler(_OfJob):
    """The form that adds somebody."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Add them."""
        values = {
            "kind": self.get_body_argument("kind", ""),
            "address": self.get_body_argument("where", ""),
            "secret": self.get_body_argument("secret", ""),
        }
        try:
            form = validate(NewRecipient, values, what="field", reason="invalid_form")
            whom = form.kind, form.address.strip(), form.secret.strip()
            await self.call(self.alerts.add, self.viewer, job_id, *whom)
        except (BadRequest, Conflict) as error:
            # An address may be a secret: that of a mailbox alone is shown again.
            where = values["address"] if values["kind"] == "mail" else ""
            await self.refuse(job_id, error, kind=values["kind"], where=where)
            return
        self.go_back(job_id, "added")


class RemoveHandler(_OfJob):
    """The buttons "Remove"."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Remove somebody."""
        recipient = self.get_body_argument("recipient", "")
        await self.call(self.alerts.remove, self.viewer, job_id, recipient)
        self.go_back(job_id, "removed")


class TestHandler(_OfJob):
    """The button "Send a test"."""

    @scoped(WRITE)
    async def post(self, job_id: str) -> None:
        """Send it."""
        try:
            await self.call(self.alerts.test, self.viewer, job_id)
        except Conflict as error:
            await self.refuse(job_id, error)
            return
        self.go_back(job_id, "tested")


class MuteHandler(_OfJob):
    """The buttons "Mute for a day" and "Unmute"."""

    @scoped(WRITE)
    async def post(self, job_id: str, verb: str) -> None:
        """Mute the job, or no more."""
        await self.call(self.alerts.mute, self.viewer, job_id, A_DAY if verb == "mute" else 0.0)
        self.go_back(job_id, f"{verb}d")


class BellHandler(SchedulesPageHandler):
    """One's alerts."""

    @scoped(READ)
    async def get(self) -> None:
        """Show the last of them; looking by itself changes nothing."""
        found = await self.call(self.core.alerts.notices, self.user.name)
        prefix = self.context.hub.service_prefix
        self.set_header("Cache-Control", "no-store")
        self.show(
            "bell.html",
            notices=[AlertOut.of(one, prefix, self.translator) for one in found],
            until=max((one.number for one in found if not one.seen), default=None),
        )

    @scoped(READ)
    async def post(self) -> None:
        """Note that they were seen, up to one: sent by the page once somebody sees it."""
        until = self.get_body_argument("until", "")
        if not (until.isascii() and until.isdigit() and len(until) < 10):
            raise BadRequest("invalid_form", "Nothing says up to which alert you have read.")
        await self.call(self.core.alerts.see, self.user.name, int(until))
        self.go("alerts")


ALERT_PAGE_ROUTES = [
    Route("jobs/{job_id}/alerts", RuleHandler, "alerts_form"),
    Route("jobs/{job_id}/alerts/add", AddHandler, "alerts_add"),
    Route("jobs/{job_id}/alerts/remove", RemoveHandler, "alerts_remove"),
    Route("jobs/{job_id}/alerts/test", TestHandler, "alerts_test"),
    Route("jobs/{job_id}/alerts/{verb}", MuteHandler, "alerts_mute", {"verb": "mute|unmute"}),
    Route("alerts", BellHandler, "bell"),
]
