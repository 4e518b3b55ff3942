"""Buildah, as the tests use it: builds images, keeps them, runs commands in them."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cluster.kubernetes import exporting, layout, storage
from cluster.kubernetes.build import exclusive
from cluster.kubernetes.layout import Image
from cluster.kubernetes.paths import cache
from cluster.kubernetes.storage import buildah

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
MIRRORS = ("DEBIAN_MIRROR", "NPM_REGISTRY", "PIP_INDEX_URL")


def lock() -> Path:
    """Return the file whose lock whoever builds holds."""
    return cache() / "images.lock"


def build(
    image: str,
    context: Path,
    *,
    dockerfile: Path | None = None,
    arguments: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Image:
    """Build an image, or take it from the cache.

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
    kept = f"{name}-{state.hexdigest()[:16]}"
    with exclusive(lock()):
        found = layout.find(kept)
        if found is None:
            make(kept, image, context, dockerfile, arguments)
            found = exporting.export(kept, image)
            storage.prune()
    return found


def make(
    key: str, image: str, context: Path, dockerfile: Path, arguments: Mapping[str, str]
) -> None:
    """Build an image into buildah's own storage.

    Parameters
    ----------
    key
        Its kind and state, ``KIND-STATE``.
    image
        Its name.
    context, dockerfile, arguments
        What it is built of.
    """
    given = {name: os.environ[name] for name in MIRRORS if os.environ.get(name)} | dict(arguments)
    options = [option for pair in given.items() for option in ("--build-arg", "=".join(pair))]
    if AUTHORITIES.exists():
        # The machine may reach registries through a proxy with an authority of its own.
        options += ["--volume", f"{AUTHORITIES}:{AUTHORITIES}:ro"]
    said = buildah(
        *("build", "--isolation", "chroot", "--network", "host", "--layers"),
        *("--tag", image, "--file", str(dockerfile), *options, str(context)),
    )
    storage.remember(key, said)


def is_made(image: str) -> bool:
    """Tell whether buildah has an image."""
    return bool(buildah("images", "--quiet", "--filter", f"reference={image}"))


def run_in(image: str, *command: str) -> str:
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
    name = f"{storage.RUNS}{secrets.token_hex(4)}"
    container = buildah("from", "--quiet", "--pull-never", "--name", name, image)
    try:
        return buildah("run", "--isolation", "chroot", container, "--", *command)
    finally:
        buildah("rm", container)


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
