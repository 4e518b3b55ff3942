"""The pages of proposals."""

from __future__ import annotations

from typing import Any

from ...errors import BadRequest, Conflict
from ...render.words import Words
from ...web.auth import scoped
from ...web.parsing import validate
from ..api.proposals import Acceptance, NewProposal, Refusal, proposal_number
from ..api.shares import READ, WRITE
from ..proposals.core import Opened
from .comparison import Shown, shown
from .share import SharesPageHandler


class ProposingPage(SharesPageHandler):
    """The form of a fork's page that proposes its changes."""

    @scoped(WRITE)
    async def post(self, share_id: str) -> None:
        """Propose them and show the proposal, or what is in the way."""
        await self.call(self.service.shares.get, self.actor, share_id)
        form = self.form("message")
        try:
            body = validate(NewProposal, form, what="field", reason="invalid_form")
            made = await self.call(
                self.service.proposals.propose, self.actor, share_id, body.message
            )
        except (BadRequest, Conflict) as error:
            self.set_status(error.status)
            await self.changed_page(
                share_id, notice=error.message, proposing=form["message"], opened="propose"
            )
            return
        self.redirect(self.page_url(made.share_id, "proposals", str(made.number)), status=303)


class ProposalPageHandler(SharesPageHandler):
    """What shows a proposal."""

    async def show(self, share_id: str, number: int, **values: Any) -> None:
        """Finish with the page."""
        language = self.translator.language

        def made() -> tuple[Opened, Shown]:
            opened = self.service.proposals.opened(self.actor, share_id, number)
            words = Words(language)
            return opened, shown(opened.comparison, opened.base, opened.copy, words)

        opened, found = await self.call_slow(made)
        differing = {
            (part.cells[0].old, part.cells[0].new): part
            for part in found.parts
            if part.kind != "same"
        }
        places = [(one, (one.cell.old, one.cell.new)) for one in opened.found]
        rows = [(one, differing[place]) for one, place in places if place in differing]
        self.set_header("Cache-Control", "no-store")
        self.page(
            "proposal.html",
            opened=opened,
            rows=rows,
            left=len(opened.found) - len(rows),
            decides=opened.share.may_change(self.actor) and self.user.may(WRITE),
            proposes=opened.proposal.author == self.actor.name,
            **{"notice": "", "chosen": None, "message": "", **values},
        )


class ProposalPage(ProposalPageHandler):
    """A proposal, for its author and for who decides."""

    @scoped(READ)
    async def get(self, share_id: str, proposal: str) -> None:
        """Show what is proposed."""
        await self.show(share_id, proposal_number(proposal))


class AcceptancePage(ProposalPageHandler):
    """The form that accepts changes."""

    @scoped(WRITE)
    async def post(self, share_id: str, proposal: str) -> None:
        """Make the new version and show the share, or what is in the way."""
        number = proposal_number(proposal)
        sent = {"changes": self.get_body_arguments("changes"), **self.form("newest", "digest")}
        body = validate(Acceptance, sent, what="field", reason="invalid_form")
        try:
            await self.call_slow(
                self.service.proposals.accept,
                self.actor,
                share_id,
                number,
                body.changes,
                newest=body.newest,
                digest=body.digest,
            )
        except (BadRequest, Conflict) as error:
            self.set_status(error.status)
            await self.show(share_id, number, notice=error.message, chosen=body.changes)
            return
        self.redirect(self.page_url(share_id), status=303)


class RefusalPage(ProposalPageHandler):
    """The form that declines a proposal."""

    @scoped(WRITE)
    async def post(self, share_id: str, proposal: str) -> None:
        """Decline it and show the share, or what is in the way."""
        number, form = proposal_number(proposal), self.form("message")
        try:
            body = validate(Refusal, form, what="field", reason="invalid_form")
            await self.call(
                self.service.proposals.decline, self.actor, share_id, number, body.message
            )
        except (BadRequest, Conflict) as error:
            self.set_status(error.status)
            await self.show(share_id, number, notice=error.message, message=form["message"])
            return
        self.redirect(f"{self.page_url(share_id)}#comments", status=303)


class WithdrawalPage(SharesPageHandler):
    """The button that takes a proposal back."""

    @scoped(WRITE)
    async def post(self, share_id: str, proposal: str) -> None:
        """Take it back and show the share."""
        number = proposal_number(proposal)
        await self.call(self.service.proposals.withdraw, self.actor, share_id, number)
        self.redirect(f"{self.page_url(share_id)}#comments", status=303)
