"""What clusters begin with: the images, unpacked once, and not anew by each cluster.

A seed is the folder of a containerd that has imported images and ended. A cluster's own
containerd begins with copies of its databases and with links to its unpacked layers, which are only
ever read: what a container writes goes into a layer of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cluster.kubernetes import layout, storage
from cluster.kubernetes.build import exclusive
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.layout import Image
from cluster.kubernetes.paths import State, cache, running

CONTENT = "io.containerd.content.v1.content/blobs/sha256"
DATABASES = (
    "io.containerd.metadata.v1.bolt/meta.db",
    "io.containerd.snapshotter.v1.overlayfs/metadata.db",
)
LAYERS = "io.containerd.snapshotter.v1.overlayfs/snapshots"
#: For each set of images there is one; older ones are those of former states of the code.
KEPT = 2
PATIENCE = 30.0


def prepare(images: Sequence[Image]) -> Path:
    """Return the seed that has these images, made on the first call."""
    key = hashlib.sha256(repr(sorted((one.name, one.digest) for one in images)).encode())
    made = cache() / "seeds" / key.hexdigest()[:16]
    with exclusive(_lock()):
        made.parent.mkdir(exist_ok=True)
        _clear()
        if not made.is_dir():
            _make(made, images)
        made.touch()
        _prune(made)
    return made


def plant(images: Sequence[Image], state: State) -> None:
    """Make the folder that a cluster's containerd begins with; it has these images.

    Parameters
    ----------
    images
        The images.
    state
        The cluster's, for which there is a folder already.
    """
    made = prepare(images)
    with exclusive(_lock()):
        # From now on nobody takes it for one of former times.
        state.seed.symlink_to(made)
        if not made.is_dir():
            raise ClusterError(f"{made} was removed this moment; try again.")
    for name in DATABASES:
        (state.containerd / name).parent.mkdir(parents=True)
        shutil.copy(made / name, state.containerd / name)
    (state.containerd / CONTENT).mkdir(parents=True)
    for blob in (made / CONTENT).iterdir():
        os.link(blob, state.containerd / CONTENT / blob.name)
    (state.containerd / LAYERS).mkdir()
    for layer in (made / LAYERS).iterdir():
        (state.containerd / LAYERS / layer.name).symlink_to(layer)


def _make(target: Path, images: Sequence[Image]) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as made:
        folder = Path(made)
        _begin_from_the_last(folder / "root")
        socket = folder / "socket"
        settings = folder / "containerd.toml"
        settings.write_text(
            f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n'
            f'[grpc]\naddress = "{socket}"\n'
        )
        log = folder / "log"
        with log.open("w") as said:
            # In a mount namespace of its own: what it mounts goes with it, also when it is killed.
            containerd = subprocess.Popen(
                ["unshare", "--mount", "containerd", "-c", settings], stdout=said, stderr=said
            )
        try:
            _wait(socket, containerd, log)
            with _held(socket):
                for image in images:
                    _import(image, folder / "root" / CONTENT, socket)
        finally:
            containerd.terminate()
            containerd.wait(PATIENCE)
        (folder / "root").rename(target)


def _begin_from_the_last(root: Path) -> None:
    """Begin with what the newest seed has: of a new image mostly the last layer is missing."""
    seeds = sorted(_seeds(), key=lambda path: path.stat().st_mtime)
    if not seeds:
        root.mkdir()
        return
    storage.run("cp", "--archive", "--link", str(seeds[-1]), str(root))
    for name in DATABASES:
        # They are written to, unlike layers and blobs.
        (root / name).unlink()
        shutil.copy(seeds[-1] / name, root / name)


def _wait(socket: Path, containerd: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not socket.exists():
        if containerd.poll() is not None or time.monotonic() > end:
            raise ClusterError(f"containerd does not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


@contextlib.contextmanager
def _held(socket: Path) -> Iterator[None]:
    """Hold the images that are there, by other names, while others take theirs.

    An import gives the name to the new image before its layers are unpacked. Those that it has in
    common with the old one are nobody's for that moment, and containerd may collect them.
    """
    there = _ctr(socket, "images", "ls", "-q").split()
    names = [f"held.test/{number}:1" for number, _ in enumerate(there)]
    for old, name in zip(there, names, strict=True):
        _ctr(socket, "images", "tag", "--force", old, name)
    yield
    if names:
        # Waits until what nobody has any more is collected.
        _ctr(socket, "images", "rm", "--sync", *names)


def _ctr(socket: Path, *arguments: str) -> str:
    command = ["ctr", "--address", str(socket), "-n", "k8s.io", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"ctr {' '.join(arguments[:2])} failed: {done.stderr.strip()}")
    return done.stdout


def _import(image: Image, blobs: Path, socket: Path) -> None:
    known = {f"sha256:{path.name}" for path in blobs.iterdir()} if blobs.exists() else set()
    with subprocess.Popen(
        ["ctr", "--address", socket, "-n", "k8s.io", "images", "import", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as importing:
        assert importing.stdin is not None
        assert importing.stderr is not None
        with contextlib.suppress(BrokenPipeError), importing.stdin as to:
            image.export(to, known)
        said = importing.stderr.read().decode().strip()
    if importing.returncode:
        raise ClusterError(f"{image.name} can't be imported: {said}")
    for digest in image.digests():
        # It is the same content: no need to have it twice on the disk.
        ours, theirs = layout.blob(digest), blobs / digest.partition(":")[2]
        if not ours.samefile(theirs):
            theirs.unlink()
            os.link(ours, theirs)


def _seeds() -> list[Path]:
    return [path for path in (cache() / "seeds").iterdir() if not path.name.startswith(".")]


def _clear() -> None:
    """Remove what was left half made or half removed by one who was killed."""
    for path in (cache() / "seeds").iterdir():
        if path.name.startswith("."):
            shutil.rmtree(path)
        elif not all((path / name).is_file() for name in DATABASES):
            _remove(path)


def _remove(seed: Path) -> None:
    # First by its name: nobody takes the half of one for a seed.
    gone = seed.with_name(f".old-{seed.name}")
    seed.rename(gone)
    shutil.rmtree(gone)


def _lock() -> Path:
    return cache() / "seeds.lock"


def _prune(made: Path) -> None:
    """Remove all but the newest seeds; this one and those that clusters stand on stay."""
    used = {made, *(State(folder).seed.resolve() for folder in running().glob("*"))}
    found = sorted(_seeds(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[KEPT:]:
        if old.resolve() not in used:
            _remove(old)
