"""The cluster on the command line: ``up``, ``down``, ``build``, ``sweep``, ``shell``."""

from __future__ import annotations

import argparse
import os
import sys
import time

from cluster.kubernetes import Cluster, ClusterError, images, names
from cluster.kubernetes.build import programs
from cluster.kubernetes.leftovers import sweep

NAME = "play"


def main() -> int:
    """Do what the command line says and return the exit code."""
    parser = argparse.ArgumentParser(prog="cluster", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "build", "sweep", "shell"))
    parser.add_argument("--name", default=NAME, help=f"which cluster (default: {NAME})")
    options = parser.parse_args()
    try:
        {"up": up, "down": down, "build": build, "sweep": clean, "shell": shell}[options.command](
            options.name
        )
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def up(name: str) -> None:
    """Start a cluster that stays when this command ends."""
    began = time.monotonic()
    archive = images.python()
    cluster = Cluster(name, keep=True)
    cluster.start()
    cluster.load_image(archive)
    print(f"The cluster {name} is ready after {time.monotonic() - began:.1f} s.")
    print(f"  {names.PYTHON_IMAGE} is an image to try it with.")
    print("  `make cluster-shell` gives a shell in its network, with kubectl and helm.")
    print("  `make cluster-down` ends it and removes everything of it.")


def down(name: str) -> None:
    """End a cluster, whatever state it is in."""
    Cluster(name).stop()
    print(f"The cluster {name} is gone.")


def build(name: str) -> None:
    """Build what clusters are made of, for a later start to be quick."""
    images.system(programs())
    images.python()


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
