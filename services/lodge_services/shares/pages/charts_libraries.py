"""Scripts and style sheets that draw what is interactive, all of them Lodge's own.

Plotly and Vega come with packages of Python; the others are built from packages of Node into the
folder `libraries`, with their authors' terms beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from tornado import web

from ...web.auth import public
from ...web.handlers import SecureHandler
from ..api.shares import ServiceMixin

_BOOT = Path(__file__).parent / "static" / "chart-frame.js"
_BUILT = Path(__file__).parents[1] / "libraries"
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}


class ChartLibrary(ServiceMixin, SecureHandler):
    """A script that draws charts, or its style sheet."""

    @public("libraries of charts hold no data")
    async def get(self, name: str) -> None:
        """Send it, to frames too, which have an origin of nobody."""
        digest = version_of(name)
        if digest is None:
            raise web.HTTPError(404)
        kind = name.rpartition(".")[2]
        if name in _MADE:
            content = await self.call(self.service.rendered.get, digest, kind, _MADE[name])
        else:
            content = await self.call(_file(name).read_bytes)
        kept = self.get_query_argument("v", "") == digest
        self.set_header(
            "Cache-Control", "public, max-age=31536000, immutable" if kept else "no-cache"
        )
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.set_header("Content-Type", _KINDS[kind])
        self.finish(content)


def library_path(prefix: str, name: str) -> str:
    """Return the path of a library below the service's prefix, with what tells its release."""
    return f"{prefix}charts/{quote(name)}?v={version_of(name) or ''}"


@cache
def version_of(name: str) -> str | None:
    """Return what tells a library from those of other releases; None where there is none of it."""
    if name in _MADE:
        package = _PACKAGES[name]
        return f"{name.partition('.')[0]}-{version(package)}"
    if name not in _FILES or not _file(name).is_file():
        return None
    return f"{name.partition('.')[0]}-{sha256(_file(name).read_bytes()).hexdigest()[:16]}"


def _file(name: str) -> Path:
    return _BOOT if name == "frame.js" else _BUILT / name


def _plotly() -> str:
    # The package itself is not loaded: it takes longer than all else here.
    found = find_spec("plotly")
    assert found is not None  # noqa: S101
    folder = (found.submodule_search_locations or [""])[0]
    return (Path(folder) / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def _vega() -> str:
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


_MADE: dict[str, Callable[[], str]] = {"plotly.js": _plotly, "vega.js": _vega}
_PACKAGES = {"plotly.js": "plotly", "vega.js": "vl-convert-python"}
_FILES = frozenset(
    {
        *("frame.js", "bokeh.js", "bokeh-gl.js", "bokeh-mathjax.js"),
        *("maps.css", "maps.js", "widgets.css", "widgets.js"),
    }
)
