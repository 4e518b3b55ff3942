"""Handlers of pages, and of the static files they load."""

from __future__ import annotations

import mimetypes
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote

from markupsafe import Markup, escape
from tornado import web

from ..errors import Unauthorized
from ..pages.pieces import Pieces, gap
from ..pages.translation import Translator, choose_language
from .auth import public
from .handlers import CONTENT_SECURITY_POLICY, READ_METHODS, BaseHandler, SecureHandler


class PageHandler(BaseHandler):
    """Answers with HTML, errors included."""

    _tag: str | None = None

    def set_default_headers(self) -> None:
        """Let forms lead to users' servers too, which have origins of their own.

        A browser that is sent on after a form asks the page's policy at each step.
        """
        super().set_default_headers()
        public = self.context.hub.public_url
        if public:
            policy = CONTENT_SECURITY_POLICY.replace(
                "form-action 'self'", f"form-action 'self' {public.replace('://', '://*.')}"
            )
            self.set_header("Content-Security-Policy", policy)

    async def authorize(self, scope: str) -> bool:
        """Find out who asks, whether they hold `scope`, and what people are called."""
        granted = await super().authorize(scope)
        if granted:
            await self.context.people.fresh()
        return granted

    @property
    def translator(self) -> Translator:
        """The translator into the reader's language."""
        language = choose_language(self.request.headers.get("Accept-Language", ""))
        return self.context.pages.translator(language)

    def person(self, login: str = "") -> str:
        """Return what somebody is called; "" stands for the reader."""
        return self.context.people.name(login or self.user.name)

    def page_url(self, *parts: str) -> str:
        """Return the path of one of this service's pages."""
        return self.context.hub.service_prefix + "/".join(quote(part) for part in parts)

    def page(self, template: str, **values: Any) -> None:
        """Finish with the page that `template` makes of `values`."""
        self.finish_page(
            self.context.pages.render(
                template,
                self.translator,
                user=self.identity,
                xsrf_input=self.xsrf_input,
                person=self.person,
                **self._everywhere(),
                **values,
            )
        )

    def pieces(self, template: str, **values: Any) -> Pieces:
        """Return the page that `template` makes of `values` for whoever reads it.

        `finish_pieces` fills its gaps; `values` may bring the one for large content.
        """
        return self.context.pages.pieces(
            template,
            self.translator,
            user={"name": gap("user")},
            xsrf_input=lambda: gap("xsrf"),
            person=lambda login="": gap("person", quote(login, safe="")),
            **self._everywhere(),
            **values,
        )

    def finish_pieces(self, page: Pieces, *, content: bytes = b"", of: str = "") -> None:
        """Finish with a page for this reader.

        Parameters
        ----------
        page
            Made by `pieces`.
        content
            What is in the gap ``content``, which is large.
        of
            Tells `content` from any other, so that it need not be read for that.
        """
        translator, name = self.translator, escape(self.user.name).encode()

        def ago(moment: str) -> bytes:
            since = self.context.pages.since(datetime.fromisoformat(moment), translator)
            return escape(since).encode()

        filled = page.fill(
            {
                "user": lambda _: name,
                "person": lambda login: escape(self.person(unquote(login))).encode(),
                "xsrf": lambda _: self.xsrf_input().encode(),
                "ago": ago,
                "content": lambda _: content,
            }
        )
        told = sha256(page.digest + of.encode())
        for each in filled:
            if each is not content:
                told.update(b"%d\n" % len(each) + each)
        self._tag = f'"{told.hexdigest()}"'
        self.finish_page(page.whole(filled))

    def compute_etag(self) -> str | None:
        """Return what tells this answer from others."""
        return self._tag or super().compute_etag()

    def finish_page(self, html: str | bytes) -> None:
        """Finish with a page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Vary", "Accept-Language, Cookie")
        self.finish(html)

    def _everywhere(self) -> dict[str, Any]:
        return {
            "hub": self.context.hub,
            "static_url": self.versioned_static_url,
            "page_url": self.page_url,
        }

    def xsrf_input(self) -> Markup:
        """Return the hidden field that every form that writes needs."""
        return Markup(self.xsrf_form_html())  # noqa: S704  (tornado escapes the token)

    def versioned_static_url(self, name: str) -> str:
        """Return the address of a static file; it changes with the file's content."""
        version = self.context.pages.static_version(name)
        return f"{self.context.hub.service_prefix}static/{quote(name)}?v={version}"

    def anonymous(self) -> bool:
        """Send a reader to sign in, and bring them back here."""
        if self.request.method in READ_METHODS:
            self.redirect(self.get_login_url())
            return False
        # a form's content would be lost on the way through the hub, so say so
        return super().anonymous()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page that says what failed and what to do."""
        _, message = self.explain(status_code, kwargs)
        translate = self.translator
        missing = status_code in (404, 410)
        heading = translate("There is nothing here" if missing else "This did not work")
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.page(
            "error.html",
            heading=heading,
            message=translate.told(message),
            sign_in_url=self.page_url() if isinstance(error, Unauthorized) else None,
        )


class PageNotFoundHandler(PageHandler):
    """Every path that is none."""

    @public("says only that there is nothing")
    async def get(self, *_: str) -> None:
        """Answer 404, whatever the verb."""
        raise web.HTTPError(404)

    head = post = put = patch = delete = options = get


class BarePrefixHandler(PageHandler):
    """The service's address without its last slash."""

    @public("leads to the address with the slash, and says nothing else")
    async def get(self) -> None:
        """Lead there."""
        self.redirect(self.page_url(), permanent=True)


class StaticHandler(SecureHandler):
    """Static files of the service and of Lodge, found by name."""

    @public("style sheets, scripts and pictures of Lodge itself hold no data")
    async def get(self, name: str) -> None:
        """Send the file; one with its digest in the address may be kept for a year."""
        pages = self.settings["context"].pages
        path = pages.find_static(name)
        if path is None:
            raise web.HTTPError(404)
        kept = self.get_query_argument("v", "") == pages.static_version(name)
        self.set_header(
            "Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache"
        )
        # The hub's page of a server that fails is shown at that server's origin.
        self.set_header("Cross-Origin-Resource-Policy", "same-site")
        kind, _ = mimetypes.guess_type(path.name)
        self.set_header("Content-Type", kind or "application/octet-stream")
        self.finish(path.read_bytes())
