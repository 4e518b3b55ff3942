"""Colours and sides of tables' cells, such as a pandas Styler gives, as classes of ours.

No style of a notebook reaches our pages: of a style sheet's rules for single ids, and of inline
styles, the text's and the ground's colour, bold, italic and the side are read; a colour becomes the
nearest of 216 that ``render-colours.css`` has.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from html import unescape

_ID = re.compile(r"#([\w-]{1,100})\s*\Z")
_CELL = re.compile(
    r"<(td|th|tr|span|p|div|font|mark|b|strong|em|i|code)\b([^<>]{0,4000})>", re.IGNORECASE
)
# The tag of before, which many notebooks colour words by.
_FONT = re.compile(r"<(/?)font\b([^<>]{0,400}>)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""\s(id|class|style|align|color)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)
_HEX = re.compile(r"#([0-9a-f]{3,8})\Z")
_RGB = re.compile(r"(rgb|hsl)a?\(\s*([\d.]+)(?:deg)?[\s,]+([\d.]+)%?[\s,]+([\d.]+)%?(?:[^)]*)\)\Z")
_NAMED = {
    "black": "000000",
    "white": "ffffff",
    "red": "ff0000",
    "green": "008000",
    "blue": "0000ff",
    "yellow": "ffff00",
    "orange": "ffa500",
    "purple": "800080",
    "pink": "ffc0cb",
    "gray": "808080",
    "grey": "808080",
    "lightgray": "d3d3d3",
    "lightgrey": "d3d3d3",
    "darkgray": "a9a9a9",
    "darkgrey": "a9a9a9",
    "silver": "c0c0c0",
    "brown": "a52a2a",
    "lightgreen": "90ee90",
    "darkgreen": "006400",
    "lime": "00ff00",
    "teal": "008080",
    "lightblue": "add8e6",
    "darkblue": "00008b",
    "navy": "000080",
    "cyan": "00ffff",
    "magenta": "ff00ff",
    "violet": "ee82ee",
    "gold": "ffd700",
    "salmon": "fa8072",
    "crimson": "dc143c",
    "tomato": "ff6347",
    "coral": "ff7f50",
    "lightyellow": "ffffe0",
    "lightcoral": "f08080",
    "lightpink": "ffb6c1",
    "darkred": "8b0000",
    "maroon": "800000",
    "khaki": "f0e68c",
    "beige": "f5f5dc",
    "olive": "808000",
    "indigo": "4b0082",
    "skyblue": "87ceeb",
    "steelblue": "4682b4",
    "royalblue": "4169e1",
    "aqua": "00ffff",
    "darkorange": "ff8c00",
    "orchid": "da70d6",
    "plum": "dda0dd",
    "lavender": "e6e6fa",
    "whitesmoke": "f5f5f5",
    "fuchsia": "ff00ff",
    "limegreen": "32cd32",
    "seagreen": "2e8b57",
}
#: Declarations of one style that are looked at.
_MOST = 30


_COLOURED = re.compile(r"\bnb-(?:bg|fg)-")


def has_colours(html: str) -> bool:
    """Tell whether rendered HTML needs ``render-colours.css``, which is larger than all else."""
    return _COLOURED.search(html) is not None


def with_classes(html: str) -> str:
    """Return HTML, not clean yet, whose colours and sides are classes and attributes."""
    rules: dict[str, str] = {}
    for sheet in _sheets(html):
        for rule in sheet.split("}"):
            selectors, _, body = rule.partition("{")
            for selector in selectors.split(","):
                found = _ID.search(selector.strip())
                if found:
                    rules[found[1]] = f"{rules.get(found[1], '')};{body}"
    html = _FONT.sub(r"<\1span\2", html)
    if not rules and "style" not in html.lower() and "color" not in html.lower():
        return html
    return _CELL.sub(lambda match: _classed(match, rules), html)


def _sheets(html: str) -> Iterator[str]:
    lower = html.lower()
    end = 0
    while (start := lower.find("<style", end)) >= 0 and (end := lower.find("</style", start)) >= 0:
        yield html[html.find(">", start) + 1 : end]


def _classed(match: re.Match[str], rules: dict[str, str]) -> str:
    given = {
        name.lower(): unescape(value.strip("\"'")) for name, value in _ATTRIBUTE.findall(match[2])
    }
    # A style wins over the attribute.
    style = f"{rules.get(given.get('id', ''), '')};{given.get('style', '')}"
    if "color" in given:
        style = f"color:{given['color']};{style}"
    if style == ";":
        return match[0]
    classes, side = _read(style)
    rest = _ATTRIBUTE.sub(
        lambda one: "" if one[1].lower() in ("style", "class", "color") else one[0], match[2]
    )
    names = " ".join([given.get("class", ""), *classes]).replace('"', "")
    align = f' align="{side}"' if side and "align" not in given else ""
    return f'<{match[1]}{rest} class="{names}"{align}>'


def _read(style: str) -> tuple[list[str], str]:
    found: dict[str, str] = {}
    side = ""
    for declaration in style.lower().split(";")[:_MOST]:
        name, _, value = (part.strip() for part in declaration.partition(":"))
        value = value.removesuffix("!important").strip()
        if name == "text-align" and value in ("left", "right", "center"):
            side = value
        elif name in ("color", "background-color", "background"):
            colour = colour_of(value)
            if colour:
                found["fg" if name == "color" else "bg"] = colour
        elif name == "font-weight":
            found["bold"] = "nb-bold" if value in ("bold", "bolder", "600", "700", "800") else ""
        elif name == "font-style":
            found["italic"] = "nb-italic" if value in ("italic", "oblique") else ""
    classes = [
        f"nb-{kind}-{value}" if kind in ("fg", "bg") else value for kind, value in found.items()
    ]
    return [name for name in classes if name], side


def colour_of(value: str) -> str:
    """Return the nearest of 216 colours, three digits from 0 to 5; "" for what is no colour.

    Parameters
    ----------
    value
        A colour as CSS has it, in small letters.
    """
    levels: tuple[float, float, float]
    if (found := _HEX.match("#" + _NAMED.get(value, value.removeprefix("#")))) is not None:
        digits = found[1]
        if value.startswith("#") or value in _NAMED:
            wide = digits if len(digits) >= 6 else "".join(digit * 2 for digit in digits[:3])
            levels = (int(wide[:2], 16) / 255, int(wide[2:4], 16) / 255, int(wide[4:6], 16) / 255)
        else:
            return ""
    elif (found := _RGB.match(value)) is not None:
        first, second, third = (float(found[index]) for index in (2, 3, 4))
        if found[1] == "rgb":
            levels = (first / 255, second / 255, third / 255)
        else:
            levels = colorsys.hls_to_rgb(first % 360 / 360, third / 100, second / 100)
    else:
        return ""
    return "".join(str(round(5 * min(1.0, max(0.0, level)))) for level in levels)
