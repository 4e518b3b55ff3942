"""Runs the benchmarks named, or all: ``python -m bench [NAME]... [--repeats N]``."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

NOT_BENCHES = {
    *("__init__", "__main__", "harness", "sql_peers"),
    *("spawn_calls", "spawn_hubs", "spawn_spark", "spawn_watch"),
}


def main() -> None:
    """Run the command."""
    folder = Path(__file__).parent
    names = sorted(p.stem for p in folder.glob("*.py") if p.stem not in NOT_BENCHES)
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of: {', '.join(names)}")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs of each (default: 5)")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}: choose of {', '.join(names)}")
    for name in options.names or names:
        print(f"{name} ...", flush=True)
        importlib.import_module(f"bench.{name}").run(options.repeats)


if __name__ == "__main__":
    main()
