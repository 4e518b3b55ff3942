"""Jobs of a running session: with Lodge's settings and progress, and without."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

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
        "is shown; the third neither. Medians, least to most in brackets.\n\n" + _table(rows)
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
        ours, plain, bare = (row[name].median for name in names)
        cells = [
            f"{one.median:.2f} s ({min(one.seconds):.2f}-{max(one.seconds):.2f})"
            for one in row.values()
        ]
        lines.append(
            f"| {label} | {' | '.join(cells)} | **{ours / plain:.2f}** | **{ours / bare:.2f}** |"
        )
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
            _run(kernels[name], begin)
        return {label: _turns(kernels, code, repeats) for label, code in WORK.items()}


def _turns(kernels: dict[str, Kernel], code: str, repeats: int) -> dict[str, Measured]:
    seconds: dict[str, list[float]] = {name: [] for name in kernels}
    for kernel in kernels.values():
        _run(kernel, code)  # the compiler warms up
    for _ in range(repeats):
        for name, kernel in kernels.items():
            began = time.perf_counter()
            _run(kernel, code)
            seconds[name].append(time.perf_counter() - began)
    return {name: Measured(taken) for name, taken in seconds.items()}


def _run(kernel: Kernel, code: str) -> None:
    ran = kernel.run(code)
    if ran.status != "ok":
        raise RuntimeError(ran.error)
