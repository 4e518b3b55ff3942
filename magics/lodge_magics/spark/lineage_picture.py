"""A lineage as text, and as a picture that survives saving: SVG without script or style sheet."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lodge_magics.spark.lineage import Step

__all__ = ["lineage_svg", "lineage_text"]

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _EDGE = 250, 42, 16, 26, 12
_LETTERS = 38
_FONT = "font-family:system-ui,sans-serif"
_INK, _SOFT, _CUT, _KEPT = "#1f2933", "#5f6b76", "#b4540a", "#0b6e4f"


def lineage_text(root: Step) -> str:
    """Return the chain as an indented tree, the result first."""
    lines: list[str] = []

    def put(step: Step, depth: int) -> None:
        marks = f"  [cached: {step.cached}]" if step.cached else ""
        lines.append(f"{'  ' * depth}{step.name} {step.detail}".rstrip()[:160] + marks)
        if step.cut:
            lines.append(f"{'  ' * depth}---- stage ends here: shuffle ----")
        for source in step.sources:
            put(source, depth + 1)

    put(root, 0)
    return "\n".join(lines)


def lineage_svg(root: Step, title: str) -> str:
    """Return the chain as a picture: what it comes from above, the result at the bottom.

    Parameters
    ----------
    root
        The result.
    title
        Of the picture, for those who hear it.
    """
    places: list[tuple[Step, float, int]] = []
    deepest = _place(root, 0, [0.0], places)
    width = 2 * _EDGE + max(x for _, x, _ in places) * (_WIDTH + _GAP_X) + _WIDTH
    height = 2 * _EDGE + deepest * (_HEIGHT + _GAP_Y) + _HEIGHT
    corner = {
        id(step): (
            _EDGE + x * (_WIDTH + _GAP_X),
            _EDGE + (deepest - depth) * (_HEIGHT + _GAP_Y),
        )
        for step, x, depth in places
    }
    size = f'width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}"'
    label = html.escape(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">',
        f"<title>{label}</title>",
        '<rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
    ]
    for step, _, _ in places:
        parts += [_edge(corner[id(source)], corner[id(step)], step.cut) for source in step.sources]
    parts += [_box(step, *corner[id(step)]) for step, _, _ in places]
    return "".join([*parts, "</svg>"])


def _place(
    step: Step, depth: int, column: list[float], places: list[tuple[Step, float, int]]
) -> int:
    """Give each step a column and a depth: leaves side by side, a step in the middle of its own."""
    deepest, columns = depth, []
    for source in step.sources:
        deepest = max(deepest, _place(source, depth + 1, column, places))
        columns.append(places[-1][1])
    if columns:
        x = (columns[0] + columns[-1]) / 2
    else:
        x = column[0]
        column[0] += 1
    places.append((step, x, depth))
    return deepest


def _edge(source: tuple[float, float], step: tuple[float, float], cut: bool) -> str:
    x1, y1 = source[0] + _WIDTH / 2, source[1] + _HEIGHT
    x2, y2 = step[0] + _WIDTH / 2, step[1]
    middle = (y1 + y2) / 2
    style = f'stroke="{_CUT}" stroke-dasharray="5 3"' if cut else f'stroke="{_SOFT}"'
    line = (
        f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} '
        f'{x2:.0f} {y2:.0f}" fill="none" stroke-width="1.5" {style}/>'
    )
    if cut:
        line += (
            f'<text x="{(x1 + x2) / 2 + 8:.0f}" y="{middle + 4:.0f}" font-size="11" fill="{_CUT}" '
            f'style="{_FONT}">shuffle: a stage ends</text>'
        )
    return line


def _box(step: Step, x: float, y: float) -> str:
    kept = step.cached is not None
    below = f"cached: {step.cached}" if kept else step.detail
    return (
        f"<g><title>{html.escape(f'{step.name} {step.detail}')}</title>"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="5" '
        f'fill="{"#e6f4ee" if kept else "#f4f6f8"}" stroke="{_KEPT if kept else "#c5ced6"}"/>'
        f'<text x="{x + 10:.0f}" y="{y + 17:.0f}" font-size="13" font-weight="600" fill="{_INK}" '
        f'style="{_FONT}">{html.escape(_short(step.name, 30))}</text>'
        f'<text x="{x + 10:.0f}" y="{y + 33:.0f}" font-size="11" '
        f'fill="{_KEPT if kept else _SOFT}" style="{_FONT}">{html.escape(_short(below))}</text></g>'
    )


def _short(text: str, most: int = _LETTERS) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
