"""Formulas and SVG as pictures for wikis: what they look like, and what they must not reach."""

from __future__ import annotations

import base64
import http.server
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_services.render import svg as svg_module
from lodge_services.render.formula_pictures import formula_picture
from lodge_services.render.formulas import mathml
from lodge_services.render.svg import SIDE, svg_raster

RED = '<rect width="10" height="10" fill="red"/>'
NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


#: What could bring something from elsewhere, each in a way of its own.
REACHING = (
    '<image href="TARGET" width="10" height="10"/>',
    '<image xlink:href="TARGET" width="10" height="10"/>',
    '<g><image xlink:href="\nTARGET" width="10" height="10"/></g>',
    '<filter id="f"><feImage href="TARGET"/></filter>',
    '<rect width="10" height="10" fill="none" filter="url(#f)"/>',
    '<use href="TARGET#a"/>',
    '<style>@import "TARGET"; svg { background: url(TARGET) }</style>',
    '<rect width="10" height="10" style="fill: url(TARGET#p)" fill-opacity="0"/>',
    '<script href="TARGET"/>',
    '<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="TARGET"/></foreignObject>',
)


def svg(inner: str, size: str = 'width="10" height="10"') -> bytes:
    return f"<svg {NAMES} {size}>{inner}</svg>".encode()


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_an_svg_is_a_sharp_picture_of_its_size() -> None:
    found = svg_raster(svg(RED, 'width="72pt" height="1in" viewBox="0 0 10 10"'))
    assert found is not None
    assert (found.width, found.height) == (96, 96)
    assert size_of(found.png) == (192, 192)


def test_a_large_svg_is_made_smaller() -> None:
    found = svg_raster(svg(RED, 'width="60000" height="30000"'))
    assert found is not None
    assert size_of(found.png) == (SIDE, SIDE // 2)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<svg",
        b"<html/>",
        svg(RED, 'width="0" height="10"'),
        svg(RED, 'width="1" height="99999"'),
        svg(RED, 'width="1e999" height="1e999"'),
        svg(RED, 'viewBox="a b c"'),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>"),
        b"<?xml version='1.0' encoding='utf-77'?><svg/>",
    ],
)
def test_what_can_be_no_picture_is_none(broken: bytes) -> None:
    assert svg_raster(broken) is None


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server, and the paths that it is asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_svg_reaches_no_file_and_no_address(
    tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    address, paths = asked
    secret = svg_raster(svg(RED))
    plain = svg_raster(svg(""))
    assert secret is not None
    assert plain is not None
    assert secret.png != plain.png
    file = tmp_path / "secret.png"
    file.write_bytes(secret.png)
    within = base64.b64encode(svg(f'<image href="{file}" width="10" height="10"/>')).decode()
    targets = (
        str(file),
        f"file://{file}",
        f"{address}/x.png",
        f"data:image/svg+xml;base64,{within}",
    )
    for target in targets:
        found = svg_raster(svg("".join(REACHING).replace("TARGET", target)))
        assert found is not None
        assert found.png == plain.png, target
    assert paths == []


def test_a_picture_within_an_svg_is_shown() -> None:
    red = svg_raster(svg(RED))
    assert red is not None
    data = f"data:image/png;base64,{base64.b64encode(red.png).decode()}"
    shown = svg_raster(svg(f'<image xlink:href="{data}" width="10" height="10"/>'))
    empty = svg_raster(svg(""))
    assert shown is not None
    assert empty is not None
    assert shown.png != empty.png


@pytest.mark.parametrize("family", ["", "Verdana", "serif", "monospace", "None, sans-serif"])
def test_text_is_shown_in_whatever_letters_there_are(family: str) -> None:
    empty = svg_raster(svg(""))
    shown = svg_raster(svg(f'<text y="9" font-size="9" font-family="{family}">A</text>'))
    assert empty is not None
    assert shown is not None
    assert shown.png != empty.png


def test_a_renderer_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg_module, "SECONDS", 0.001)
    assert svg_raster(svg(RED)) is None


@pytest.mark.parametrize(
    "source",
    [
        r"\frac{a}{b} + \sum_{i=0}^n x_i^2",
        r"\begin{align} a &= b \label{x} \\ c &= d \nonumber \end{align}",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"\begin{cases} a & b \\ c & d \end{cases}",
        r"\begin{gather} a \\ b \end{gather}",
        r"\begin{rcases} a \\ b \end{rcases} x",
        r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
        r"\color{red}{x}",
        r"\text{a < b & c}",
        r"\overbrace{a+b}^{n} \hat{\beta} \mathbb{R} \mathcal{L} \mathfrak{g} \sqrt[3]{x}",
        r"\sin x \quad \lim_{x \to 0} f \xrightarrow{ab} \boxed{x}",
        r"|x| \left\| y \right\| \binom{n}{k} \cdots \therefore \nabla \partial \infty",
    ],
)
def test_what_a_page_shows_of_formulas_pictures_show(source: str) -> None:
    assert mathml(source, display=True)
    found = formula_picture(source, display=True)
    assert found is not None
    assert size_of(found.png)[0] > found.width > 5


@pytest.mark.parametrize(
    "source",
    [r"\nosuchthing{x}", r"\begin{nosuch}x\end{nosuch}", "{" * 300, "", "x" * 5_000,
     r"\text{中文}", r"\prescript{a}{b}{c}"],
)  # fmt: skip
def test_what_can_be_no_formula_is_none(source: str) -> None:
    assert formula_picture(source, display=False) is None
