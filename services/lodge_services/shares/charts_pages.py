"""Interactive charts of a share's page, each in a frame that can reach nothing.

A frame has an origin of nobody (a sandbox without `allow-same-origin`): what a notebook has put
into it sees neither Lodge nor the reader's cookies, and a policy keeps it from asking anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from html import escape
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from tornado import web

from ..errors import NotFound
from ..render.charts import Described, charts_of
from ..texts import whole
from ..web.auth import public, scoped
from ..web.handlers import SecureHandler
from .api import READ, ServiceMixin, version_number
from .models import LODGE
from .pages import SharesPageHandler

POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        # Both libraries compile what a chart reckons with; nothing can be reached by it here.
        "script-src 'self' 'unsafe-eval'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
"""Of a frame."""

_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{margin:0;background:#fff;overflow:hidden}}#chart{{width:100%}}</style></head>"
    '<body data-kind="{kind}"><div id="chart"></div>'
    '<script type="application/json" id="spec">{spec}</script>'
    '<script src="{library}"></script><script src="{script}"></script></body></html>'
)
_BOOT = Path(__file__).parent / "static" / "chart-frame.js"


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
        library = "plotly.js" if one.kind == "plotly" else "vega.js"
        self.set_header("Content-Security-Policy", POLICY)
        # A version never changes.
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(
            _PAGE.format(
                language=escape(self.translator.language),
                title=escape(self.translator("Chart")),
                kind=one.kind,
                # Nothing in it can end the element that it is in.
                spec=one.spec.replace("<", "\\u003c"),
                library=self._library(library),
                script=self._library("frame.js"),
            )
        )

    def _library(self, name: str) -> str:
        path = f"{self.context.hub.service_prefix}charts/{quote(name)}"
        return f"{path}?v={_versions()[name]}"


class ChartLibrary(ServiceMixin, SecureHandler):
    """A script that draws charts."""

    @public("libraries of charts hold no data")
    async def get(self, name: str) -> None:
        """Send the script, to frames too, which have an origin of nobody."""
        if name not in LIBRARIES:
            raise web.HTTPError(404)
        digest, make = _versions()[name], LIBRARIES[name]
        content = await self.call(self.service.rendered.get, digest, "js", make)
        kept = self.get_query_argument("v", "") == digest
        self.set_header(
            "Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache"
        )
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(content)


def _plotly() -> str:
    # The package itself is not loaded: it takes longer than all else here.
    found = find_spec("plotly")
    assert found is not None  # noqa: S101
    folder = (found.submodule_search_locations or [""])[0]
    return (Path(folder) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def _vega() -> str:
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


LIBRARIES: dict[str, Callable[[], str]] = {
    "frame.js": lambda: _BOOT.read_text(encoding="utf-8"),
    "plotly.js": _plotly,
    "vega.js": _vega,
}


@cache
def _versions() -> dict[str, str]:
    """Return what tells each script from those of other releases."""
    boot = sha256(_BOOT.read_bytes()).hexdigest()[:16]
    return {
        "frame.js": f"frame-{boot}",
        "plotly.js": f"plotly-{version('plotly')}",
        "vega.js": f"vega-{version('vl-convert-python')}",
    }
