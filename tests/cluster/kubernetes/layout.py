"""Built images in one folder: the blobs of an OCI layout (image-spec 1.0), whose layers they share.

An image whose last layer alone is new takes that layer's room and time, wherever it goes.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from cluster.kubernetes.build import keep_newest
from cluster.kubernetes.paths import cache


@dataclass(frozen=True)
class Image:
    """A built image.

    Attributes
    ----------
    name
        As pods name it.
    digest
        Of its manifest, ``sha256:…``.
    """

    name: str
    digest: str

    def manifest(self) -> dict[str, Any]:
        """Return its manifest."""
        found: dict[str, Any] = json.loads(blob(self.digest).read_bytes())
        return found

    def config(self) -> dict[str, Any]:
        """Return its configuration."""
        found: dict[str, Any] = json.loads(blob(self.manifest()["config"]["digest"]).read_bytes())
        return found

    def layers(self) -> list[Path]:
        """Return its layers, each a tar archive."""
        return [blob(layer["digest"]) for layer in self.manifest()["layers"]]

    def digests(self) -> list[str]:
        """Return the digests of all that it is made of."""
        manifest = self.manifest()
        parts = [manifest["config"], *manifest["layers"]]
        return [self.digest, *(part["digest"] for part in parts)]

    def export(self, to: IO[bytes], known: Collection[str] = ()) -> None:
        """Write it as an OCI archive, without the blobs whose digests are known there."""
        described = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": self.digest,
            "size": blob(self.digest).stat().st_size,
            "annotations": {"io.containerd.image.name": self.name},
        }
        index = {"schemaVersion": 2, "manifests": [described]}
        with tarfile.open(fileobj=to, mode="w|") as archive:
            for name, content in (
                ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
                ("index.json", index),
            ):
                data = json.dumps(content).encode()
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
            # Docker's exports name a layer once, however often it is in the image.
            for digest in dict.fromkeys(self.digests()):
                if digest not in known:
                    archive.add(blob(digest), f"blobs/{digest.replace(':', '/')}")


def folder() -> Path:
    """Return the layout's folder."""
    return cache() / "oci"


def blob(digest: str) -> Path:
    """Return the file of a blob."""
    return folder() / "blobs" / digest.replace(":", "/")


def find(key: str) -> Image | None:
    """Return the image that was kept under a key; it counts as used."""
    record = _records() / f"{key}.json"
    if not record.exists():
        return None
    record.touch()
    return Image(**json.loads(record.read_text()))


def layers_by_content() -> dict[str, dict[str, Any]]:
    """Return how manifests describe the layers that are here, by the digest of their content."""
    found: dict[str, dict[str, Any]] = {}
    for image in _kept():
        contents = image.config()["rootfs"]["diff_ids"]
        found.update(zip(contents, image.manifest()["layers"], strict=True))
    return found


def add(key: str, name: str, manifest: dict[str, Any], config: bytes) -> Image:
    """Keep an image whose layers are here; drop what is of no use.

    Parameters
    ----------
    key
        Its kind and state, ``KIND-STATE``. A few states of each kind are kept.
    name
        As pods name it.
    manifest, config
        The image's.
    """
    text = json.dumps(manifest, separators=(",", ":")).encode()
    for data in (config, text):
        blob(_digest(data)).write_bytes(data)
    image = Image(name, _digest(text))
    _records().mkdir(exist_ok=True)
    (_records() / f"{key}.json").write_text(json.dumps(asdict(image)))
    keep_newest(f"images/{key.rpartition('-')[0]}-*.json")
    _drop_unused()
    return image


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _kept() -> list[Image]:
    return [Image(**json.loads(path.read_text())) for path in _records().glob("*.json")]


def _records() -> Path:
    return cache() / "images"


def _drop_unused() -> None:
    used = {digest for image in _kept() for digest in image.digests()}
    for path in (folder() / "blobs/sha256").iterdir():
        if f"sha256:{path.name}" not in used:
            path.unlink()
