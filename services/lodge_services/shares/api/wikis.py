"""The REST API of shares' pages in wikis."""

from __future__ import annotations

from ...pages.translation import choose_language
from ...web.auth import scoped
from ...web.operations import operation
from .shares import READ, WRITE, SharesApiHandler
from .wikis_wire import (
    NewPublication,
    ParentList,
    ParentQuery,
    PublicationAnswer,
    PublicationList,
    PublicationModel,
    TextsModel,
    WikiList,
    WikiModel,
)


class WikisHandler(SharesApiHandler):
    """The wikis."""

    @scoped(WRITE)
    @operation("List the wikis you may publish to", returns=WikiList)
    async def get(self) -> WikiList:
        """Answer them."""
        found = self.service.publishing.open_to(self.actor)
        return WikiList(items=[WikiModel.of(target) for target in found])


class ParentsHandler(SharesApiHandler):
    """What a new page of a wiki can go below."""

    @scoped(WRITE)
    @operation(
        "List what a new page can go below", query=ParentQuery, returns=ParentList, errors=(404,)
    )
    async def get(self, wiki: str, query: ParentQuery) -> ParentList:
        """Answer it, of what the wiki has by now."""
        publishing = self.service.publishing
        return ParentList(items=await self.call(publishing.parents, self.actor, wiki, query.begun))


class PublicationsHandler(SharesApiHandler):
    """A share's pages."""

    @scoped(READ)
    @operation("List the pages of a share in wikis", returns=PublicationList, errors=(404,))
    async def get(self, share_id: str) -> PublicationList:
        """Answer them, with what became of each."""
        await self.call(self.service.shares.get, self.actor, share_id)
        found = await self.call(self.service.publishing.of, share_id)
        return PublicationList(items=[PublicationModel.of(one) for one in found])


class PublicationHandler(SharesApiHandler):
    """A share's page in one wiki."""

    @scoped(WRITE)
    @operation(
        "Publish a share of your own to a wiki, or bring its page up to date",
        body=NewPublication,
        returns=PublicationModel,
        errors=(404,),
    )
    async def put(self, share_id: str, wiki: str, body: NewPublication) -> PublicationModel:
        """Answer at once; the page is written after that."""
        accepted = self.request.headers.get("Accept-Language", "")
        found = await self.call(
            self.service.publishing.publish,
            self.actor,
            share_id,
            wiki,
            parent=body.parent,
            language=body.language or choose_language(accepted),
        )
        return PublicationModel.of(found)

    @scoped(WRITE)
    @operation("Write to a page no more; it stays as it is", status=204, errors=(404,))
    async def delete(self, share_id: str, wiki: str) -> None:
        """Answer nothing."""
        await self.call(self.service.publishing.forget, self.actor, share_id, wiki)


class TextsHandler(SharesApiHandler):
    """A page that people have changed."""

    @scoped(WRITE)
    @operation(
        "Read a page as it is in the wiki, and what would be written to it",
        returns=TextsModel,
        errors=(404, 409, 503),
    )
    async def get(self, share_id: str, wiki: str) -> TextsModel:
        """Answer both texts."""
        texts = await self.call(self.service.publishing.texts, self.actor, share_id, wiki)
        return TextsModel.of(texts)


class AnswerHandler(SharesApiHandler):
    """What is to be done about it."""

    @scoped(WRITE)
    @operation(
        "Say what is to be done about a page that was changed or deleted",
        body=PublicationAnswer,
        returns=PublicationModel,
        errors=(404, 409),
    )
    async def post(self, share_id: str, wiki: str, body: PublicationAnswer) -> PublicationModel:
        """Answer at once; it is done after that."""
        found = await self.call(
            self.service.publishing.answer,
            self.actor,
            share_id,
            wiki,
            body.way,
            body.revision,
        )
        return PublicationModel.of(found)
