"""Built images, in one OCI layout (image-spec 1.0) whose layers they share, uncompressed.

An image whose last layer alone is new takes that layer's room and time, wherever it goes.
"""

from __future__ import annotations

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
    """Return the layout's folder, for ``oci:FOLDER:REFERENCE``."""
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


def keep(key: str, name: str) -> Image:
    """Keep an image that was pushed with the key as its reference; drop what is of no use.

    Parameters
    ----------
    key
        Its kind and state, ``KIND-STATE``. A few states of each kind are kept.
    name
        As pods name it.
    """
    index = json.loads((folder() / "index.json").read_text())
    reference = "org.opencontainers.image.ref.name"
    [digest] = [
        one["digest"] for one in index["manifests"] if one["annotations"].get(reference) == key
    ]
    image = Image(name, digest)
    _records().mkdir(exist_ok=True)
    (_records() / f"{key}.json").write_text(json.dumps(asdict(image)))
    keep_newest(f"images/{key.rpartition('-')[0]}-*.json")
    _drop_unused()
    return image


def _records() -> Path:
    return cache() / "images"


def _drop_unused() -> None:
    images = [Image(**json.loads(path.read_text())) for path in _records().glob("*.json")]
    used = {digest for image in images for digest in image.digests()}
    index = json.loads((folder() / "index.json").read_text())
    index["manifests"] = [one for one in index["manifests"] if one["digest"] in used]
    (folder() / "index.json").write_text(json.dumps(index))
    for path in (folder() / "blobs/sha256").iterdir():
        if f"sha256:{path.name}" not in used:
            path.unlink()
