"""What is interactive on a share's page, each in a frame that can reach nothing.

A frame has an origin of nobody (a sandbox without `allow-same-origin`): what a notebook has put
into it sees neither Lodge nor the reader's cookies, and a policy keeps it from asking anybody. The
page around it lets the frame go nowhere else. That holds for scripts that a notebook brings, too:
those of maps, and what runs when somebody moves a slider beside a figure of Bokeh.
"""

from __future__ import annotations

import json
from html import escape
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from ...errors import NotFound
from ...render.charts import Described, charts_of
from ...render.maps import map_page
from ...texts import whole
from ...web.auth import scoped
from ..api.shares import READ, version_number
from ..models import LODGE
from .charts_libraries import library_path
from .share import SharesPageHandler

#: What draws each kind; a style sheet goes before the scripts.
_LIBRARIES = {
    "plotly": ("plotly.js",),
    "vega": ("vega.js",),
    "vega-lite": ("vega.js",),
    "bokeh": ("bokeh.js",),
    "map": ("maps.css",),
    "widgets": ("widgets.css", "widgets.js"),
}
#: Those within which scripts of a notebook's own may run. By itself such a page could pass itself
#: off as Lodge's, and go elsewhere with what is typed into it.
_FRAMED_ONLY = {"bokeh", "map", "widgets"}
_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{margin:0;background:#fff;overflow:auto hidden}}#chart{{display:flow-root}}"
    '</style>{sheets}</head><body data-kind="{kind}"><div id="chart"></div>'
    '<script type="application/json" id="spec">{spec}</script>{scripts}</body></html>'
)
_MAP = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    '{sheets}<script src="{script}"{data}></script>{page}'
)


def policy(kind: str, tiles: str) -> str:
    """Return the policy of a frame, which lets maps ask for tiles alone."""
    # Libraries compile what a chart reckons with, and maps are scripts of the notebook's own;
    # nothing can be reached by either here.
    scripts = "'unsafe-inline'" if kind == "map" else "'unsafe-eval'"
    pictures = f"data: blob: {tiles_origin(tiles)}" if kind == "map" else "data: blob:"
    return "; ".join(
        (
            "sandbox allow-scripts",
            "default-src 'none'",
            f"script-src 'self' {scripts}",
            "style-src 'self' 'unsafe-inline'",
            f"img-src {pictures.strip()}",
            "font-src data:",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
        )
    )


def tiles_origin(tiles: str) -> str:
    """Return the origin of the address of tiles; "" for none."""
    parts = urlsplit(tiles)
    return f"{parts.scheme}://{parts.netloc}" if tiles else ""


class ChartPage(SharesPageHandler):
    """A chart of a version, for a frame of the share's page."""

    @scoped(READ)
    async def get(self, share_id: str, number: str, chart: str) -> None:
        """Send the frame."""
        shares, wanted = self.service.shares, version_number(number)
        await self.shown(share_id, None)

        def make() -> Described:
            at = int(chart) if chart.isascii() and chart.isdecimal() and len(chart) < 6 else -1
            found = charts_of(whole(shares.notebook(LODGE, share_id, wanted)))
            one = next(islice(found, at, None), None) if at >= 0 else None
            if one is None:
                raise NotFound("chart_not_found", f"This version has no chart {chart}.")
            return one

        one = await self.kept(("chart", share_id, wanted, chart), make, lambda one: len(one.spec))
        self.set_header("Vary", "Accept-Language, Cookie, Sec-Fetch-Dest")
        wanted_as = self.request.headers.get("Sec-Fetch-Dest", "iframe")
        if one.kind in _FRAMED_ONLY and wanted_as != "iframe":
            self.redirect(self.page_url(share_id, "versions", str(wanted)))
            return
        tiles = self.service.tiles if one.kind == "map" else ""
        self.set_header("Content-Security-Policy", policy(one.kind, tiles))
        # What no policy of content holds back, browsers that know this do: calls of WebRTC, also
        # those of frames within.
        also = f' "{tiles_origin(tiles)}/*"' if tiles else ""
        self.set_header("Connection-Allowlist", f"(response-origin{also})")
        # Names in it are looked up nowhere, be it ahead of time.
        self.set_header("X-DNS-Prefetch-Control", "off")
        # A version never changes.
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(await self.call(self._map if one.kind == "map" else self._chart, one))

    def _chart(self, one: Described) -> str:
        names = list(_LIBRARIES[one.kind])
        if one.kind == "bokeh":
            # These are large, and seldom needed.
            names += ["bokeh-gl.js"] if '"webgl"' in one.spec else []
            formula = ("$$", "\\\\[", "\\\\(", '"TeX"', '"MathML"')
            names += ["bokeh-mathjax.js"] if any(sign in one.spec for sign in formula) else []
        scripts = (self._path(name) for name in (*names, "frame.js") if name.endswith(".js"))
        return _PAGE.format(
            **self._head(one),
            kind=one.kind,
            # Nothing in it can end the element that it is in.
            spec=one.spec.replace("<", "\\u003c"),
            scripts="".join(f'<script src="{path}"></script>' for path in scripts),
        )

    def _map(self, one: Described) -> str:
        spec: dict[str, Any] = json.loads(one.spec)
        shown, said = map_page(spec["page"]), self.translator
        tiles = self.service.tiles
        notes = [] if tiles else [said("Background tiles are not loaded.")]
        if shown.missing:
            names = ", ".join(shown.missing[:5])
            notes.append(
                said("Lodge does not have what some of it is drawn by: {names}.", names=names)
            )
        shape = {key: spec.get(key) for key in ("ratio", "height")}
        data = {"note": " ".join(notes), "tiles": tiles, **shape}
        given = (f' data-{key}="{escape(str(value))}"' for key, value in data.items() if value)
        return _MAP.format(
            **self._head(one), script=self._path("maps.js"), data="".join(given), page=shown.html
        )

    def _head(self, one: Described) -> dict[str, str]:
        sheets = (self._path(name) for name in _LIBRARIES[one.kind] if name.endswith(".css"))
        return {
            "language": escape(self.translator.language),
            "title": escape(self.translator("Map" if one.kind == "map" else "Chart")),
            "sheets": "".join(f'<link rel="stylesheet" href="{path}">' for path in sheets),
        }

    def _path(self, name: str) -> str:
        return library_path(self.context.hub.service_prefix, name)
