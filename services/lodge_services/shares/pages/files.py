"""What of a share's version is sent as a file: notebook, page and picture."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from markupsafe import Markup

from ...errors import NotFound
from ...web.auth import scoped
from ...web.kept import Wanted
from ..api.files import BYTES, send_file
from ..api.shares import READ, version_number
from ..api.wire import EnvironmentModel
from ..models import LODGE
from ..notebooks import file_name, to_file
from ..pdf import pdf
from .export import styles
from .share import SharesPageHandler, Shown


class DownloadPage(SharesPageHandler):
    """A version's notebook as a file."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Send the notebook to be saved."""
        share = await self.call(self.service.shares.get, self.actor, share_id)
        wanted = version_number(number)
        notebook = await self.call(self.service.shares.notebook, self.actor, share_id, wanted)
        name = file_name(share.title)
        self.set_header("Content-Type", "application/x-ipynb+json; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.finish(await self.call(to_file, notebook))


class WholePageHandler(SharesPageHandler):
    """What makes one file of a version."""

    async def whole(self, found: Shown) -> str:
        """Return a page that shows without Lodge and without a network."""
        html = await self.rendered_of(found)
        if html is None:
            raise NotFound("content_lost", "This version can't be shown: its notebook is lost.")
        text, gallery = html.decode(), self.service.publishing.address
        return self.context.pages.render(
            "whole.html",
            self.translator,
            share=found.share,
            version=found.version,
            owner=self.person(found.share.owner),
            address=f"{gallery}{found.share.id}" if gallery else "",
            notebook=Markup(text),  # noqa: S704  (cleaned)
            styles=Markup(await self.call(styles, self.context.pages.find_static, text)),  # noqa: S704
        )

    def save(self, found: Shown, content: str | bytes, kind: str, suffix: str) -> None:
        """Finish with a file to be saved."""
        name = f"{file_name(found.share.title).removesuffix('.ipynb')}.{suffix}"
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.finish(content)


class WholePage(WholePageHandler):
    """A version as one file of HTML."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Send the page to be saved."""
        found = await self.shown(share_id, version_number(number))
        self.save(found, await self.whole(found), "text/html; charset=utf-8", "html")


class PdfPage(WholePageHandler):
    """A version as PDF."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Send the PDF to be saved."""
        found = await self.shown(share_id, version_number(number))
        page = await self.whole(found)

        async def make() -> bytes:
            # A browser takes the memory of many readers: one at a time.
            async with self.service.printing:
                return await self.call_slow(pdf, page)

        # All that the PDF is made of is in the page; that may be large.
        key = ("pdf", sha256(page.encode()).digest())
        made = await self.service.kept.get(Wanted(key, 0, make, len))
        self.save(found, made, "application/pdf", "pdf")


class FilePage(SharesPageHandler):
    """A file that comes with a version."""

    @scoped(READ)
    async def get(self, share_id: str, number: str, name: str) -> None:
        """Send the file to be saved; whatever it holds, it is not shown here."""
        content = await send_file(self, share_id, number, name)
        self.set_header("Content-Type", BYTES)
        self.finish(content)


class RequirementsPage(SharesPageHandler):
    """What a version ran with, as pip reads it."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Send the list."""
        wanted = version_number(number)
        found = await self.call(self.service.shares.environment, self.actor, share_id, wanted)
        if found is None:
            raise NotFound("environment_unknown", "Nobody has told what this version ran with.")
        model = EnvironmentModel(**found)
        head = f"# Python {model.python}" + (f", image {model.image}" if model.image else "")
        lines = [head, *(f"{n}=={v}" for n, v in sorted(model.packages.items()))]
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        self.finish("\n".join(lines) + "\n")


class PicturePage(SharesPageHandler):
    """A version's first picture, for the gallery."""

    @scoped(READ)
    async def get(self, share_id: str, number: str) -> None:
        """Send the picture, with nothing allowed should it be opened by itself."""
        shares, version = self.service.shares, version_number(number)
        await self.shown(share_id, None)
        kind, picture = await self.kept(
            ("picture", share_id, version),
            lambda: shares.picture(LODGE, share_id, version),
            lambda found: len(found[1]),
        )
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        # a version never changes
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.finish(picture)
