"""What goes over the wire of alerts, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ...pages.translation import Translator
from .core import AlertsView
from .models import (
    AlertDelivery,
    AlertIncident,
    AlertRecipient,
    Cause,
    DeliveryState,
    Kind,
    Language,
    What,
)
from .words import headline, sentences

#: Longest time for which a job is muted: hours.
LONGEST_MUTE_H = 24 * 31

Minutes = Annotated[
    int,
    Field(
        ge=1,
        le=7 * 24 * 60,
        description="Minutes after its time until which a scheduled run should have succeeded; "
        "null: only runs that take longer than usual are told.",
    ),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlertsChange(_In):
    """What is told of a job; what is not named stays."""

    failed: bool | None = Field(None, description="That a run failed, after its last retry.")
    late: bool | None = Field(
        None, description="That a time has no success yet, or a run takes longer than usual."
    )
    late_minutes: Minutes | None = None
    recovered: bool | None = Field(None, description="That a job of which that was told works.")
    language: Language | None = Field(None, description="Of messages.")


class NewRecipient(_In):
    """Somebody who is to be told of a job."""

    kind: Kind
    address: Annotated[
        str,
        Field(max_length=2_000, description="A mail address, or the whole one of a webhook."),
    ] = ""
    secret: Annotated[
        str, Field(max_length=200, description="What a webhook's messages are signed by.")
    ] = ""


class Mute(_In):
    """For how long nothing is told of a job."""

    hours: Annotated[
        float, Field(ge=0, le=LONGEST_MUTE_H, description="0: it is told again from now on.")
    ] = 24


class NoticesQuery(_In):
    """Which alerts of one's bell, and in which language."""

    unseen: Annotated[bool, Field(description="Those alone that were not seen yet.")] = False
    language: Language = "en"


class AlertsSeen(_In):
    """What was seen."""

    until: Annotated[int, Field(ge=0, lt=2**31, description="Number of the last alert seen.")]


class RecipientOut(BaseModel):
    """Who is told of a job; of a webhook its host alone is ever shown."""

    id: str
    kind: Kind
    address: str
    created_at: datetime

    @classmethod
    def of(cls, one: AlertRecipient) -> RecipientOut:
        """Return the wire form of a recipient."""
        return cls(id=one.id, kind=one.kind, address=one.address, created_at=one.created_at)


class IncidentOut(BaseModel):
    """What is wrong with a job, from when on, how often it was seen, and whether it was told."""

    cause: Cause
    since: datetime
    opened_at: datetime
    count: int
    told: bool

    @classmethod
    def of(cls, one: AlertIncident) -> IncidentOut:
        """Return the wire form of an incident."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class DeliveryOut(BaseModel):
    """A message and what became of it; ``message`` says why it was not sent, or not yet."""

    number: int
    what: What
    kind: Kind
    address: str
    state: DeliveryState
    message: str
    tries: int
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None
    run_id: str | None

    @classmethod
    def of(cls, one: AlertDelivery) -> DeliveryOut:
        """Return the wire form of a message."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class AlertsOut(BaseModel):
    """What is told of a job, to whom, what is wrong, and the last messages, newest first.

    ``ways`` are the kinds of recipients that there are here.
    """

    failed: bool
    late: bool
    late_minutes: int | None
    recovered: bool
    language: Language
    muted_until: datetime | None
    ways: list[Kind]
    recipients: list[RecipientOut]
    incidents: list[IncidentOut]
    deliveries: list[DeliveryOut]

    @classmethod
    def of(cls, view: AlertsView, ways: tuple[Kind, ...]) -> AlertsOut:
        """Return the wire form of what is told of a job."""
        rule = view.rule
        return cls(
            failed=rule.failed,
            late=rule.late,
            late_minutes=rule.late_minutes,
            recovered=rule.recovered,
            language=rule.language,
            muted_until=rule.muted_until,
            ways=list(ways),
            recipients=[RecipientOut.of(one) for one in view.recipients],
            incidents=[IncidentOut.of(one) for one in view.incidents],
            deliveries=[DeliveryOut.of(one) for one in view.deliveries],
        )


class AlertOut(BaseModel):
    """An alert in one's bell; ``url`` leads to its run, or to its job."""

    number: int
    what: What
    job_id: str
    run_id: str | None
    headline: str
    text: str
    url: str
    seen: bool
    created_at: datetime

    @classmethod
    def of(cls, one: AlertDelivery, prefix: str, translate: Translator) -> AlertOut:
        """Return the wire form of an alert, with its address below the service's `prefix`."""
        facts = one.facts if isinstance(one.facts, dict) else {}
        path = f"runs/{one.run_id}" if one.run_id else f"jobs/{one.job_id}"
        return cls(
            number=one.number,
            what=one.what,
            job_id=one.job_id,
            run_id=one.run_id,
            headline=headline(one.what, str(facts.get("job", "")), translate),
            text="\n".join(sentences(one.what, facts, translate)),
            url=f"{prefix}{path}",
            seen=one.seen,
            created_at=one.created_at,
        )


class AlertList(BaseModel):
    """The last alerts in one's bell, the last first."""

    items: list[AlertOut]
    next_cursor: str | None = None
