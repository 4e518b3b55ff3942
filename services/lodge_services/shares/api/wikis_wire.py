"""What goes over the wire about pages in wikis."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from ...web.text import one_line
from ..publications.models import Publication, State, Target, Texts
from .wire import Strict


class WikiModel(BaseModel):
    """A wiki that one may publish to."""

    name: str
    type: str
    space: Annotated[str, Field(description="Where its pages go; empty: its main space.")]
    parent: Annotated[str, Field(description="The page or folder that they go below.")]

    @classmethod
    def of(cls, target: Target) -> WikiModel:
        """Return the wire form of `target`."""
        place = target.place
        return cls(name=target.name, type=target.kind, space=place.space, parent=place.parent)


class WikiList(BaseModel):
    """The wikis that one may publish to."""

    items: list[WikiModel]
    next_cursor: str | None = None


class ParentList(BaseModel):
    """What a new page of a wiki can go below."""

    items: Annotated[list[str], Field(description="At most 20, as `parent` takes them.")]
    next_cursor: str | None = None


class ParentQuery(Strict):
    """What somebody has typed."""

    begun: Annotated[str, Field(max_length=200, description="Beginning of a name.")] = ""


class PublicationModel(BaseModel):
    """A share's page in a wiki."""

    wiki: str
    state: State
    title: Annotated[str, Field(description="Of the page; empty before there is one.")]
    url: Annotated[str, Field(description="Of the page; empty before there is one.")]
    version: Annotated[int | None, Field(description="That the page has.")]
    delivered_at: datetime | None
    message: Annotated[str, Field(description="Why it was not delivered; else empty.")]
    tries: Annotated[int, Field(description="Tries in a row that have failed.")]
    due_at: Annotated[datetime, Field(description="When it is tried next, where it waits.")]

    @classmethod
    def of(cls, one: Publication) -> PublicationModel:
        """Return the wire form of a publication."""
        return cls(
            wiki=one.wiki,
            state=one.state,
            title=one.title,
            url=one.url,
            version=one.version,
            delivered_at=one.delivered_at,
            message=one.message,
            tries=one.tries,
            due_at=one.due_at,
        )


class PublicationList(BaseModel):
    """The pages of a share, by the wikis' names."""

    items: list[PublicationModel]
    next_cursor: str | None = None


class NewPublication(Strict):
    """Where in the wiki a new page goes."""

    parent: Annotated[
        str,
        Field(max_length=500, description="Page or folder above, within the settings' own."),
        AfterValidator(one_line),
    ] = ""
    language: Annotated[
        Literal["en", "zh"] | None,
        Field(description="Of the page's own sentences; by default that of the request."),
    ] = None


class PublicationAnswer(Strict):
    """What is to be done about a page that people have changed or deleted."""

    way: Annotated[
        Literal["below", "replace", "new", "anew"],
        Field(
            description="For one that was changed: `below` keeps theirs and puts the notebook "
            "below a line, `replace` replaces theirs, `new` makes another page. For one that was "
            "deleted: `anew`."
        ),
    ]
    revision: Annotated[
        str, Field(max_length=128, description="Of the page, as its texts were read.")
    ] = ""


class TextsModel(BaseModel):
    """A page that people have changed, and what would be written to it."""

    theirs: str
    ours: str
    revision: str
    url: str

    @classmethod
    def of(cls, texts: Texts) -> TextsModel:
        """Return the wire form of two texts."""
        return cls(theirs=texts.theirs, ours=texts.ours, revision=texts.revision, url=texts.url)
