"""The REST API of comments, notices and likes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from ...errors import NotFound
from ...web.auth import scoped
from ...web.operations import operation
from ...web.text import lines, visible
from ..comments.core import Act, Comment, Notice
from ..comments.mentions import names
from .shares import READ, SharesApiHandler
from .wire import Strict

Text = Annotated[str, Field(max_length=4_000), AfterValidator(lines), AfterValidator(visible)]


class NewComment(Strict):
    """Something to say."""

    text: Annotated[Text, Field(description="Plain text; @login names somebody.")]


class CommentModel(BaseModel):
    """What somebody has said about a share."""

    number: int
    version: Annotated[int, Field(description="The share's newest one then.")]
    author: str
    text: str
    mentions: Annotated[list[str], Field(description="Logins of those it names.")]
    at: datetime
    proposal: Annotated[int | None, Field(description="The proposal that it is about.")]
    act: Annotated[Act, Field(description="What was done about that.")]

    @classmethod
    def of(cls, comment: Comment) -> CommentModel:
        """Return the wire form of `comment`."""
        return cls(
            number=comment.number,
            version=comment.version,
            author=comment.author,
            text=comment.text,
            mentions=sorted(set(comment.mentions.values())),
            at=comment.at,
            proposal=comment.proposal,
            act=comment.act,
        )


class CommentList(BaseModel):
    """All comments of a share, the first first."""

    items: list[CommentModel]
    next_cursor: str | None = None


class LikesModel(BaseModel):
    """How a share is liked."""

    likes: int
    liked: Annotated[bool, Field(description="By who asks.")]


class NoticeQuery(Strict):
    """Which notices."""

    unseen: Annotated[bool, Field(description="Those alone that were not seen yet.")] = False


class NoticeModel(BaseModel):
    """That a comment concerns who asks."""

    share: str
    title: str
    url: Annotated[str, Field(description="Path of the comment's place.")]
    mentioned: Annotated[bool, Field(description="By name; else the share is theirs.")]
    seen: bool
    comment: CommentModel

    @classmethod
    def of(cls, notice: Notice, prefix: str) -> NoticeModel:
        """Return the wire form of `notice`, below the service's `prefix`."""
        comment = notice.comment
        return cls(
            share=comment.share_id,
            title=notice.title,
            url=f"{prefix}{comment.share_id}#comment-{comment.number}",
            mentioned=notice.mentioned,
            seen=notice.seen,
            comment=CommentModel.of(comment),
        )


class NoticeList(BaseModel):
    """The last notices, the last first."""

    items: list[NoticeModel]
    next_cursor: str | None = None


class Seen(Strict):
    """What was seen."""

    until: Annotated[int, Field(ge=0, lt=2**31, description="Number of the last comment seen.")]


class CommentsHandler(SharesApiHandler):
    """What was said about a share."""

    @scoped(READ)
    @operation("List the comments on a share", returns=CommentList, errors=(404,))
    async def get(self, share_id: str) -> CommentList:
        """Answer them."""
        await self.call(self.service.shares.get, self.actor, share_id)
        found = await self.call(self.service.comments.of, share_id)
        return CommentList(items=[CommentModel.of(one) for one in found])

    @scoped(READ)
    @operation(
        "Comment on a share", body=NewComment, returns=CommentModel, status=201, errors=(404, 409)
    )
    async def post(self, share_id: str, body: NewComment) -> CommentModel:
        """Answer the comment."""
        await self.call(self.service.shares.get, self.actor, share_id)
        mentions = await self.naming.mentions(names(body.text))
        return CommentModel.of(
            await self.call(self.service.comments.add, self.actor, share_id, body.text, mentions)
        )


class CommentHandler(SharesApiHandler):
    """One comment."""

    @scoped(READ)
    @operation("Remove a comment", status=204, errors=(404,))
    async def delete(self, share_id: str, comment: str) -> None:
        """Answer nothing."""
        number = comment_number(comment)
        await self.call(self.service.comments.remove, self.actor, share_id, number)


class LikeHandler(SharesApiHandler):
    """Whether one likes a share."""

    @scoped(READ)
    @operation("Like a share", returns=LikesModel, errors=(404,))
    async def put(self, share_id: str) -> LikesModel:
        """Answer how it is liked now."""
        return await self._say(share_id, liked=True)

    @scoped(READ)
    @operation("Like a share no more", returns=LikesModel, errors=(404,))
    async def delete(self, share_id: str) -> LikesModel:
        """Answer how it is liked now."""
        return await self._say(share_id, liked=False)

    async def _say(self, share_id: str, *, liked: bool) -> LikesModel:
        comments = self.service.comments
        likes = await self.call(comments.like, self.actor, share_id, liked=liked)
        return LikesModel(likes=likes, liked=liked)


class NoticesHandler(SharesApiHandler):
    """What concerns who asks."""

    @scoped(READ)
    @operation(
        "List the comments that name you or are on shares of yours",
        query=NoticeQuery,
        returns=NoticeList,
    )
    async def get(self, query: NoticeQuery) -> NoticeList:
        """Answer the last fifty."""
        comments, prefix = self.service.comments, self.context.hub.service_prefix
        found = await self.call(comments.notices, self.actor, unseen=query.unseen)
        return NoticeList(items=[NoticeModel.of(one, prefix) for one in found])


class SeenHandler(SharesApiHandler):
    """That notices were seen."""

    @scoped(READ)
    @operation("Note that you have seen notices", body=Seen, status=204)
    async def post(self, body: Seen) -> None:
        """Answer nothing."""
        await self.call(self.service.comments.see, self.actor, body.until)


def comment_number(text: str) -> int:
    """Return the number of a comment out of an address.

    Raises
    ------
    NotFound
        It is no number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound("comment_not_found", f"This share has no comment {text[:20]}.")
    return int(text)
