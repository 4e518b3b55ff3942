"""How big Lodge's images are, layer by layer; run by `python -m bench image_sizes`, as root."""

from __future__ import annotations

import sys
import tarfile
import zlib
from pathlib import Path

from bench.harness import write_section

ROOT = Path(__file__).parents[1]
_MIB = 1024**2
#: Layers of more than a hundredth of a MiB, in their order.
_BASE = ("Debian", "Python, tini, certificates")
_LAYERS = {
    "hub": (*_BASE, "Node, the proxy", "locked Python packages", "Lodge"),
    "server": (
        *_BASE,
        "Java, fonts",
        "locked Python packages, Spark",
        "class-data archive of Spark's drivers",
        "sample data",
        "Lodge",
    ),
}


def run(_repeats: int) -> None:
    """Build what isn't built, weigh it, write the section."""
    sys.path.insert(0, str(ROOT / "tests"))
    from cluster.kubernetes import images

    made = {
        "hub": images.hub(),
        "server, PySpark 4": images.server(),
        "server, PySpark 3.5": images.server("3.5"),
    }
    lines = ["| image | layer | packed | unpacked |", "|---|---|---|---|"]
    for name, image in made.items():
        names = _LAYERS[name.partition(",")[0]]
        sizes = weigh(image.layers())
        packed, unpacked = (sum(part) for part in zip(*sizes, strict=True))
        layers = zip(names, sizes, strict=True)
        lines.append(f"| **{name}** | | **{packed:.0f} MiB** | **{unpacked:.0f} MiB** |")
        lines += [f"| | {what} | {one:.1f} MiB | {two:.1f} MiB |" for what, (one, two) in layers]
    text = (
        "Packed is what a node fetches, unpacked what lies on its disk. Layers stand in the order "
        "in which they are stacked; hub and server share the first ones. A change of Lodge's own "
        "code makes the last layer anew.\n\n" + "\n".join(lines)
    )
    write_section("image_sizes", "Sizes of the images", text, ["pyspark", "jupyterlab"])


def weigh(layers: list[Path]) -> list[tuple[float, float]]:
    """Return the sizes of an image's layers, packed and unpacked, in MiB."""
    found = []
    for layer in layers:
        with tarfile.open(layer) as content:
            unpacked = sum(member.size for member in content)
        if unpacked > _MIB / 100:
            found.append((_packed(layer) / _MIB, unpacked / _MIB))
    return found


def _packed(layer: Path) -> int:
    """Return how many bytes a registry has of a layer, which it keeps as gzip."""
    packing, size = zlib.compressobj(wbits=31), 0
    with layer.open("rb") as file:
        while part := file.read(_MIB):
            size += len(packing.compress(part))
    return size + len(packing.flush())
