"""Buildah's storage of the tests: what is in it, and what of it is still of use.

Buildah keeps an image without a name for every step of every build, to take it from there the next
time; by itself it lets none of them go.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from cluster.kubernetes.build import keep_newest
from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.paths import cache

#: What packages' tools may cache for all builds together, in bytes.
CACHED = 6 * 2**30
#: What the containers are called that commands run in; all others are of builds.
RUNS = "lodge-run-"
_STEP = re.compile(r"^--> (?:Using cache )?([0-9a-f]{11})", re.MULTILINE)


def buildah(*arguments: str) -> str:
    """Run buildah on the storage of the tests; return what it prints."""
    # Here it keeps what packages' tools cache while an image is built.
    temporary = _folder() / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return run(
        *("env", f"TMPDIR={temporary}", "buildah", "--storage-driver", "overlay"),
        *("--root", str(root()), "--runroot", str(_folder() / "run"), *arguments),
    )


def run(*command: str) -> str:
    """Run a command to its end, with less claim to the processor; return what it prints."""
    done = subprocess.run(["nice", "-n", "10", *command], capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-20:]
        raise ClusterError("\n".join([f"`{' '.join(command)}` failed:", *said]))
    return done.stdout.strip()


def remember(key: str, said: str) -> None:
    """Keep which images a build was made of, step by step.

    Parameters
    ----------
    key
        The kind and state of what was built, ``KIND-STATE``. A few states of each kind are kept.
    said
        What buildah printed.
    """
    _records().mkdir(exist_ok=True)
    (_records() / f"{key}.steps").write_text(json.dumps(_STEP.findall(said)))
    keep_newest(f"images/{key.rpartition('-')[0]}-*.steps")


def prune() -> None:
    """Remove what builds that ended half-way left, and steps that no kept build was made of.

    No build may be under way.
    """
    listed = buildah("containers", "--all", "--noheading", "--format", "{{.ContainerName}}")
    left = [name for name in listed.splitlines() if not name.startswith(RUNS)]
    if left:
        buildah("rm", *left)
    if any(not path.with_suffix(".steps").exists() for path in _records().glob("*.json")):
        return  # built when nobody remembered steps: the next build of its kind does
    used = {step for path in _records().glob("*.steps") for step in json.loads(path.read_text())}
    while unused := [one for one in _nameless() if one[:11] not in used]:
        # One that others were made from can go only after them.
        removed = [one for one in unused if _removed(one)]
        if not removed:
            break
    caches = _folder() / "tmp/buildah-cache"
    if sum(path.lstat().st_size for path in caches.rglob("*")) > CACHED:
        shutil.rmtree(caches)


def _nameless() -> list[str]:
    lines = buildah("images", "--all", "--noheading", "--format", "{{.ID}} {{.Name}}").splitlines()
    return [image for image, name in (line.split() for line in lines) if name == "<none>"]


def _removed(image: str) -> bool:
    try:
        buildah("rmi", image)
    except ClusterError:
        return False
    return True


def root() -> Path:
    """Return the folder of images and layers."""
    return _folder() / "root"


def _folder() -> Path:
    return cache() / "storage"


def _records() -> Path:
    return cache() / "images"
