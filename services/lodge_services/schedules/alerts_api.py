"""The API of alerts: what is told of a job and to whom, and one's bell."""

from __future__ import annotations

from ..pages.translation import Translator
from ..web.auth import scoped
from ..web.operations import operation
from ..web.route import Route
from .alerts.core import Alerts
from .alerts.wire import (
    AlertList,
    AlertOut,
    AlertsChange,
    AlertsOut,
    AlertsSeen,
    Mute,
    NewRecipient,
    NoticesQuery,
    RecipientOut,
)
from .api import READ, WRITE, SchedulesApiHandler
from .chinese import MESSAGES


class _Handler(SchedulesApiHandler):
    @property
    def alerts(self) -> Alerts:
        return self.core.alerts

    async def told(self, job_id: str) -> AlertsOut:
        view = await self.call(self.alerts.of, self.viewer, job_id)
        return AlertsOut.of(view, self.alerts.ways)


class JobAlertsHandler(_Handler):
    """What is told of a job."""

    @scoped(READ)
    @operation(
        "What is told of a job, to whom, and what became of it", returns=AlertsOut, errors=(404,)
    )
    async def get(self, job_id: str) -> AlertsOut:
        """Return it."""
        return await self.told(job_id)

    @scoped(WRITE)
    @operation("Change what is told of a job", body=AlertsChange, returns=AlertsOut, errors=(404,))
    async def patch(self, job_id: str, body: AlertsChange) -> AlertsOut:
        """Change what the body names."""
        changes = {name: getattr(body, name) for name in body.model_fields_set}
        view = await self.call(self.alerts.change, self.viewer, job_id, changes)
        return AlertsOut.of(view, self.alerts.ways)


class RecipientsHandler(_Handler):
    """All who are told of a job."""

    @scoped(WRITE)
    @operation(
        "Tell somebody of a job",
        body=NewRecipient,
        returns=RecipientOut,
        status=201,
        errors=(404, 409),
    )
    async def post(self, job_id: str, body: NewRecipient) -> RecipientOut:
        """Add them."""
        whom = body.kind, body.address.strip(), body.secret.strip()
        made = await self.call(self.alerts.add, self.viewer, job_id, *whom)
        return RecipientOut.of(made)


class RecipientHandler(_Handler):
    """Who is told of a job."""

    @scoped(WRITE)
    @operation("Tell somebody no more of a job", status=204, errors=(404,))
    async def delete(self, job_id: str, recipient_id: str) -> None:
        """Remove them."""
        await self.call(self.alerts.remove, self.viewer, job_id, recipient_id)


class MuteHandler(_Handler):
    """Silence for a time."""

    @scoped(WRITE)
    @operation("Tell nothing of a job for some hours", body=Mute, returns=AlertsOut, errors=(404,))
    async def post(self, job_id: str, body: Mute) -> AlertsOut:
        """Mute it, or no more."""
        view = await self.call(self.alerts.mute, self.viewer, job_id, body.hours)
        return AlertsOut.of(view, self.alerts.ways)


class TestHandler(_Handler):
    """A message that says that messages arrive."""

    @scoped(WRITE)
    @operation(
        "Send those who are told of a job a test", returns=AlertsOut, status=202, errors=(404, 409)
    )
    async def post(self, job_id: str) -> AlertsOut:
        """Send it."""
        await self.call(self.alerts.test, self.viewer, job_id)
        return await self.told(job_id)


class AlertsHandler(_Handler):
    """One's bell."""

    @scoped(READ)
    @operation("The last alerts in your bell", query=NoticesQuery, returns=AlertList)
    async def get(self, query: NoticesQuery) -> AlertList:
        """Answer the last fifty."""
        translate = Translator(query.language, MESSAGES if query.language == "zh" else {})
        prefix = self.context.hub.service_prefix
        found = await self.call(self.alerts.notices, self.user.name, unseen=query.unseen)
        return AlertList(items=[AlertOut.of(one, prefix, translate) for one in found])


class SeenHandler(_Handler):
    """That alerts were seen."""

    @scoped(READ)
    @operation("Note that you have seen alerts", body=AlertsSeen, status=204)
    async def post(self, body: AlertsSeen) -> None:
        """Note it, up to one."""
        await self.call(self.alerts.see, self.user.name, body.until)


ALERTS_ROUTES = [
    Route("api/jobs/{job_id}/alerts", JobAlertsHandler, "job_alerts"),
    Route("api/jobs/{job_id}/alerts/mute", MuteHandler, "job_alerts_mute"),
    Route("api/jobs/{job_id}/alerts/test", TestHandler, "job_alerts_test"),
    Route("api/jobs/{job_id}/alerts/recipients", RecipientsHandler, "alert_recipients"),
    Route(
        "api/jobs/{job_id}/alerts/recipients/{recipient_id}", RecipientHandler, "alert_recipient"
    ),
    Route("api/alerts", AlertsHandler, "alerts"),
    Route("api/alerts/seen", SeenHandler, "alerts_seen"),
]
