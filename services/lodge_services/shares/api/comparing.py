"""The REST API of what differs between versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ...comparing import CellChange, Comparison, compare
from ...errors import NotFound
from ...web.auth import scoped
from ...web.operations import operation
from ..models import Actor, Share
from ..notebooks import canonical
from ..reading import Reading
from ..service import SharesService
from .kept_changes import FileKind, KeptChanges, Kind, kept_changes
from .shares import READ, SharesApiHandler
from .wire import Notebook, Strict

Number = Annotated[int, Field(ge=1, lt=2**31)]


class CompareQuery(Strict):
    """Which two versions; without any, the newest with the one before."""

    old: Annotated[Number | None, Field(description="The older version.")] = None
    new: Annotated[Number | None, Field(description="A version of the share.")] = None
    base: Annotated[
        str, Field(max_length=12, description="The share that the older one is of, if another.")
    ] = ""


class ComparedNotebook(Strict):
    """A notebook to compare."""

    notebook: Notebook


@dataclass(frozen=True)
class Pair:
    """Two versions that are compared.

    Attributes
    ----------
    base, share
        The shares that the old and the new version are of; one, as a rule.
    old, new
        The versions' numbers.
    """

    base: Share
    old: int
    share: Share
    new: int


def pair_of(shares: Reading, actor: Actor, share_id: str, query: CompareQuery) -> Pair:
    """Return which versions are meant, of those that `actor` may read.

    Without an older version that is the one before; before a fork's first, what it was forked from.

    Raises
    ------
    NotFound
        There is no such share or version, or nothing to compare it with.
    """
    share = shares.get(actor, share_id)
    new, origin = query.new or share.version, share.forked_from
    if query.base and query.base != share_id:
        base = shares.get(actor, query.base)
        return Pair(base, query.old or base.version, share, new)
    if query.old is None and new == 1:
        if origin is None:
            raise NotFound("nothing_before", "This is the first version: there is none before it.")
        return Pair(shares.get(actor, origin.share_id), origin.version, share, new)
    return Pair(share, query.old or new - 1, share, new)


def both(shares: Reading, actor: Actor, pair: Pair) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return both notebooks.

    Raises
    ------
    NotFound
        There is no such version that `actor` may read.
    """
    return (
        shares.notebook(actor, pair.base.id, pair.old),
        shares.notebook(actor, pair.share.id, pair.new),
    )


def kept_between(service: SharesService, actor: Actor, pair: Pair) -> KeptChanges:
    """Return what differs besides the notebooks.

    Raises
    ------
    NotFound
        There is no such version that `actor` may read.
    """
    shares, files = service.shares, service.files
    old, new = (pair.base.id, pair.old), (pair.share.id, pair.new)
    return kept_changes(
        files.of(actor, *old),
        files.of(actor, *new),
        shares.environment(actor, *old),
        shares.environment(actor, *new),
    )


class LineModel(BaseModel):
    """A line of a cell's source."""

    mark: Annotated[Literal[" ", "-", "+"], Field(description="In both, gone, or new.")]
    text: str


class CellModel(BaseModel):
    """A cell of either version, or of both."""

    kind: Literal["same", "changed", "added", "removed"]
    old: Annotated[int | None, Field(description="Its place in the older version, from 0.")]
    new: Annotated[int | None, Field(description="Its place in the newer one.")]
    lines: Annotated[list[LineModel], Field(description="Nothing where the source is the same.")]
    outputs: Annotated[bool, Field(description="Whether its outputs differ.")]
    settings: Annotated[bool, Field(description="Whether its kind or metadata differ.")]

    @classmethod
    def of(cls, cell: CellChange) -> CellModel:
        """Return the wire form of `cell`."""
        return cls(
            kind=cell.kind,
            old=cell.old,
            new=cell.new,
            lines=[LineModel(mark=line.mark, text=line.text) for line in cell.lines],
            outputs=cell.outputs,
            settings=cell.settings,
        )


class FileChangeModel(BaseModel):
    """A file that differs."""

    name: str
    kind: FileKind


class DifferenceModel(BaseModel):
    """Something that both versions ran with, and that differs."""

    kind: Kind
    name: Annotated[str, Field(description="Of the setting, parameter or package.")]
    old: Annotated[str, Field(description="Empty where it was not there.")]
    new: Annotated[str, Field(description="Empty where it is not there.")]


class ComparisonModel(BaseModel):
    """What differs between two versions."""

    base: Annotated[str, Field(description="The share that the older version is of.")]
    old: int
    new: Annotated[int | None, Field(description="Nothing for a notebook that was sent.")]
    added: Annotated[int, Field(description="Lines of source that are new.")]
    removed: Annotated[int, Field(description="Lines of source that are gone.")]
    settings: Annotated[list[str], Field(description="Metadata of the notebook that differ.")]
    cells: list[CellModel]
    files: Annotated[
        list[FileChangeModel], Field(description="Nothing for a notebook that was sent.")
    ]
    environment: Annotated[
        list[DifferenceModel],
        Field(description="Of what both ran with, where that is known; up to 100 packages."),
    ]

    @classmethod
    def of(
        cls,
        comparison: Comparison,
        base: str,
        old: int,
        new: int | None = None,
        kept: KeptChanges = KeptChanges(),  # noqa: B008  (never changes)
    ) -> ComparisonModel:
        """Return the wire form of `comparison`, and of what else differs."""
        return cls(
            base=base,
            old=old,
            new=new,
            added=comparison.added,
            removed=comparison.removed,
            settings=list(comparison.settings),
            cells=[CellModel.of(cell) for cell in comparison.cells],
            files=[FileChangeModel(name=one.name, kind=one.kind) for one in kept.files],
            environment=[DifferenceModel(**asdict(one)) for one in kept.environment],
        )


class CompareHandler(SharesApiHandler):
    """Two versions compared."""

    @scoped(READ)
    @operation(
        "Compare two versions", query=CompareQuery, returns=ComparisonModel, errors=(404, 503)
    )
    async def get(self, share_id: str, query: CompareQuery) -> ComparisonModel:
        """Answer what differs."""

        def found() -> ComparisonModel:
            shares, actor = self.service.shares, self.actor
            pair = pair_of(shares, actor, share_id, query)
            comparison = compare(*both(shares, actor, pair))
            kept = kept_between(self.service, actor, pair)
            return ComparisonModel.of(comparison, pair.base.id, pair.old, pair.new, kept)

        return await self.call_slow(found)

    @scoped(READ)
    @operation(
        "Compare the newest version with a notebook",
        body=ComparedNotebook,
        returns=ComparisonModel,
        errors=(404, 503),
    )
    async def post(self, share_id: str, body: ComparedNotebook) -> ComparisonModel:
        """Answer what differs; nothing of it is kept."""

        def found() -> ComparisonModel:
            shares, actor = self.service.shares, self.actor
            share = shares.get(actor, share_id)
            old = shares.notebook(actor, share_id, share.version)
            comparison = compare(old, canonical(body.notebook).notebook)
            return ComparisonModel.of(comparison, share_id, share.version)

        return await self.call_slow(found)
