"""The cluster on the command line: ``up``, ``down``, ``shell``, ``load``, ``build``, ``sweep``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from cluster.kubernetes import Cluster, ClusterError, images, names, seeds
from cluster.kubernetes.build import programs
from cluster.kubernetes.leftovers import sweep

NAME = "play"


def main() -> int:
    """Do what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("--name", default=NAME, help=f"which cluster (default: {NAME})")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "down", "shell", "build", "sweep"):
        commands.add_parser(name)
    commands.add_parser("load").add_argument("archive", type=Path)
    options = parser.parse_args()
    try:
        if os.geteuid() != 0:
            raise ClusterError("A cluster needs root, for namespaces and mounts; run this as root.")
        if options.command == "load":
            load(options.name, options.archive)
        else:
            does = {"up": up, "down": down, "shell": shell, "build": build, "sweep": clean}
            does[options.command](options.name)
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def load(name: str, archive: Path) -> None:
    """Import images into a cluster."""
    cluster = Cluster(name, keep=True)
    cluster.attach()
    cluster.load_image(archive)


def up(name: str) -> None:
    """Start a cluster that stays when this command ends."""
    began = time.monotonic()
    cluster = Cluster(name, keep=True, images=[images.python()])
    cluster.start()
    print(f"The cluster {name} is ready after {time.monotonic() - began:.1f} s.")
    print(f"  {names.PYTHON_IMAGE} is an image to try it with.")
    print("  `make cluster-shell` gives a shell in its network, with kubectl and helm.")
    print("  `make cluster-down` ends it and removes everything of it.")


def down(name: str) -> None:
    """End a cluster, whatever state it is in."""
    Cluster(name).stop()
    print(f"The cluster {name} is gone.")


def build(name: str) -> None:
    """Build what clusters and tests are made of, so that those ask no registry for it."""
    seeds.prepare([*images.system(programs()), *images.everything()])


def clean(name: str) -> None:
    """Remove what killed tests left behind."""
    for dead in sweep():
        print(f"The cluster {dead} was left behind; it is gone.")


def shell(name: str) -> None:
    """Become a shell in a cluster's network."""
    cluster = Cluster(name, keep=True)
    cluster.attach()
    command = cluster.command_in_node([os.environ.get("SHELL", "/bin/bash")])
    os.execvpe(command[0], command, cluster.environment)


if __name__ == "__main__":
    sys.exit(main())
