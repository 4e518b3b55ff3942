"""Images for the cluster's pods, built with buildah from Debian's packages and kept as archives.

No registry of images is needed: the first layer is made by debootstrap. An archive is built once
for each state of what goes into it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cluster.kubernetes import names
from cluster.kubernetes.build import exclusive, keep_newest
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.paths import IMAGES, ROOT, cache

DEBOOTSTRAP = ("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
MIRRORS = ("DEBIAN_MIRROR", "NPM_REGISTRY", "PIP_INDEX_URL")
#: What Lodge's own images are made of, beside their Dockerfiles' folder.
HUB_ROOMS = ("authenticator", "hub_config", "runner", "services", "spawner")
SERVER_ROOMS = (*HUB_ROOMS, "labextensions", "magics", "serverextensions")
#: Folders of the checkout that are made, not written.
_MADE = frozenset({"__pycache__", "labextension", "lib", "node_modules", "test"})


def system(programs: Path) -> list[Path]:
    """Return the archives that every cluster starts with, of its built programs."""
    return [
        build(
            *(image, programs),
            dockerfile=IMAGES / name / "Dockerfile",
            key=hashlib.sha256((programs / name).read_bytes()).hexdigest(),
        )
        for name, image in (("pause", names.PAUSE_IMAGE), ("coredns", names.DNS_IMAGE))
    ]


def python() -> Path:
    """Return the archive of the image `names.PYTHON_IMAGE`: Debian with Python, user 1000."""
    return build(names.PYTHON_IMAGE, IMAGES / "python", arguments={"BASE": debian()})


def postgres() -> Path:
    """Return the archive of the image `names.POSTGRES_IMAGE`: Debian's Postgres, user 1000."""
    return build(names.POSTGRES_IMAGE, IMAGES / "postgres", arguments={"BASE": debian()})


def debian() -> str:
    """Return the name of a Debian image that other images can be built from."""
    recipe = (IMAGES / "debian/Dockerfile").read_bytes() + repr(DEBOOTSTRAP).encode()
    key = hashlib.sha256(recipe).hexdigest()[:16]
    image = f"lodge.test/debian:{key}"
    with exclusive(cache() / "images.lock"):
        if _buildah("images", "--quiet", "--filter", f"reference={image}"):
            return image
        with tempfile.TemporaryDirectory(dir=cache(), prefix="debian-") as folder:
            root = Path(folder) / "root"
            # In a mount namespace of its own: what it mounts goes with it, also when it fails.
            _run("unshare", "--mount", *DEBOOTSTRAP, str(root))
            for rest in ("var/cache/apt/archives", "var/lib/apt/lists"):
                shutil.rmtree(root / rest)
                (root / rest / "partial").mkdir(parents=True)
            _run("tar", "--one-file-system", "-C", str(root), "-cf", f"{folder}/rootfs.tar", ".")
            shutil.rmtree(root)
            _build(image, Path(folder), IMAGES / "debian/Dockerfile", {})
    return image


def base() -> str:
    """Return the name of Lodge's base image, which the other two are built from."""
    state = hashlib.sha256(f"{debian()}{digest(ROOT / 'images/base')}".encode()).hexdigest()[:16]
    image = f"{names.BASE_IMAGE}:{state}"
    dockerfile, arguments = ROOT / "images/base/Dockerfile", {"BASE": debian()}
    with exclusive(cache() / "images.lock"):
        if not _buildah("images", "--quiet", "--filter", f"reference={image}"):
            _build(image, ROOT, dockerfile, arguments)
    return image


def hub() -> Path:
    """Return the archive of Lodge's image `names.HUB_IMAGE`."""
    return _own("hub", names.HUB_IMAGE, HUB_ROOMS, {})


def server(pyspark: str = "4") -> Path:
    """Return the archive of Lodge's image `names.SERVER_IMAGES[pyspark]`.

    Parameters
    ----------
    pyspark
        ``4`` or ``3.5``.
    """
    arguments = {"PYSPARK": pyspark}
    return _own("server", names.SERVER_IMAGES[pyspark], SERVER_ROOMS, arguments)


def _own(name: str, image: str, rooms: tuple[str, ...], arguments: dict[str, str]) -> Path:
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


def build(
    image: str,
    context: Path,
    *,
    dockerfile: Path | None = None,
    arguments: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Path:
    """Build an image, or take it from the cache; return its OCI archive, for `Cluster.load_image`.

    Parameters
    ----------
    image
        Its name and tag, as pods name it.
    context
        The folder that the Dockerfile copies from.
    dockerfile
        The one in the context if None.
    arguments
        Build arguments.
    key
        Names the state of the context; None stands for all the files in it.
    """
    dockerfile = dockerfile or context / "Dockerfile"
    arguments = arguments or {}
    state = hashlib.sha256(repr((image, sorted(arguments.items()))).encode())
    state.update(dockerfile.read_bytes())
    state.update((key or digest(context)).encode())
    name = image.replace("/", "_").replace(":", "_")
    archive = cache() / "images" / f"{name}-{state.hexdigest()[:16]}.tar"
    with exclusive(cache() / "images.lock"):
        if not archive.exists():
            archive.parent.mkdir(exist_ok=True)
            _build(image, context, dockerfile, arguments)
            with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
                made = Path(folder) / "archive.tar"
                _buildah("push", "--quiet", image, f"oci-archive:{made}:{image}")
                made.rename(archive)
        archive.touch()
        keep_newest(f"images/{name}-*.tar")
    return archive


def run(image: str, *command: str) -> str:
    """Run a command in a built image, as its own user and without its entry point.

    Parameters
    ----------
    image
        Its name.
    command
        Program and arguments.

    Returns
    -------
    str
        What it prints.
    """
    container = _buildah("from", "--quiet", "--pull-never", image)
    try:
        return _buildah("run", "--isolation", "chroot", container, "--", *command)
    finally:
        _buildah("rm", container)


def digest(folder: Path, passed: frozenset[str] = frozenset()) -> str:
    """Name the state of a folder: its files, their modes and contents.

    Parameters
    ----------
    folder
        The folder.
    passed
        Names of folders in it that are passed over.
    """
    state = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if not passed.isdisjoint(path.relative_to(folder).parts):
            continue
        state.update(f"\0{path.relative_to(folder)}\0{path.stat().st_mode:o}\0".encode())
        state.update(path.read_bytes())
    return state.hexdigest()


def _build(image: str, context: Path, dockerfile: Path, arguments: Mapping[str, str]) -> None:
    given = {name: os.environ[name] for name in MIRRORS if os.environ.get(name)} | dict(arguments)
    options = [option for pair in given.items() for option in ("--build-arg", "=".join(pair))]
    if AUTHORITIES.exists():
        # The machine may reach registries through a proxy with an authority of its own.
        options += ["--volume", f"{AUTHORITIES}:{AUTHORITIES}:ro"]
    _buildah(
        *("build", "--isolation", "chroot", "--network", "host", "--layers"),
        *("--tag", image, "--file", str(dockerfile), *options, str(context)),
    )


def _buildah(*arguments: str) -> str:
    storage = cache() / "storage"
    return _run(
        *("buildah", "--storage-driver", "overlay"),
        *("--root", str(storage / "root"), "--runroot", str(storage / "run"), *arguments),
    )


def _run(*command: str) -> str:
    done = subprocess.run(["nice", "-n", "10", *command], capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-20:]
        raise ClusterError("\n".join([f"`{' '.join(command)}` failed:", *said]))
    return done.stdout.strip()
