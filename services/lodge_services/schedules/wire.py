"""What goes over the wire, in and out."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)

from ..web.paging import MAX_LIMIT
from ..web.text import one_line, plain, visible
from .intervals import Unit
from .models import DAY_S, CatchUp, RunState, ShareState, Trigger

PARAMETERS_LIMIT = 200


def _plain(values: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(values) > PARAMETERS_LIMIT:
        raise ValueError(f"at most {PARAMETERS_LIMIT} parameters are possible")
    waiting: list[Any] = list(values.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError("a number is too large")
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return values


def _inside(path: str) -> str:
    inside = path.lstrip("/")
    parts = inside.split("/")
    if "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise ValueError(
            "it must be the path of a notebook in the home folder, with / between folders"
        )
    return visible(plain(inside))


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(one_line),
    AfterValidator(visible),
]
NotebookPath = Annotated[
    str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_inside)
]
Parameters = Annotated[dict[str, JsonValue], AfterValidator(_plain)]
Timezone = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ShareId = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-z]{12}$",
        description="The share on whose page each successful run is put; its owner's the job's.",
    ),
]
Publish = Annotated[
    bool, Field(description="Whether the share's pages in wikis get each of these runs.")
]
Retries = Annotated[int, Field(ge=0, le=10, description="How often a run that fails is tried.")]
RetryAfter = Annotated[
    int,
    Field(
        ge=1,
        le=86_400,
        description="Seconds until a run that has failed is tried again; twice as many each time.",
    ),
]
Timeout = Annotated[
    int, Field(ge=1, le=30 * 86_400, description="Seconds after which a run is ended.")
]
IntervalUnit = Annotated[
    Unit,
    Field(
        description="What a run stands for: whole hours, days, weeks or months before its time, or "
        "from one time to the next."
    ),
]
Missed = Annotated[
    CatchUp,
    Field(
        description="What becomes of missed times: a run of the latest, one for all of them, one "
        "for each, or none."
    ),
]
After = Annotated[
    list[Annotated[str, Field(pattern=r"^[0-9a-z]{12}$")]],
    Field(
        max_length=20,
        description="Ids of jobs of the same owner; a run waits until they have succeeded for what "
        "it stands for.",
    ),
    AfterValidator(lambda jobs: list(dict.fromkeys(jobs))),
]
AfterSeconds = Annotated[
    int,
    Field(ge=60, le=30 * 86_400, description="Seconds until a run that waits for them fails."),
]


def _moment(given: datetime) -> datetime:
    # Elsewhere the ends of time are no dates, and cron looks a while beyond what it is given.
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise ValueError(f"it must be from the year {_FIRST_YEAR} to {_LAST_YEAR}")
    return given.astimezone(UTC)


_FIRST_YEAR, _LAST_YEAR = 1970, 9900
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
Notebook = Annotated[dict[str, Any], Field(description="A notebook of format 4")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewJob(_In):
    """A notebook to be scheduled; without ``cron`` it runs when asked to."""

    name: Name
    notebook: Notebook
    notebook_path: NotebookPath
    cron: str | None = None
    timezone: Timezone = "UTC"
    parameters: Parameters = Field(default_factory=dict)
    enabled: bool = True
    share_id: ShareId | None = None
    publish: Publish = False
    interval: IntervalUnit = "times"
    catch_up: Missed = "latest"
    retries: Retries = 0
    retry_s: RetryAfter = 60
    timeout_s: Timeout | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    after: After = []
    after_s: AfterSeconds = DAY_S


class JobChange(_In):
    """What is to change about a job; what is not named stays."""

    name: Name | None = None
    notebook: Notebook | None = None
    notebook_path: NotebookPath | None = None
    cron: str | None = None
    timezone: Timezone | None = None
    parameters: Parameters | None = None
    enabled: bool | None = None
    share_id: ShareId | None = None
    publish: Publish | None = None
    interval: IntervalUnit | None = None
    catch_up: Missed | None = None
    retries: Retries | None = None
    retry_s: RetryAfter | None = None
    timeout_s: Timeout | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    after: After | None = None
    after_s: AfterSeconds | None = None


class NewRun(_In):
    """A run now; ``parameters`` are laid over those of the job."""

    parameters: Parameters = Field(default_factory=dict)


class JobsQuery(_In):
    """A page of jobs."""

    owner: str | None = Field(None, description="Another user's jobs; for administrators")
    all: bool = Field(default=False, description="Everybody's jobs; for administrators")
    cursor: str | None = None
    limit: int = Field(24, ge=1, le=MAX_LIMIT)


class RunsQuery(_In):
    """A page of runs."""

    cursor: str | None = None
    limit: int = Field(24, ge=1, le=MAX_LIMIT)


class DeleteQuery(_In):
    """How a job is deleted."""

    force: bool = Field(default=False, description="Cancel the runs that are under way")


class CronQuery(_In):
    """A schedule to be explained."""

    expression: str = ""
    timezone: Timezone = "UTC"
    count: int = Field(5, ge=1, le=50)
    language: Literal["en", "zh"] = "en"


class RunErrorOut(BaseModel):
    """Why a run failed; ``cell`` is an index from 0 in the executed notebook."""

    cell: int | None
    cell_source: str
    ename: str
    evalue: str
    message: str


class RunPageOut(BaseModel):
    """What became of putting a run on a share's page; ``message`` says why it is not there."""

    share_id: str
    state: ShareState
    version: int | None
    message: str
    url: str


class RunOut(BaseModel):
    """A run of a job.

    It stands for ``interval_start`` up to ``interval_end``, and is the ``attempt``-th for its time,
    from 1 on; one that is to be tried again waits until ``not_before``, one that waits for other
    jobs until ``ready_by`` at most. ``late`` is true where it
    stands for times that were missed, or began to wait more than a minute after its time.
    """

    id: str
    job_id: str
    owner: str
    state: RunState
    trigger: Trigger
    attempt: int
    late: bool
    scheduled_for: datetime
    interval_start: datetime | None
    interval_end: datetime | None
    not_before: datetime | None
    ready_by: datetime | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    parameters: dict[str, Any]
    cells_total: int | None
    cells_done: int | None
    error: RunErrorOut | None
    page: RunPageOut | None = None
    url: str


class JobOut(BaseModel):
    """A job, with its newest run.

    ``fault`` says why a job can't be shown as it is; it can still be deleted.
    """

    id: str
    owner: str
    name: str
    notebook_path: str
    cron: str | None
    timezone: str
    parameters: dict[str, Any]
    enabled: bool
    share_id: str | None
    publish: bool
    interval: Unit
    catch_up: CatchUp
    retries: int
    retry_s: int
    timeout_s: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    after: list[str]
    after_s: int
    created_at: datetime
    updated_at: datetime
    next_run_at: datetime | None
    last_run: RunOut | None
    fault: str | None = None


class JobList(BaseModel):
    """A page of jobs, newest first."""

    items: list[JobOut]
    next_cursor: str | None


class RunList(BaseModel):
    """A page of runs, newest first."""

    items: list[RunOut]
    next_cursor: str | None


class CronOut(BaseModel):
    """A schedule in words, and its next times with their offsets."""

    expression: str
    timezone: str
    description: str
    next: list[str]
