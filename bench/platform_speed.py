"""What a user waits for on a running platform, beside another build: sign-in to the first cell.

Both platforms run at the same time and are asked in turn, so that whatever else the machine does
hits them alike. Needs `--beside CHECKOUT`; with nothing beside it, Lodge's own figures are told.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from contextlib import ExitStack
from pathlib import Path

from bench.harness import load, other_build, write_section

PACKAGES = ("jupyterhub", "jupyterlab", "jupyter-server", "ipykernel")
ROOT = Path(__file__).parents[1]
LODGE, OTHER = "Lodge", "the other build"
STEPS = {
    "lab": ("sign-in to JupyterLab's page", "s"),
    "server": ("of that, the server's start", "s"),
    "cell": ("first cell of a new kernel to its reply", "s"),
    "p50": ("answer at 300 requests/s through the proxy, p50", "ms"),
    "p99": ("the same, p99", "ms"),
    "rate": ("requests one after another through the proxy", "/s"),
}


class _Platform:
    """A platform of a checkout, in a process of that checkout's own Python."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [root / ".venv" / "bin" / "python", ROOT / "bench" / "platform_speed_one.py", root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        self._said()

    def measure(self) -> dict[str, float]:
        """Go from sign-in to the first cell once; return what each step took."""
        assert self.process.stdin is not None
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        return self._said()

    def close(self) -> None:
        """End the platform."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(120)

    def _said(self) -> dict[str, float]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended")
        said: dict[str, float] = json.loads(line)
        return said


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    other = other_build()
    roots = {LODGE: ROOT} | ({OTHER: other} if other is not None else {})
    results: dict[str, list[dict[str, float]]] = {name: [] for name in roots}
    with ExitStack() as stack:
        platforms = {}
        for name, root in roots.items():
            platforms[name] = _Platform(root)
            stack.callback(platforms[name].close)
        for round_ in range(repeats + 1):
            order = list(platforms) if round_ % 2 else list(reversed(platforms))
            for name in order:
                measured = platforms[name].measure()
                if round_:  # the first one fills caches
                    results[name].append(measured)
    write_section("platform_speed", "From sign-in to the first cell", told(results), PACKAGES)


def told(results: dict[str, list[dict[str, float]]]) -> str:
    """Return the section's text."""
    names = list(results)
    lines = ["| | " + " | ".join(names) + " |", "|" + "---|" * (1 + len(names))]
    for step, (label, unit) in STEPS.items():
        medians = {
            name: statistics.median(one[step] for one in rounds) for name, rounds in results.items()
        }
        cells = [f"**{_figure(medians[LODGE], unit)}**"]
        if OTHER in medians:
            faster = unit == "/s"
            ours, theirs = medians[LODGE], medians[OTHER]
            ratio = theirs / ours if faster else ours / theirs
            cells.append(f"{_figure(theirs, unit)} (Lodge takes {ratio:.2f}x)")
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    beside = (
        " Both run at the same time, and are asked in turn; the other is the build that this one "
        "is compared with."
        if OTHER in results
        else ""
    )
    return (
        "On one machine, through the proxy, as one of the users, whose server is stopped before "
        "each round: the provider's forms, the server's start and JupyterLab's page by a client "
        "of HTTP; `1 + 1` in a new kernel by its websocket; then requests to the user's server. "
        f"Medians of {len(results[LODGE])} rounds after one that is not counted.{beside} "
        f"{load()}\n\n" + "\n".join(lines)
    )


def _figure(value: float, unit: str) -> str:
    if unit == "ms":
        return f"{1000 * value:.1f} ms"
    return f"{value:,.0f}/s" if unit == "/s" else f"{value:.2f} s"
