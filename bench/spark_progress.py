"""What the progress of Spark's jobs costs by itself, however much a machine's times differ."""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.harness import write_section
from bench.spark_jobs import PACKAGES, PLAIN, WORK, cpu_seconds, run_cell
from bench.spark_start import environment, lodge_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.kernels import Kernel


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        shares = progress_shares(Path(name), repeats)
    body = (
        "A job of 10,000 tasks: what the kernel's process needs while it waits, and the driver's "
        "threads that answer it, both beyond what they need in a kernel without progress, as a "
        "share of the CPU seconds of kernel and JVM for the whole cell. Turn by turn: "
        + ", ".join(f"{100 * share:.2f} %" for share in shares)
        + f"; median **{100 * statistics.median(shares):.2f} %**."
    )
    write_section("spark_progress", "What showing progress costs", body, PACKAGES)


def progress_shares(folder: Path, repeats: int) -> list[float]:
    """Return the part of a cell's CPU seconds that showing its progress takes, turn by turn."""
    from support.kernels import Kernel

    settings = f'--properties-file "{lodge_properties(folder, "local[2]")}" pyspark-shell'
    code, shares = WORK["10,000 tasks"], []
    with ExitStack() as stack:
        kernels = []
        for begin in ("%%spark\n", PLAIN):
            kernel = Kernel(environment(settings), folder)
            stack.callback(kernel.close)
            run_cell(kernel, begin)
            run_cell(kernel, code)
            kernels.append(kernel)
        with_progress, without = kernels
        for _ in range(repeats):
            usual = _beside(without, lambda: run_cell(without, code))
            began = cpu_seconds(with_progress)
            needed = _beside(with_progress, lambda: run_cell(with_progress, code))
            shares.append((needed - usual) / (cpu_seconds(with_progress) - began))
    return shares


def _beside(kernel: Kernel, work: Callable[[], None]) -> float:
    """Return the CPU seconds, while work goes on, of what is no task of Spark's.

    That is the kernel's process and the driver's threads that serve it. Py4J leaves Java's own
    names to those, and each lives as long as its connection, so they are asked again and again.
    """
    root = psutil.Process(kernel.pid)
    served: dict[Path, float] = {}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            look()

    def look() -> None:
        for child in root.children(recursive=True):
            for task in Path(f"/proc/{child.pid}/task").iterdir():
                with suppress(OSError):  # it has ended
                    if (task / "comm").read_text().startswith("Thread-"):
                        nanoseconds = int((task / "schedstat").read_text().split()[0])
                        served[task] = nanoseconds / 1e9

    look()
    before, at_first = root.cpu_times(), dict(served)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    look()
    after = root.cpu_times()
    own = after.user + after.system - before.user - before.system
    return own + sum(each - at_first.get(task, 0.0) for task, each in served.items())
