"""The forms of comments and likes on a share's page, and the page of what concerns one."""

from __future__ import annotations

from ...errors import BadRequest, Conflict, Unavailable
from ...web.auth import scoped
from ...web.parsing import validate
from ..api.comments import NewComment, comment_number
from ..api.shares import READ
from ..comments.mentions import names
from .share import SharesPageHandler


class CommentsPage(SharesPageHandler):
    """The form that says something."""

    @scoped(READ)
    async def post(self, share_id: str) -> None:
        """Add the comment, or show what is wrong with it."""
        await self.call(self.service.shares.get, self.actor, share_id)
        typed = self.get_body_argument("text", "", strip=False)
        try:
            body = validate(NewComment, {"text": typed}, what="field", reason="invalid_form")
            mentions = await self.naming.mentions(names(body.text))
            made = await self.call(
                self.service.comments.add, self.actor, share_id, body.text, mentions
            )
        except (BadRequest, Conflict, Unavailable) as error:
            # What they have written is not lost.
            self.set_status(error.status)
            await self.changed_page(share_id, notice=error.message, new_comment=typed)
            return
        self.redirect(f"{self.page_url(share_id)}#comment-{made.number}", status=303)


class CommentRemovalPage(SharesPageHandler):
    """The button that removes a comment."""

    @scoped(READ)
    async def post(self, share_id: str, comment: str) -> None:
        """Remove it and show the others."""
        number = comment_number(comment)
        await self.call(self.service.comments.remove, self.actor, share_id, number)
        self.redirect(f"{self.page_url(share_id)}#comments", status=303)


class LikePage(SharesPageHandler):
    """The button that says that one likes a share, or no more."""

    @scoped(READ)
    async def post(self, share_id: str) -> None:
        """Note it and show the share."""
        liked = self.get_body_argument("liked", "") == "yes"
        await self.call(self.service.comments.like, self.actor, share_id, liked=liked)
        self.redirect(self.page_url(share_id), status=303)


class NoticesPage(SharesPageHandler):
    """What concerns the reader: comments that name them, or are on shares of theirs."""

    @scoped(READ)
    async def get(self) -> None:
        """Show the last of them; looking by itself changes nothing."""
        found = await self.call(self.service.comments.notices, self.actor)
        unseen = [one.comment.number for one in found if not one.seen]
        self.set_header("Cache-Control", "no-store")
        self.page("notices.html", notices=found, until=max(unseen, default=None))

    @scoped(READ)
    async def post(self) -> None:
        """Note that they were seen, up to one: sent by the page once somebody sees it."""
        until = self.get_body_argument("until", "")
        if not (until.isascii() and until.isdigit() and len(until) < 10):
            raise BadRequest("invalid_form", "Nothing says up to which comment you have read.")
        await self.call(self.service.comments.see, self.actor, int(until))
        self.redirect(self.page_url("notices"), status=303)
