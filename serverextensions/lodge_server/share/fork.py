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
    from collections.abc import Sequence

    from ..cores import Cores
    from .environment import Lack

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
<main data-lodge="fork" data-reason="$reason">
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

_LACKING = {
    "en": {
        "heading": "Your copy is there, but something that it needs is not",
        "link": "Open the copy",
        "missing": "{name} {wanted} is not installed.",
        "older": "{name} is {found} here, and was {wanted}.",
        "command": "A cell with this, run first, installs what is missing:",
        "source": "The SQL source {name} is not set up for you; ask your platform's team for it.",
    },
    "zh": {
        "heading": "副本已建好，但缺少它所需的内容",
        "link": "打开副本",
        "missing": "未安装 {name} {wanted}。",
        "older": "此处的 {name} 为 {found}，原来是 {wanted}。",
        "command": "先运行含以下内容的单元格即可安装：",
        "source": "您没有 SQL 数据源 {name}，请联系平台团队。",
    },
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
            forked = await core.fork(ticket)
        except LodgeServerError as error:
            self.log.info("fork refused: %s", error.reason)
            self._refuse(error)
            return
        address = url_path_join(self.base_url, "lab/tree", quote(forked.path))
        absent = await self._absent(forked.sources)
        if forked.lacks or absent:
            self._tell(address, forked.lacks, absent)
        else:
            self.redirect(address)

    async def _absent(self, named: Sequence[str]) -> Sequence[str]:
        """Return the SQL sources that the user has not."""
        if not named:
            return ()
        try:
            known = await cast("Cores", self.settings[CORES]).sql.sources()
        except LodgeServerError as error:
            # The copy is there; what sources there are its cells will tell.
            self.log.info("sources are not known: %s", error.reason)
            return ()
        there = {one.get("name") for one in known.get("items", ())}
        return [name for name in named if name not in there]

    def _tell(self, address: str, lacks: Sequence[Lack], absent: Sequence[str]) -> None:
        """Name what the copy needs and has not, before one of its cells fails."""
        language = _language(self.request.headers.get("Accept-Language", ""))
        words = _LACKING[language]
        said = [
            words[lack.kind].format(name=lack.name, wanted=lack.wanted, found=lack.found)
            for lack in lacks
        ]
        said += [words["source"].format(name=name) for name in absent]
        message = "<br>".join(map(xhtml_escape, said))
        if lacks:
            wanted = " ".join(f'"{lack.required}"' for lack in lacks)
            command = xhtml_escape(f"%pip install {wanted}")
            message += f"<br><br>{xhtml_escape(words['command'])}<br><code>{command}</code>"
        self._page(words["heading"], message, words["link"], address, "lacks", language)

    def _refuse(self, error: LodgeServerError) -> None:
        language = _language(self.request.headers.get("Accept-Language", ""))
        heading, link = _WORDS[language]
        self.set_status(error.status)
        home = url_path_join(self.base_url, "lab")
        self._page(heading, xhtml_escape(error.message), link, home, error.reason, language)

    def _page(
        self, heading: str, message: str, link: str, address: str, reason: str, language: str
    ) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(
            _PAGE.substitute(
                language=language,
                heading=heading,
                link=link,
                message=message,
                reason=xhtml_escape(reason),
                home=xhtml_escape(address),
            )
        )


def _language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the page speaks."""
    for part in accepted.split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in _WORDS:
            return language
    return "en"
