"""Where everything is kept: what is built, and the state of each cluster in its own folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
GO = HERE.parent / "go"
IMAGES = HERE.parent / "images"
MANIFESTS = HERE / "manifests"


def cache() -> Path:
    """Return the folder that outlives checkouts; `LODGE_CACHE` names another one."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LODGE_CACHE") or Path(base) / "lodge") / "cluster"


def running() -> Path:
    """Return the folder that holds a folder for each cluster."""
    return cache() / "running"


@dataclass(frozen=True)
class State:
    """The files of one cluster.

    Parameters
    ----------
    folder
        ``running()/NAME`` on the machine, ``/run/lodge`` for the node's own programs.
    """

    folder: Path

    @property
    def pki(self) -> Path:
        """Keys, certificates and kubeconfigs."""
        return self.folder / "pki"

    @property
    def containerd(self) -> Path:
        """What containerd keeps: images, layers."""
        return self.folder / "containerd"

    @property
    def seed(self) -> Path:
        """A link to what its images' layers are links into."""
        return self.folder / "seed"

    @property
    def log(self) -> Path:
        """What each program said."""
        return self.folder / "log"

    @property
    def settings(self) -> Path:
        """The programs' configuration files."""
        return self.folder / "settings"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's access."""
        return self.pki / "admin.kubeconfig"

    @property
    def started(self) -> Path:
        """Written when the node's namespaces are set up."""
        return self.folder / "started"

    @property
    def pid(self) -> Path:
        """The number of the node's first process, as the machine counts."""
        return self.folder / "pid"


NODE_STATE = State(Path("/run/lodge"))
"""The same files, as the node's own programs see them wherever they really are."""

NODE_PROGRAMS = Path("/run/programs")
"""The built programs, as the node sees them."""
