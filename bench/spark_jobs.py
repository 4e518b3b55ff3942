"""Jobs of a running session: with Lodge's settings and progress, and without."""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.harness import Measured, write_section
from bench.spark_start import BARE, environment, lodge_properties

if TYPE_CHECKING:
    from support.kernels import Kernel

PACKAGES = ("pyspark", "ipykernel")
WORK = {
    "a long job": (
        "spark.range(400_000_000).selectExpr('id % 100003 AS k', 'hash(id) AS v')"
        ".groupBy('k').agg({'v': 'max', 'k': 'count'}).selectExpr('sum(k)').collect()"
    ),
    "10,000 tasks": "spark.range(0, 10_000_000, 1, 10_000).selectExpr('sum(id)').collect()",
}
PLAIN = f"%unload_ext lodge_magics\n{BARE}"


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        rows = measure(Path(name), repeats)
    body = (
        "A cell in the kernel of a notebook, again and again in one session, from the request to "
        "the reply. The second has Lodge's settings of Spark and no magics, so that no progress "
        "is shown; the third neither. Seconds of CPU of kernel and JVM together, since wall times "
        "of a shared machine differ by more than is in question; medians, least to most in "
        "brackets. What is compared is the median of the turns' ratios.\n\n" + _table(rows)
    )
    write_section("spark_jobs", "Jobs of a running session", body, PACKAGES)


def _table(rows: dict[str, dict[str, Measured]]) -> str:
    """Return seconds, and hundredths of a ratio, since a few per cent are the question."""
    names = list(next(iter(rows.values())))
    lines = [
        f"| cell | {' | '.join(names)} | of no progress | of bare |",
        "|" + "---|" * (len(names) + 3),
    ]
    for label, row in rows.items():
        ours, plain, bare = (row[name].seconds for name in names)
        cells = [
            f"{one.median:.2f} s ({min(one.seconds):.2f}-{max(one.seconds):.2f})"
            for one in row.values()
        ]
        ratios = (
            statistics.median(one / other for one, other in zip(ours, others, strict=True))
            for others in (plain, bare)
        )
        lines.append(f"| {label} | {' | '.join([*cells, *(f'**{r:.2f}**' for r in ratios)])} |")
    return "\n".join(lines)


def measure(folder: Path, repeats: int) -> dict[str, dict[str, Measured]]:
    """Return seconds by cell and contender; the contenders take turns."""
    from support.kernels import Kernel

    lodge = environment(f'--properties-file "{lodge_properties(folder, "local[2]")}" pyspark-shell')
    ways = {
        "`%%spark`": (lodge, "%%spark\n"),
        "without progress": (lodge, PLAIN),
        "bare": (environment("--master local[2] pyspark-shell"), PLAIN),
    }
    with ExitStack() as stack:
        kernels: dict[str, Kernel] = {}
        for name, (env, begin) in ways.items():
            kernels[name] = Kernel(env, folder)
            stack.callback(kernels[name].close)
            run_cell(kernels[name], begin)
        return {label: _turns(kernels, code, repeats) for label, code in WORK.items()}


def _turns(kernels: dict[str, Kernel], code: str, repeats: int) -> dict[str, Measured]:
    seconds: dict[str, list[float]] = {name: [] for name in kernels}
    for kernel in kernels.values():
        run_cell(kernel, code)  # the compiler warms up
    for _ in range(repeats):
        for name, kernel in kernels.items():
            began = cpu_seconds(kernel)
            run_cell(kernel, code)
            seconds[name].append(cpu_seconds(kernel) - began)
    return {name: Measured(taken) for name, taken in seconds.items()}


def cpu_seconds(kernel: Kernel) -> float:
    """Return the CPU seconds of the kernel and of what it started."""
    root = psutil.Process(kernel.pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def run_cell(kernel: Kernel, code: str) -> None:
    """Run a cell, which must not fail."""
    ran = kernel.run(code)
    if ran.status != "ok":
        raise RuntimeError(ran.error)
