"""Runs the benchmarks named, or all.

python -m bench [NAME]... [--repeats N] [--beside CHECKOUT]
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.harness import BESIDE

NOT_BENCHES = {
    *("__init__", "__main__", "harness", "sql_peers", "gallery_notebooks", "platform_speed_one"),
    "schedules_due_one",
    *("spawn_calls", "spawn_hubs", "spawn_spark", "spawn_watch"),
}


def main() -> None:
    """Run the command."""
    folder = Path(__file__).parent
    names = sorted(p.stem for p in folder.glob("*.py") if p.stem not in NOT_BENCHES)
    parser = argparse.ArgumentParser(prog="python -m bench", description="Runs benchmarks.")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of: {', '.join(names)}")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each (default: 5)")
    parser.add_argument(
        "--beside",
        metavar="CHECKOUT",
        type=Path,
        help="another build, set up for tests, that some benchmarks measure as well",
    )
    options = parser.parse_args()
    if options.beside is not None:
        os.environ[BESIDE] = str(options.beside.resolve())
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}: choose of {', '.join(names)}")
    for name in options.names or names:
        print(f"{name} ...", flush=True)
        importlib.import_module(f"bench.{name}").run(options.repeats)


if __name__ == "__main__":
    main()
