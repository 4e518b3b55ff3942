"""What goes over the wire, checked on its way in and documented by its types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ...texts import folded
from ...web.paging import DEFAULT_LIMIT, MAX_LIMIT
from ...web.text import lines, one_line, visible
from ..files.models import LONGEST_NAME, MOST, File, NamedFile, why_no_name
from ..models import Actor, Readers, Search, Share, Ticket, Version, VersionRun
from ..orders import Sort

MAX_TAGS = 12
MAX_READERS = 100
"""Groups, and people, that a share names."""


def _clean_tag(value: Any) -> Any:
    return value.lstrip("#＃ \t") if isinstance(value, str) else value


def _distinct(tags: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    for tag in tags:
        seen.setdefault(folded(tag), tag)
    return list(seen.values())


Title = Annotated[str, Field(max_length=200), AfterValidator(one_line), AfterValidator(visible)]
Description = Annotated[str, Field(max_length=10_000), AfterValidator(lines)]
Tag = Annotated[
    str,
    BeforeValidator(_clean_tag),
    Field(max_length=50),
    AfterValidator(one_line),
    AfterValidator(visible),
]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_distinct)]
Notebook = Annotated[dict[str, Any], Field(description="A notebook of nbformat 4, as JSON.")]


class Strict(BaseModel):
    """Refuses names it does not know."""

    model_config = ConfigDict(extra="forbid")


def _distinct_names(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Names = Annotated[
    list[Annotated[str, Field(max_length=255), AfterValidator(one_line), AfterValidator(visible)]],
    Field(max_length=MAX_READERS),
    AfterValidator(_distinct_names),
]


class ReadersModel(Strict):
    """Who may read a share, besides its owner and administrators."""

    everyone: Annotated[bool, Field(description="All who are signed in.")] = False
    groups: Annotated[Names, Field(description="Of the hub.")] = []
    people: Annotated[Names, Field(description="Logins, or full names; a group's name too.")] = []

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.everyone and (self.groups or self.people):
            raise ValueError("everyone may read it, so nobody is named besides")
        return self

    @classmethod
    def of(cls, readers: Readers) -> ReadersModel:
        """Return the wire form of `readers`."""
        # Unchecked: who had the share before is one more than an owner may name.
        return cls.model_construct(
            everyone=readers.everyone,
            groups=sorted(readers.groups),
            people=sorted(readers.people),
        )


PackageName = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
PackageVersion = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9.!+_-]+$")]


SettingName = Annotated[str, Field(max_length=200, pattern=r"^[^\s\x00-\x1f]+$")]
SettingValue = Annotated[str, Field(max_length=2_000)]


class EnvironmentModel(Strict):
    """What a notebook ran with."""

    python: Annotated[str, Field(max_length=50, pattern=r"^\S*$")] = ""
    image: Annotated[
        str, Field(max_length=500, pattern=r"^\S*$", description="Of the container, or nothing.")
    ] = ""
    packages: Annotated[
        dict[PackageName, PackageVersion],
        Field(max_length=5_000, description="Versions by name."),
    ] = {}
    profile: Annotated[
        str,
        Field(max_length=50, pattern=r"^[a-z0-9-]*$", description="Of the server, or nothing."),
    ] = ""
    spark: Annotated[
        dict[SettingName, SettingValue],
        Field(max_length=200, description="Options that its Spark session was asked for."),
    ] = {}
    parameters: Annotated[
        dict[SettingName, SettingValue],
        Field(max_length=200, description="Its parameters' values, as the notebook writes them."),
    ] = {}


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 in hexadecimal.")]


def _fit_name(name: str) -> str:
    if why := why_no_name(name):
        raise ValueError(why)
    return name


class FileRef(Strict):
    """A file that comes with a notebook; its bytes were sent before."""

    name: Annotated[
        str,
        Field(max_length=LONGEST_NAME, description="Its path below the notebook's folder."),
        AfterValidator(_fit_name),
    ]
    digest: Digest

    def named(self) -> NamedFile:
        """Return what the core takes."""
        return NamedFile(self.name, self.digest)


class NewShare(Strict):
    """A notebook to publish."""

    title: Title
    description: Description = ""
    tags: Tags = []
    notebook: Notebook
    readers: Annotated[ReadersModel, Field(description="Everyone by default.")] = ReadersModel(
        everyone=True
    )
    environment: EnvironmentModel | None = None
    files: Annotated[list[FileRef], Field(max_length=MOST)] = []


class ShareChange(Strict):
    """What is to change; a notebook with other content becomes a new version."""

    title: Title | None = None
    description: Description | None = None
    tags: Tags | None = None
    notebook: Notebook | None = None
    readers: ReadersModel | None = None
    environment: Annotated[
        EnvironmentModel | None, Field(description="Of the notebook, where that is a new version.")
    ] = None
    files: Annotated[
        list[FileRef] | None,
        Field(max_length=MOST, description="That the notebook comes with; none: as they were."),
    ] = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.files is not None and self.notebook is None:
            raise ValueError("files come with a notebook: send it too")
        return self


class ShareDetails(Strict):
    """The details that the share's page lets its owner edit."""

    title: Title
    description: Description = ""
    tags: Tags = []


class ShareQuery(Strict):
    """How a list is narrowed and paged."""

    q: Annotated[str, Field(max_length=200, description="Words that all must occur.")] = ""
    owner: Annotated[str, Field(max_length=255, description="Name of who shared it.")] = ""
    tag: Annotated[str, Field(max_length=50, description="A tag, without difference of case.")] = ""
    source: Annotated[str, Field(max_length=255, description="A SQL source that is named.")] = ""
    table: Annotated[str, Field(max_length=255, description="A table that is named.")] = ""
    sort: Annotated[
        Sort,
        Field(description="By the last change, or by how many have read or forked it."),
    ] = "latest"
    cursor: Annotated[str | None, Field(max_length=500, description="Of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT

    def search(self, named: Callable[[str], Sequence[str]]) -> Search:
        """Return what the list is narrowed to; `named` finds owners by their full names."""
        return Search(self.q, self.owner, self.tag, self.source, self.table, named)


class NewTicket(Strict):
    """Which version to fork; the newest when there is none."""

    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class Redemption(Strict):
    """A ticket to use up."""

    ticket: Annotated[str, Field(min_length=1, max_length=200)]


class OriginModel(BaseModel):
    """The version that a notebook was forked from."""

    id: str
    version: int


class ShareModel(BaseModel):
    """A shared notebook at its newest version."""

    id: str
    owner: str
    title: str
    description: str
    tags: list[str]
    version: int
    digest: Annotated[str, Field(description="SHA-256 of the canonical notebook.")]
    created_at: datetime
    updated_at: datetime
    url: Annotated[str, Field(description="Path of its page.")]
    forked_from: OriginModel | None
    forks: int
    reads: Annotated[int, Field(description="Readers but its owner, each once a day.")]
    likes: int
    restricted: Annotated[bool, Field(description="Not everyone who is signed in may read it.")]
    readers: Annotated[
        ReadersModel | None, Field(description="Who may read it, for those who may change it.")
    ]

    @classmethod
    def of(cls, share: Share, prefix: str, actor: Actor, seen: Collection[str] = ()) -> ShareModel:
        """Return the wire form of `share` for `actor`, below the service's `prefix`.

        Of origins those are named whose ids are in `seen`.
        """
        origin = share.forked_from
        if origin is not None and origin.share_id not in seen:
            origin = None
        return cls(
            id=share.id,
            owner=share.owner,
            title=share.title,
            description=share.description,
            tags=list(share.tags),
            version=share.version,
            digest=share.digest,
            created_at=share.created_at,
            updated_at=share.updated_at,
            url=f"{prefix}{share.id}",
            forked_from=OriginModel(id=origin.share_id, version=origin.version) if origin else None,
            forks=share.forks,
            reads=share.reads,
            likes=share.likes,
            restricted=not share.readers.everyone,
            readers=ReadersModel.of(share.readers) if share.may_change(actor) else None,
        )


class ShareList(BaseModel):
    """A page of shares."""

    items: list[ShareModel]
    next_cursor: str | None


class RunModel(BaseModel):
    """The run of a schedule that has made a version."""

    id: str
    job: Annotated[str, Field(description="What the job was called.")]
    scheduled_for: datetime
    parameters: dict[str, Any]

    @classmethod
    def of(cls, run: VersionRun) -> RunModel:
        """Return the wire form of `run`."""
        return cls(
            id=run.id,
            job=run.job,
            scheduled_for=run.scheduled_for,
            parameters=dict(run.parameters),
        )


class VersionModel(BaseModel):
    """One state of a share's notebook."""

    version: int
    digest: str
    author: Annotated[str, Field(description="Who made it.")]
    coauthor: Annotated[str, Field(description="Whose proposal the author accepted, or nobody.")]
    created_at: datetime
    run: Annotated[RunModel | None, Field(description="None where a person has made it.")] = None

    @classmethod
    def of(cls, version: Version) -> VersionModel:
        """Return the wire form of `version`."""
        return cls(
            version=version.number,
            digest=version.digest,
            author=version.author,
            coauthor=version.coauthor,
            created_at=version.created_at,
            run=RunModel.of(version.run) if version.run else None,
        )


class VersionsQuery(Strict):
    """A page of versions."""

    cursor: Annotated[str | None, Field(max_length=500, description="Of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = MAX_LIMIT


class VersionList(BaseModel):
    """A page of the versions of a share, newest first."""

    items: list[VersionModel]
    next_cursor: str | None = None


class FileModel(BaseModel):
    """A file of a version."""

    name: Annotated[str, Field(description="Its path below the notebook's folder.")]
    digest: Annotated[str, Field(description="SHA-256 of its bytes.")]
    size: Annotated[int, Field(description="In bytes.")]

    @classmethod
    def of(cls, file: File) -> FileModel:
        """Return the wire form of `file`."""
        return cls(name=file.name, digest=file.digest, size=file.size)


class SqlTableModel(BaseModel):
    """A table that a notebook's cells name."""

    source: Annotated[str, Field(description="Empty for the reader's default one.")]
    table: Annotated[str, Field(description="Without difference of case, and without quotes.")]


class TicketModel(BaseModel):
    """A permission to fork once."""

    ticket: str
    url: Annotated[str, Field(description="Path that copies the notebook to the user's server.")]
    expires_at: datetime

    @classmethod
    def of(cls, ticket: Ticket, url: str) -> TicketModel:
        """Return the wire form of `ticket`."""
        return cls(ticket=ticket.secret, url=url, expires_at=ticket.expires_at)


class ForkedModel(BaseModel):
    """What a ticket was redeemed for."""

    share: ShareModel
    version: int
    notebook: dict[str, Any]
    filename: str
    environment: Annotated[
        EnvironmentModel | None, Field(description="What it ran with, where that is known.")
    ]
    files: Annotated[list[FileModel], Field(description="That come with it.")]
    tables: Annotated[
        list[SqlTableModel], Field(description="That its cells name and do not make themselves.")
    ]
