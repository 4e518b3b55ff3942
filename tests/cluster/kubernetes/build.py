"""Builds the cluster's programs from Go modules, once for each state of lock file and sources."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cluster.kubernetes.errors import ClusterError
from cluster.kubernetes.paths import GO, cache

PACKAGES = (
    *("./cmd/kube", "./cmd/coredns", "./cmd/pause", "./cmd/netpol", "./cmd/volumes"),
    "helm.sh/helm/v3/cmd/helm",
)
NAMES_OF_KUBE = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    *("kubelet", "kube-proxy", "kubectl"),
)
NEEDED_GO = (1, 24)
KEPT = 3


def programs() -> Path:
    """Return the folder of the built programs, building them first where there is need."""
    compiler = go()
    version = _output(compiler, "env", "GOVERSION")
    target = cache() / f"programs-{key(version)}"
    with exclusive(cache() / "programs.lock"):
        if not target.is_dir():
            _build(compiler, target)
        target.touch()
        keep_newest("programs-*")
    return target


def key(version: str) -> str:
    """Name the state of everything that the programs are built from."""
    state = hashlib.sha256(repr((version, PACKAGES, _linking())).encode())
    for path in sorted(path for path in GO.rglob("*") if path.is_file()):
        if not path.name.endswith("_test.go"):
            state.update(f"\0{path.relative_to(GO)}\0".encode() + path.read_bytes())
    return state.hexdigest()[:16]


def go() -> str:
    """Return the Go to build with; raise when there is none that is new enough."""
    wanted = ".".join(map(str, NEEDED_GO))
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if found is None:
        raise ClusterError(
            f"The cluster can't be built: there is no Go; install Go {wanted} or newer."
        )
    version = re.match(r"go(\d+)\.(\d+)", _output(found, "env", "GOVERSION"))
    if not version or (int(version[1]), int(version[2])) < NEEDED_GO:
        raise ClusterError(
            f"The cluster can't be built: {found} is older than {wanted}; install a newer Go."
        )
    return found


def _output(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return the environment for Go."""
    # Static, so that they run in an image that holds nothing else; no other Go is fetched.
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}


def _linking() -> str:
    """Return what the linker is told: the versions that programs say they are."""
    lock = (GO / "go.mod").read_text()
    versions = dict(re.findall(r"^\s*(\S+) (v\S+)", lock, re.MULTILINE))
    kubernetes = versions["k8s.io/kubernetes"]
    major, minor = kubernetes.lstrip("v").split(".")[:2]
    helm = "helm.sh/helm/v3"
    said = {
        f"{helm}/internal/version.version": versions[helm],
        f"{helm}/pkg/chartutil.k8sVersionMajor": major,
        f"{helm}/pkg/chartutil.k8sVersionMinor": minor,
    }
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        said[f"{package}.gitVersion"] = kubernetes
        said[f"{package}.gitMajor"] = major
        said[f"{package}.gitMinor"] = minor
    return " ".join(["-s -w", *(f"-X {name}={value}" for name, value in said.items())])


def _build(compiler: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache(), prefix="building-") as folder:
        made = Path(folder) / "programs"
        made.mkdir()
        command = ["nice", "-n", "10", compiler, "build", "-trimpath", "-ldflags", _linking()]
        done = subprocess.run(
            [*command, "-o", f"{made}/", *PACKAGES],
            cwd=GO,
            env=environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ClusterError(f"The cluster's programs can't be built:\n{done.stderr.strip()}")
        for name in NAMES_OF_KUBE:
            (made / name).symlink_to("kube")
        (made / "lodge-netpol").symlink_to("netpol")
        made.rename(target)


def keep_newest(pattern: str) -> None:
    """Remove all but the newest of what the cache holds under a pattern."""
    found = sorted(cache().glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[KEPT:]:
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock that other processes of this machine heed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
