"""The REST API of proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from ...errors import NotFound
from ...web.auth import scoped
from ...web.operations import operation
from ...web.text import lines
from ..proposals.core import Opened, Proposal, State
from .comparing import CellModel
from .shares import READ, WRITE, SharesApiHandler
from .wire import ShareModel, Strict

Message = Annotated[str, Field(max_length=4_000), AfterValidator(lines)]


class NewProposal(Strict):
    """A fork's changes."""

    message: Annotated[Message, Field(description="To who owns what was forked.")] = ""


class Acceptance(Strict):
    """What is accepted of a proposal."""

    changes: Annotated[list[int], Field(max_length=10_000, description="Numbers of changes.")]
    newest: Annotated[int, Field(ge=1, lt=2**31, description="The newest version that was seen.")]
    digest: Annotated[str, Field(max_length=64, description="Of the proposal that was seen.")]


class Refusal(Strict):
    """A word to who has proposed."""

    message: Message = ""


class ProposalModel(BaseModel):
    """Changes that somebody proposes to a share."""

    number: int
    share: str
    base: Annotated[int, Field(description="The version that was forked.")]
    fork: str
    fork_version: int
    digest: str
    author: str
    state: State
    version: Annotated[int | None, Field(description="The version that has what was accepted.")]
    at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, proposal: Proposal) -> ProposalModel:
        """Return the wire form of `proposal`."""
        return cls(
            number=proposal.number,
            share=proposal.share_id,
            base=proposal.base,
            fork=proposal.fork_id,
            fork_version=proposal.fork_version,
            digest=proposal.digest,
            author=proposal.author,
            state=proposal.state,
            version=proposal.version,
            at=proposal.at,
            decided_at=proposal.decided_at,
        )


class ProposalList(BaseModel):
    """Proposals, the last first."""

    items: list[ProposalModel]
    next_cursor: str | None = None


class ChangeModel(BaseModel):
    """A cell that is proposed to be changed."""

    number: int
    conflict: Annotated[bool, Field(description="The share has changed it as well since.")]
    outputs_alone: Annotated[bool, Field(description="Nothing but its outputs differs.")]
    cell: CellModel


class OpenedModel(BaseModel):
    """A proposal with what it changes."""

    proposal: ProposalModel
    newest: Annotated[int, Field(description="The share's newest version.")]
    changes: list[ChangeModel]

    @classmethod
    def of(cls, opened: Opened) -> OpenedModel:
        """Return the wire form of `opened`."""
        return cls(
            proposal=ProposalModel.of(opened.proposal),
            newest=opened.share.version,
            changes=[
                ChangeModel(
                    number=change.number,
                    conflict=change.conflict,
                    outputs_alone=change.outputs_alone,
                    cell=CellModel.of(change.cell),
                )
                for change in opened.found
            ],
        )


class ProposingHandler(SharesApiHandler):
    """Where the owner of a fork proposes its changes."""

    @scoped(WRITE)
    @operation(
        "Propose a fork's changes to who owns what was forked",
        body=NewProposal,
        returns=ProposalModel,
        status=201,
        errors=(404, 409),
    )
    async def post(self, share_id: str, body: NewProposal) -> ProposalModel:
        """Answer the proposal."""
        proposals = self.service.proposals
        return ProposalModel.of(
            await self.call(proposals.propose, self.actor, share_id, body.message)
        )


class ProposalsHandler(SharesApiHandler):
    """What others propose to a share."""

    @scoped(READ)
    @operation("List the proposals to a share of your own", returns=ProposalList, errors=(404,))
    async def get(self, share_id: str) -> ProposalList:
        """Answer them."""
        await self.call(self.service.shares.owned, self.actor, share_id)
        found = await self.call(self.service.proposals.of, share_id)
        return ProposalList(items=[ProposalModel.of(one) for one in found])


class ProposalHandler(SharesApiHandler):
    """One proposal."""

    @scoped(READ)
    @operation("Read a proposal with its changes", returns=OpenedModel, errors=(404, 503))
    async def get(self, share_id: str, proposal: str) -> OpenedModel:
        """Answer it."""
        number = proposal_number(proposal)
        return OpenedModel.of(
            await self.call_slow(self.service.proposals.opened, self.actor, share_id, number)
        )

    @scoped(WRITE)
    @operation("Take a proposal of your own back", status=204, errors=(404, 409))
    async def delete(self, share_id: str, proposal: str) -> None:
        """Answer nothing."""
        number = proposal_number(proposal)
        await self.call(self.service.proposals.withdraw, self.actor, share_id, number)


class AcceptanceHandler(SharesApiHandler):
    """Where a share's owner accepts changes."""

    @scoped(WRITE)
    @operation(
        "Accept changes of a proposal as a new version",
        body=Acceptance,
        returns=ShareModel,
        errors=(404, 409, 503),
    )
    async def post(self, share_id: str, proposal: str, body: Acceptance) -> ShareModel:
        """Answer the share with its new version."""
        share = await self.call_slow(
            self.service.proposals.accept,
            self.actor,
            share_id,
            proposal_number(proposal),
            body.changes,
            newest=body.newest,
            digest=body.digest,
        )
        self.render_ahead(share)
        return await self.model(share)


class RefusalHandler(SharesApiHandler):
    """Where a share's owner declines changes."""

    @scoped(WRITE)
    @operation("Decline a proposal", body=Refusal, status=204, errors=(404, 409))
    async def post(self, share_id: str, proposal: str, body: Refusal) -> None:
        """Answer nothing."""
        number = proposal_number(proposal)
        await self.call(self.service.proposals.decline, self.actor, share_id, number, body.message)


def proposal_number(text: str) -> int:
    """Return the number of a proposal out of an address.

    Raises
    ------
    NotFound
        It is no number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("proposal_not_found", f"There is no proposal {text[:20]} that you may see.")
    return int(text)
