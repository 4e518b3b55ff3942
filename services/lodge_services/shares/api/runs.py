"""What schedules ask of shares: to put a run on a page. No user holds their scope."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

from lodge_runner.asked_for import HIDDEN, LONGEST, MOST, may_be_secret
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from ...web.auth import scoped
from ...web.operations import operation
from ...web.text import one_line
from ..models import VersionRun
from .shares import SharesApiHandler
from .wire import EnvironmentModel, Notebook, Strict

RUNS = "custom:lodge-shares:runs"

ShortId = Annotated[str, Field(pattern=r"^[0-9a-z]{12}$")]
#: Other times can't be told in each zone.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9900, 12, 31, tzinfo=UTC)

Login = Annotated[str, Field(min_length=1, max_length=255)]


class PageQuery(Strict):
    """Whose runs are to be put on which share's page."""

    share: ShortId
    owner: Login


class PageModel(BaseModel):
    """A page that runs may be put on."""

    share: str
    title: str
    url: Annotated[str, Field(description="Path of the page.")]
    wikis: Annotated[list[str], Field(description="Names of the wikis that have a page of it.")]


class NewRunVersion(Strict):
    """A run to be put on a page."""

    share: ShortId
    owner: Annotated[Login, Field(description="Whose run it is; the share has to be theirs.")]
    job: Annotated[
        str, Field(max_length=200, description="What the job is called."), AfterValidator(one_line)
    ]
    job_id: ShortId
    scheduled_for: Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST)]
    parameters: Annotated[
        dict[str, Any],
        Field(
            description="Of names like those of secrets no value is kept, of long ones the "
            "beginning, and 200 at most."
        ),
    ]
    notebook: Notebook
    publish: Annotated[bool, Field(description="Whether the share's pages in wikis get it.")] = (
        False
    )

    environment: EnvironmentModel | None = None

    def run(self, run_id: str) -> VersionRun:
        """Return the run as the core takes it."""
        told = {name: _told(name, value) for name, value in islice(self.parameters.items(), MOST)}
        return VersionRun(run_id, self.job, self.job_id, self.scheduled_for, told)


def _told(name: str, value: Any) -> Any:
    """Return a parameter's value as readers see it: what is very long as its beginning."""
    if may_be_secret(name):
        return HIDDEN
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


class RunVersionModel(BaseModel):
    """The version that a run has become."""

    share: str
    version: int
    url: Annotated[str, Field(description="Path of the version's page.")]


class RunPagesHandler(SharesApiHandler):
    """Pages that runs may be put on."""

    @scoped(RUNS)
    @operation(
        "Ask whether runs may be put on a page", query=PageQuery, returns=PageModel, errors=(404,)
    )
    async def get(self, query: PageQuery) -> PageModel:
        """Answer the page, where it is its owner's."""
        share = await self.call(self.service.runs.share, query.owner, query.share)
        pages = await self.call(self.service.publishing.of, share.id)
        return PageModel(
            share=share.id,
            title=share.title,
            url=f"{self.context.hub.service_prefix}{share.id}",
            wikis=[one.wiki for one in pages],
        )


class RunVersionHandler(SharesApiHandler):
    """One run on a page."""

    @scoped(RUNS)
    @operation(
        "Put a run on a page, once", body=NewRunVersion, returns=RunVersionModel, errors=(404,)
    )
    async def put(self, run_id: str, body: NewRunVersion) -> RunVersionModel:
        """Answer the version; that of before where the run is there already."""
        share, number = await self.call(
            self.service.runs.put,
            body.owner,
            body.share,
            body.run(run_id),
            body.notebook,
            publish=body.publish,
            environment=body.environment.model_dump() if body.environment else None,
        )
        if number == share.version:
            self.render_ahead(share)
        url = f"{self.context.hub.service_prefix}{share.id}/versions/{number}"
        return RunVersionModel(share=share.id, version=number, url=url)
