"""Where a fork's link ends: the notebook is written, and JupyterLab opens it."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.escape import xhtml_escape

from ..errors import BadInput, LodgeServerError
from ..handlers import CORES

if TYPE_CHECKING:
    from ..cores import Cores

_PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading</title>
<style>
:root { color-scheme: light dark; --ink: #1f2933; --muted: #52606d; --canvas: #f7f8fa;
  --surface: #fff; --line: #e4e7eb; --accent: #0b6e4f; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --muted: #a7b1bb;
  --canvas: #14181d; --surface: #1b2127; --line: #2d353d; --accent: #4cc38a;
  --on-accent: #14181d; } }
body { margin: 0; padding: 12vh 16px 16px; background: var(--canvas); color: var(--ink);
  font: 16px/1.5 system-ui, "Noto Sans SC", sans-serif; }
main { max-width: 520px; margin: 0 auto; padding: 28px; background: var(--surface);
  border: 1px solid var(--line); border-radius: 6px; }
h1 { margin: 0 0 8px; font-size: 20px; }
p { margin: 0 0 20px; color: var(--muted); overflow-wrap: anywhere; }
a { display: inline-block; padding: 6px 16px; border-radius: 6px; background: var(--accent);
  color: var(--on-accent); text-decoration: none; }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
</style>
</head>
<body>
<main data-lodge="fork-error" data-reason="$reason">
<h1>$heading</h1>
<p>$message</p>
<a href="$home">$link</a>
</main>
</body>
</html>
""")

_WORDS = {
    "en": ("The notebook was not forked", "Go to my files"),
    "zh": ("未能派生笔记本", "返回我的文件"),
}


class ForkHandler(JupyterHandler):
    """Redeems a ticket for the user whose server this is."""

    auth_resource = "lodge-shares"

    @web.authenticated
    @authorized(action="write")
    async def get(self) -> None:
        """Write the fork and go there, or say why that was not possible."""
        ticket = self.get_query_argument("ticket", "")
        core = cast("Cores", self.settings[CORES]).share
        try:
            if not ticket:
                raise BadInput(
                    "no_ticket",
                    "The link has no ticket; open the shared notebook and press Fork again.",
                )
            path = await core.fork(ticket)
        except LodgeServerError as error:
            self.log.info("fork refused: %s", error.reason)
            self._refuse(error)
            return
        self.redirect(url_path_join(self.base_url, "lab/tree", quote(path)))

    def _refuse(self, error: LodgeServerError) -> None:
        language = _language(self.request.headers.get("Accept-Language", ""))
        heading, link = _WORDS[language]
        self.set_status(error.status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(
            _PAGE.substitute(
                language=language,
                heading=heading,
                link=link,
                message=xhtml_escape(error.message),
                reason=xhtml_escape(error.reason),
                home=xhtml_escape(url_path_join(self.base_url, "lab")),
            )
        )


def _language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the page speaks."""
    for part in accepted.split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in _WORDS:
            return language
    return "en"
