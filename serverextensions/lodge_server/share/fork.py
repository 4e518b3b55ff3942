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
from .lacking import absent, other_profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..cores import Cores
    from .core import Forked
    from .lacking import Absent, Profile

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
a.way { padding: 0; background: none; color: var(--accent); text-decoration: underline; }
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
        "heading_shadow": "Your copy is there; look at this before you open it",
        "shadow": "Its file {name} has the name of a module of Python's: it may run as soon as you "
        "open the copy, before any cell. Open it if you trust who shared it; else delete the file "
        "first.",
        "link": "Open the copy",
        "missing": "{name} {wanted} is not installed.",
        "older": "{name} is {found} here, and was {wanted}.",
        "command": "A cell with this, run first, installs what is missing:",
        "source": "The SQL source {name} is not set up for you; ask your platform's team for it.",
        "table": "The table {name} of the SQL source {source} is not there, or not yours to read.",
        "table_default": "The table {name} is not there in your default SQL source, or not yours "
        "to read.",
        "profile": "It was shared from a server with the profile {name}; yours has {own}.",
        "profile_bare": "It was shared from a server with the profile {name}; yours has none.",
        "profile_start": "To run it so: stop your server on the hub's page, then start it anew.",
        "profile_other": "That profile is not one of yours.",
        "stop": "Stop my server",
        "start": "Start it with {name}",
    },
    "zh": {
        "heading": "副本已建好，但缺少它所需的内容",
        "heading_shadow": "副本已建好，打开前请先留意",
        "shadow": "其中的文件 {name} 与 Python 的模块同名：一打开副本，它就可能运行，"
        "早于任何单元格。请在信任分享者时再打开，否则请先删除该文件。",
        "link": "打开副本",
        "missing": "未安装 {name} {wanted}。",
        "older": "此处的 {name} 为 {found}，原来是 {wanted}。",
        "command": "先运行含以下内容的单元格即可安装：",
        "source": "您没有 SQL 数据源 {name}，请联系平台团队。",
        "table": "SQL 数据源 {source} 中没有表 {name}，或您无权读取。",
        "table_default": "您的默认 SQL 数据源中没有表 {name}，或您无权读取。",
        "profile": "分享时所用服务器的配置为 {name}，您的服务器配置为 {own}。",
        "profile_bare": "分享时所用服务器的配置为 {name}，您的服务器没有配置。",
        "profile_start": "要以该配置运行：先在 Hub 页面停止您的服务器，再重新启动。",
        "profile_other": "您不能使用该配置。",
        "stop": "停止我的服务器",
        "start": "以 {name} 启动",
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
        cores = cast("Cores", self.settings[CORES])
        lacking = await absent(cores.sql, forked.sources, forked.tables)
        profile = other_profile(forked.profile, core.environ)
        if forked.lacks or lacking.sources or lacking.tables or profile or forked.shadows:
            self._tell(address, forked, lacking, profile)
        else:
            self.redirect(address)

    def _tell(self, address: str, forked: Forked, lacking: Absent, profile: Profile | None) -> None:
        """Name what runs by itself, and what the copy needs and has not, before a cell fails."""
        language = _language(self.request.headers.get("Accept-Language", ""))
        words, lacks = _LACKING[language], forked.lacks
        said = [words["shadow"].format(name=name) for name in forked.shadows]
        said += [
            words[lack.kind].format(name=lack.name, wanted=lack.wanted, found=lack.found)
            for lack in lacks
        ]
        said += [words["source"].format(name=name) for name in lacking.sources]
        said += [
            words["table" if source else "table_default"].format(name=name, source=source)
            for source, name in lacking.tables
        ]
        parts = ["<br>".join(map(xhtml_escape, said))] if said else []
        if lacks:
            wanted = " ".join(f'"{lack.required}"' for lack in lacks)
            command = xhtml_escape(f"%pip install {wanted}")
            parts.append(f"{xhtml_escape(words['command'])}<br><code>{command}</code>")
        if profile is not None:
            parts.append(_profile(profile, words))
        message = "<br><br>".join(parts)
        heading = words["heading_shadow" if forked.shadows else "heading"]
        self._page(heading, message, words["link"], address, "lacks", language)

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


def _profile(profile: Profile, words: Mapping[str, str]) -> str:
    """Return what is said of another profile, with the ways to it."""
    key = "profile" if profile.own else "profile_bare"
    said = xhtml_escape(words[key].format(name=profile.name, own=profile.own))
    if not profile.start:
        return f"{said} {xhtml_escape(words['profile_other'])}"
    links = (
        (profile.stop, words["stop"]),
        (profile.start, words["start"].format(name=profile.name)),
    )
    ways = " · ".join(
        f'<a class="way" href="{xhtml_escape(where)}" target="_blank" rel="noopener">'
        f"{xhtml_escape(text)}</a>"
        for where, text in links
    )
    return f"{said} {xhtml_escape(words['profile_start'])}<br>{ways}"


def _language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the page speaks."""
    for part in accepted.split(","):
        language = part.split(";")[0].strip()[:2].lower()
        if language in _WORDS:
            return language
    return "en"
