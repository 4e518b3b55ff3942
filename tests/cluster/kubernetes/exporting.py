"""From buildah's storage into the layout: the layers that are new there, and no others.

``buildah push`` to a layout reads and compresses every layer each time. Here a new layer's archive
is put together from its files and what the storage keeps of their headers (`tar-split`'s format, in
which an archive is a list of raw pieces and of files' contents), and has to have the digest that
the image names.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cluster.kubernetes import layout, storage
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.layout import Image

_PIECE = 1 << 20
_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"


def export(key: str, name: str) -> Image:
    """Put an image that buildah has built into the layout.

    Parameters
    ----------
    key
        What the layout keeps it under, see :func:`layout.keep`.
    name
        The image's name.

    Raises
    ------
    ClusterError
        The storage has no such image, or a layer is not what its digest says.
    """
    image = _image(name)
    folder = storage.root() / "overlay-images" / image["id"]
    manifest = json.loads((folder / "manifest").read_bytes())
    config = (folder / _file_name(manifest["config"]["digest"])).read_bytes()
    known = layout.layers_by_content()
    layers = _layers(image["layer"])
    described = []
    for one in manifest["layers"]:
        content = one["digest"]
        if content not in known:
            layer = next(layer for layer in layers if layer["diff-digest"] == content)
            known[content] = _compressed(layer["id"], content)
        described.append(known[content])
    manifest["layers"] = described
    return layout.add(key, name, manifest, config)


def _image(name: str) -> dict[str, Any]:
    for one in json.loads((storage.root() / "overlay-images/images.json").read_text()):
        if name in (one.get("names") or ()):
            found: dict[str, Any] = one
            return found
    raise ClusterError(f"buildah has no image {name}.")


def _file_name(digest: str) -> str:
    """Return what the storage calls a piece of an image's data."""
    return "=" + base64.b64encode(digest.encode()).decode()


def _layers(top: str) -> list[dict[str, Any]]:
    every = json.loads((storage.root() / "overlay-layers/layers.json").read_text())
    by_id = {one["id"]: one for one in every}
    found = []
    while top:
        found.append(by_id[top])
        top = by_id[top].get("parent", "")
    return found


def _compressed(layer: str, content: str) -> dict[str, Any]:
    """Write a layer as a blob of the layout; return how a manifest describes it."""
    blobs = layout.blob("sha256:_").parent
    blobs.mkdir(parents=True, exist_ok=True)
    part, size = blobs / f".{layer}", 0
    plain, packed = hashlib.sha256(), hashlib.sha256()
    # The same archive is to be the same blob: without a time of packing.
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    with part.open("wb") as to:

        def write(data: bytes) -> None:
            nonlocal size
            packed.update(data)
            size += to.write(data)

        for piece in _archive(layer):
            plain.update(piece)
            write(packer.compress(piece))
        write(packer.flush())
    if f"sha256:{plain.hexdigest()}" != content:
        part.unlink()
        raise ClusterError(f"The layer {layer} in buildah's storage is not {content}.")
    digest = f"sha256:{packed.hexdigest()}"
    part.rename(layout.blob(digest))
    return {"mediaType": _GZIP, "digest": digest, "size": size}


def _archive(layer: str) -> Iterator[bytes]:
    files = storage.root() / "overlay" / layer / "diff"
    with gzip.open(storage.root() / "overlay-layers" / f"{layer}.tar-split.gz") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["type"] == 2:
                yield base64.b64decode(entry["payload"])
            elif entry.get("size"):
                raw = entry.get("name_raw")
                name = base64.b64decode(raw).decode(errors="surrogateescape") if raw else None
                yield from _read(files / (name or entry["name"]))


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
