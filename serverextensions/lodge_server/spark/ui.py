"""The driver's own Spark UI below the user's server, for its owner alone.

The request goes on with the session's token in place of what proves the user to Jupyter: cookies
and the hub's tokens never reach the driver. Spark makes its links below the address that it is told
in ``X-Forwarded-Context``; only redirects are mended here.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.iostream import StreamClosedError

from ..errors import LodgeServerError
from ..handlers import CORES
from .driver import PAGE_TIMEOUT_S

if TYPE_CHECKING:
    import httpx

    from ..cores import Cores
    from .driver import Driver

SPARK_UI = "lodge-spark"
PASSED_ON = ("Accept", "Accept-Encoding", "Accept-Language", "If-None-Match", "If-Modified-Since")
PASSED_BACK = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "ETag",
    "Expires",
    "Last-Modified",
    "Vary",
    "X-Content-Type-Options",
)
"""Not among them: Set-Cookie, which would be Jupyter's name space, and hop-by-hop headers."""
MAX_FORM_BYTES = 64 * 1024

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="color-scheme" content="light dark">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 16px}}
button{{font:inherit;padding:4px 16px;margin-right:16px}}</style></head>
<body><main><h1>{title}</h1><p>{words}</p>{more}</main></body></html>
"""
_FORM = """<form method="post">{fields}<button type="submit">{verb}</button>
<a href="{back}">Back to the Spark UI</a></form>
"""


class SparkUIHandler(JupyterHandler):
    """The pages of a driver."""

    auth_resource = SPARK_UI
    _forged = False

    @property
    def _cores(self) -> Cores:
        return cast("Cores", self.settings[CORES])

    @web.authenticated
    @authorized
    async def get(self, application: str, path: str) -> None:
        """Show one."""
        await self._show(application, path)

    @web.authenticated
    @authorized
    async def head(self, application: str, path: str) -> None:
        """Tell about one."""
        await self._show(application, path)

    @web.authenticated
    @authorized
    async def post(self, application: str, path: str) -> None:
        """Cancel a job or a stage."""
        if not _kills(path):
            raise web.HTTPError(405)
        await self._show(application, path)

    def check_xsrf_cookie(self) -> None:
        """Remember that a request may be another page's: it gets a question, see `_show`."""
        try:
            super().check_xsrf_cookie()
        except web.HTTPError:
            self._forged = True

    async def _show(self, application: str, path: str) -> None:
        try:
            driver = self._cores.spark.driver(application)
            if _kills(path) and (self.request.method != "POST" or self._forged):
                self._confirm(application, path)
                return
            await self._relay(driver, application)
        except LodgeServerError as error:
            if self._headers_written:
                # Half a page is out: a connection that breaks says so, a page that ends doesn't.
                self.request.connection.stream.close()
                return
            self.set_status(error.status)
            self._page("The Spark UI can't be shown", html.escape(error.message))

    def _confirm(self, application: str, path: str) -> None:
        """Ask, on a page of Lodge's: Spark's own form doesn't carry Jupyter's token.

        Before Spark 4.3 its buttons are plain links, which any page could follow.
        """
        names = [name for name in self.request.arguments if name != "_xsrf"]
        hidden = (
            f'<input type="hidden" name="{html.escape(name)}" '
            f'value="{html.escape(self.get_argument(name))}">'
            for name in names
        )
        noun = "stage" if path.startswith("stages/") else "job"
        number = html.escape(self.get_argument("id", ""))
        form = _FORM.format(
            verb=f"Cancel the {noun}",
            fields=self.xsrf_form_html() + "".join(hidden),
            back=html.escape(f"{self._prefix(application)}/{path.split('/', 1)[0]}/"),
        )
        words = "Its tasks are stopped, and the cell that waits for it fails."
        self._page(f"Cancel {noun} {number}?", words, form)

    def _page(self, title: str, words: str, more: str = "") -> None:
        """Show a page of Lodge's; the words are HTML."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(_PAGE.format(title=title, words=words, more=more))

    def _prefix(self, application: str) -> str:
        return str(url_path_join(self.base_url, "lodge/spark", application))

    async def _relay(self, driver: Driver, application: str) -> None:
        prefix = self._prefix(application)
        asked = self.request.headers
        headers = {name: asked[name] for name in PASSED_ON if name in asked}
        headers.setdefault("Accept-Encoding", "identity")
        headers["X-Forwarded-Context"] = prefix
        form = None
        if self.request.method == "POST":
            if len(self.request.body) > MAX_FORM_BYTES:
                raise web.HTTPError(413)
            names = [name for name in self.request.arguments if name != "_xsrf"]
            form = {name: self.get_argument(name) for name in names}
        # Not the handler's argument, which is decoded already.
        target = self.request.uri.split(f"/lodge/spark/{application}", 1)[-1]
        async with (
            driver.client(PAGE_TIMEOUT_S) as client,
            client.stream(self.request.method, target, headers=headers, data=form) as answer,
        ):
            self._head(answer, driver, prefix)
            try:
                # As it came: a page that Spark has packed is not unpacked here.
                async for chunk in answer.aiter_raw():
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:  # The reader has left.
                return
        await self.finish()

    def _head(self, answer: httpx.Response, driver: Driver, prefix: str) -> None:
        self.set_status(answer.status_code, answer.reason_phrase or "Unknown")
        self.clear_header("Content-Type")
        for name in PASSED_BACK:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        policy = answer.headers.get("Content-Security-Policy", "")
        if "frame-ancestors" not in policy:
            policy = f"{policy.rstrip('; ')}; frame-ancestors 'self'".lstrip("; ")
        self.set_header("Content-Security-Policy", policy)
        if location := answer.headers.get("Location"):
            self.set_header("Location", below(location, driver.ui, prefix))


class SparkUIEntryHandler(JupyterHandler):
    """The address without its last slash, below which no link would hold."""

    auth_resource = SPARK_UI

    @web.authenticated
    @authorized
    async def get(self, application: str) -> None:
        """Go to the first page."""
        self.redirect(url_path_join(self.base_url, "lodge/spark", application) + "/")


def below(location: str, ui: str, prefix: str) -> str:
    """Return where a redirect of the Spark UI leads, as the browser sees it.

    Parameters
    ----------
    location
        The UI's ``Location``: a path, or an address of the UI or of the host that was asked.
    ui
        Address of the UI.
    prefix
        Path below which the browser finds it, without a slash at the end.
    """
    parts = urlsplit(location)
    if parts.netloc and parts.netloc != urlsplit(ui).netloc:
        return location
    if not parts.netloc and not parts.path.startswith("/"):
        return location
    path = parts.path if parts.path.startswith(f"{prefix}/") else prefix + parts.path
    return parts._replace(scheme="", netloc="", path=path).geturl()


def _kills(path: str) -> bool:
    return path.rstrip("/").endswith("/kill")


ROUTES: list[tuple[str, type[web.RequestHandler]]] = [
    (r"lodge/spark/([\w.-]+)", SparkUIEntryHandler),
    (r"lodge/spark/([\w.-]+)/(.*)", SparkUIHandler),
]
