"""Pictures and formulas of a page as a wiki's attachments."""

from __future__ import annotations

import base64
import binascii
import re

from ...render.formula_pictures import FormulaPicture, formula_picture
from ...render.images import SVG, picture_bytes
from ...render.limits import FORMULA_LIMIT
from ...render.svg import Raster, svg_raster
from ...render.tree import Formula, Picture
from .base import Attachment

ALT_LIMIT = 300
"""Characters that say what a picture shows."""

_DATA = re.compile(r"data:(image/[a-z+]+);base64,(.*)\Z", re.DOTALL)


class Pictures:
    """Finds the attachments of a page, each made once."""

    def __init__(self) -> None:
        self._rasters: dict[bytes, Raster | None] = {}
        self._formulas: dict[Formula, FormulaPicture | None] = {}
        self._named: dict[str, Attachment] = {}

    def picture(self, picture: Picture) -> tuple[Attachment, int | None, int | None] | None:
        """Return a picture as an attachment, with the size it is shown in; None for a broken one.

        Pictures that not every wiki takes become such as each does.
        """
        if picture.kind != SVG:
            attachment = self._kept(Attachment(picture.kind, picture.data))
            return attachment, picture.width, picture.height
        if picture.data not in self._rasters:
            self._rasters[picture.data] = svg_raster(picture.data)
        raster = self._rasters[picture.data]
        if raster is None:
            return None
        width, height = picture.width, picture.height
        if width is None and height is None:
            width, height = raster.width, raster.height
        return self._kept(Attachment("image/png", raster.png)), width, height

    def formula(self, formula: Formula) -> tuple[Attachment, FormulaPicture] | None:
        """Return a formula as an attachment; None where its source is to be shown."""
        if formula not in self._formulas:
            if len(self._formulas) >= FORMULA_LIMIT:
                return None
            made = formula_picture(formula.source, display=formula.display)
            self._formulas[formula] = made
        found = self._formulas[formula]
        return None if found is None else (self._kept(Attachment("image/png", found.png)), found)

    def named(self, markup: str) -> tuple[Attachment, ...]:
        """Return the attachments whose names stand in markup, in the order of that, each once."""
        names = dict.fromkeys(re.findall(r"lodge-[0-9a-f]{32}\.[a-z]{3,4}", markup))
        return tuple(self._named[name] for name in names if name in self._named)

    def _kept(self, attachment: Attachment) -> Attachment:
        return self._named.setdefault(attachment.name, attachment)


def picture_of(attributes: dict[str, str]) -> Picture | None:
    """Return the picture that a clean ``<img>`` has within itself; None when it is none."""
    found = _DATA.match(attributes.get("src", ""))
    if found is None:
        return None
    kind, content = found.groups()
    if kind == SVG:
        try:
            content = base64.b64decode(content).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
    data = picture_bytes(kind, content)
    if data is None:
        return None
    width, height = (_pixels(attributes.get(side, "")) for side in ("width", "height"))
    return Picture(kind, data, attributes.get("alt", ""), width, height)


def _pixels(value: str) -> int | None:
    return int(value) if value.isdecimal() and 0 < int(value) < 10_000 else None
