"""Which images the cluster's pods run, built with buildah from Debian's packages.

No registry of images is needed: the first layer is made by debootstrap. An image is built once for
each state of what goes into it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from cluster.kubernetes import builder, names, storage
from cluster.kubernetes.build import exclusive
from cluster.kubernetes.builder import build, digest
from cluster.kubernetes.layout import Image
from cluster.kubernetes.paths import IMAGES, ROOT, cache

DEBOOTSTRAP = ("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm")
#: What Lodge's own images are made of, beside their Dockerfiles' folder.
HUB_ROOMS = ("authenticator", "hub_config", "runner", "services", "spawner")
SERVER_ROOMS = (*HUB_ROOMS, "labextensions", "magics", "serverextensions")
#: Folders of the checkout that are made, not written.
_MADE = frozenset({"__pycache__", "labextension", "lib", "libraries", "node_modules", "test"})


def system(programs: Path) -> list[Image]:
    """Return the images that every cluster starts with, of its built programs."""
    return [
        build(
            *(image, programs),
            dockerfile=IMAGES / name / "Dockerfile",
            key=hashlib.sha256((programs / name).read_bytes()).hexdigest(),
        )
        for name, image in (("pause", names.PAUSE_IMAGE), ("coredns", names.DNS_IMAGE))
    ]


def everything() -> list[Image]:
    """Return the images that tests use beside those."""
    return [python(), postgres(), hub(), server()]


def python() -> Image:
    """Return the image `names.PYTHON_IMAGE`: Debian with Python, user 1000."""
    return build(names.PYTHON_IMAGE, IMAGES / "python", arguments={"BASE": debian()})


def postgres() -> Image:
    """Return the image `names.POSTGRES_IMAGE`: Debian's Postgres, user 1000."""
    return build(names.POSTGRES_IMAGE, IMAGES / "postgres", arguments={"BASE": debian()})


def debian() -> str:
    """Return the name of a Debian image that other images can be built from."""
    recipe = (IMAGES / "debian/Dockerfile").read_bytes() + repr(DEBOOTSTRAP).encode()
    key = hashlib.sha256(recipe).hexdigest()[:16]
    image = f"lodge.test/debian:{key}"
    with exclusive(builder.lock()):
        if builder.is_made(image):
            return image
        with tempfile.TemporaryDirectory(dir=cache(), prefix="debian-") as folder:
            root = Path(folder) / "root"
            # In a mount namespace of its own: what it mounts goes with it, also when it fails.
            storage.run("unshare", "--mount", *DEBOOTSTRAP, str(root))
            for rest in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(root / rest)
                (root / rest / "partial").mkdir(parents=True)
            storage.run(
                "tar", "--one-file-system", "-C", str(root), "-cf", f"{folder}/rootfs.tar", "."
            )
            shutil.rmtree(root)
            builder.make(f"debian-{key}", image, Path(folder), IMAGES / "debian/Dockerfile", {})
    return image


def base() -> str:
    """Return the name of Lodge's base image, which the other two are built from."""
    state = hashlib.sha256(f"{debian()}{digest(ROOT / 'images/base')}".encode()).hexdigest()[:16]
    image = f"{names.BASE_IMAGE}:{state}"
    dockerfile, arguments = ROOT / "images/base/Dockerfile", {"BASE": debian()}
    with exclusive(builder.lock()):
        if not builder.is_made(image):
            builder.make(f"base-{state}", image, ROOT, dockerfile, arguments)
    return image


def hub() -> Image:
    """Return Lodge's image `names.HUB_IMAGE`."""
    return _own("hub", names.HUB_IMAGE, HUB_ROOMS, {})


def server(pyspark: str = "4") -> Image:
    """Return Lodge's image `names.SERVER_IMAGES[pyspark]`.

    Parameters
    ----------
    pyspark
        ``4`` or ``3.5``.
    """
    arguments = {"PYSPARK": pyspark}
    return _own("server", names.SERVER_IMAGES[pyspark], SERVER_ROOMS, arguments)


def _own(name: str, image: str, rooms: tuple[str, ...], arguments: dict[str, str]) -> Image:
    """Build an image of Lodge from the checkout; its last layers alone where only code changed."""
    parts = [ROOT / part for part in (f"images/{name}", *rooms)]
    files = ("images/tools.lock", "package-lock.json", "package.json", "scripts/node.lock")
    state = [digest(part, _MADE) for part in parts]
    state += [(ROOT / file).read_text() for file in files]
    return build(
        *(image, ROOT),
        dockerfile=ROOT / "images" / name / "Dockerfile",
        arguments={"BASE": base(), **arguments},
        key=hashlib.sha256(repr(state).encode()).hexdigest(),
    )
