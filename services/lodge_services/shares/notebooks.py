"""Notebooks as they are kept: one canonical form, so that equal content has an equal digest.

Invariants of the canonical form
--------------------------------
- It is a valid notebook of nbformat 4, as JSON with sorted keys, without white space, in UTF-8.
- Multi-line strings are joined; how an editor split them makes no difference.
- What Lodge itself writes about sharing (``lodge.share``, ``lodge.forked_from``) is not in it:
  sharing an unchanged notebook again gives the same digest.
- Cells of nbformat 4.5 have ids, unique ones; missing ones are made from the cell's position.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import nbformat
from nbformat.v4.rwbase import rejoin_lines, strip_transient

from ..errors import BadRequest
from ..render.images import RASTER, raster_bytes
from ..render.outputs import text_of

PICTURE_LIMIT = 400_000
"""Largest picture that the gallery shows of a notebook, in bytes."""

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


@dataclass(frozen=True)
class Canonical:
    """A notebook in its canonical form."""

    content: bytes
    digest: str
    notebook: dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """The version of a share that a notebook was forked from."""

    share_id: str
    version: int


def canonical(raw: Mapping[str, Any]) -> Canonical:
    """Return the canonical form of a notebook.

    Raises
    ------
    BadRequest
        It is no notebook that nbformat knows; the message says where.
    """
    try:
        notebook = _valid(json.loads(json.dumps(raw, allow_nan=False)))
        _drop_sharing(notebook)
        text = json.dumps(
            notebook, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            "invalid_notebook", "The notebook holds values that JSON cannot hold."
        ) from error
    # half of a character, which some programs print, becomes a question mark
    content = text.encode("utf-8", "replace")
    return Canonical(content, sha256(content).hexdigest(), json.loads(content))


def origin_of(raw: Mapping[str, Any]) -> Origin | None:
    """Return what the notebook's metadata say it was forked from, or None."""
    metadata = raw.get("metadata")
    lodge = metadata.get("lodge") if isinstance(metadata, Mapping) else None
    origin = lodge.get("forked_from") if isinstance(lodge, Mapping) else None
    if not isinstance(origin, Mapping):
        return None
    share_id, version = origin.get("id"), origin.get("version")
    if isinstance(share_id, str) and type(version) is int and version > 0:
        return Origin(share_id, version)
    return None


def first_picture(notebook: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """Return type and bytes of the first picture that the notebook's code made, if it is small."""
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in RASTER:
                encoded = text_of(data.get(kind))
                if not encoded or len(encoded) > PICTURE_LIMIT * 2:
                    continue
                picture = raster_bytes(kind, encoded)
                if picture is not None and len(picture) <= PICTURE_LIMIT:
                    return kind, picture
    return None


def file_name(title: str) -> str:
    """Return the name of a file for a notebook of that title.

    >>> file_name("Flights: delays / 2013?")
    'flights-delays-2013.ipynb'
    >>> file_name("航班延误")
    '航班延误.ipynb'
    >>> file_name("...")
    'notebook.ipynb'
    """
    plain = unicodedata.normalize("NFKC", title).lower()
    slug = re.sub(r"[\W_]+", "-", plain).strip("-")
    while len(slug.encode()) > 150:
        slug = slug[:-1].rstrip("-")
    return f"{slug or 'notebook'}.ipynb"


def to_file(notebook: Mapping[str, Any]) -> str:
    """Return the notebook as Jupyter writes it to a file."""
    text: str = nbformat.v4.writes(nbformat.from_dict(notebook))
    return text


def _valid(raw: Any) -> Any:
    # To Python true is a number; nbformat itself fails on what is none.
    if not isinstance(raw, dict) or type(raw.get("nbformat")) is not int:
        raise BadRequest("invalid_notebook", "What was sent is no notebook: it has no nbformat.")
    minor = raw.get("nbformat_minor", 0)
    if type(minor) is not int or minor < 0:
        raise BadRequest(
            "invalid_notebook",
            "The notebook's nbformat_minor is no whole number; save it again in Jupyter.",
        )
    try:
        notebook = nbformat.from_dict(raw)
        if notebook.nbformat < 4:
            notebook = _converted(notebook)
        if notebook.nbformat != 4:
            raise BadRequest(
                "invalid_notebook",
                f"The notebook has nbformat {notebook.nbformat}, and only 4 is known; "
                "save it in that format and share it again.",
            )
        _give_ids(notebook)
        nbformat.validate(notebook, relax_add_props=True)
        return strip_transient(rejoin_lines(notebook))
    except nbformat.ValidationError as error:
        where = ".".join(str(part) for part in getattr(error, "relative_path", ()) or ())
        problem = str(getattr(error, "message", error)).split("\n", 1)[0][:200]
        raise BadRequest(
            "invalid_notebook", f"The notebook is not valid at {where or 'its top'}: {problem}."
        ) from error
    except (AttributeError, KeyError, TypeError) as error:
        raise BadRequest(
            "invalid_notebook", "The notebook is not built as nbformat describes; save it again."
        ) from error


def _converted(notebook: Any) -> Any:
    old = notebook.nbformat
    try:
        # reads() joins lines before it converts; convert() by itself expects that
        return nbformat.reads(json.dumps(notebook), as_version=4)
    except Exception as error:
        # the converters of old formats check nothing: on odd input they fail in any way
        raise BadRequest(
            "invalid_notebook",
            f"The notebook of the old nbformat {old} could not be converted; "
            "open it in Jupyter and save it again.",
        ) from error


def _give_ids(notebook: Any) -> None:
    minor = notebook.get("nbformat_minor")
    if not isinstance(notebook.get("cells"), list):
        raise BadRequest("invalid_notebook", "What was sent is no notebook: it has no cells.")
    if not isinstance(minor, int) or minor < 5:
        return
    seen: set[str] = set()
    for index, cell in enumerate(notebook["cells"]):
        if not isinstance(cell, dict):
            raise BadRequest("invalid_notebook", f"The notebook's cell {index} is no cell.")
        given = cell.get("id")
        if not isinstance(given, str) or not _ID.match(given) or given in seen:
            given = f"cell-{index}"
            while given in seen:
                given += "-"
            cell["id"] = given
        seen.add(given)


def _drop_sharing(notebook: Any) -> None:
    lodge = notebook["metadata"].get("lodge")
    if not isinstance(lodge, dict):
        return
    lodge.pop("share", None)
    lodge.pop("forked_from", None)
    if not lodge:
        del notebook["metadata"]["lodge"]
