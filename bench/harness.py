"""Runs commands in turn, and writes what came of it into ``bench/RESULTS.md``.

Contenders take turns, so that whatever else the machine does hits them alike; the median of each
counts. Times are of whole processes, from start to exit, but where a section says that they are of
a cell. Memory is the greatest sum over the process and its children, sampled in a run of its own
that isn't timed.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RESULTS = Path(__file__).with_name("RESULTS.md")
BESIDE = "LODGE_BENCH_BESIDE"
"""Variable that names the checkout of another build, set up for tests."""
_SAMPLE_S = 0.02
_LONGEST_S = 900


@dataclass(frozen=True)
class Contender:
    """A way to do the work.

    Attributes
    ----------
    name
        What the table calls it.
    command
        The command that does the work once.
    before
        Called before each run, untimed; puts things back as they were.
    environment
        Variables on top of the process's own.
    inside
        Whether it tells itself, in a line `seconds N`, how long the work took; else the whole
        process counts.
    """

    name: str
    command: Sequence[str]
    before: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict)
    inside: bool = False


@dataclass
class Measured:
    """What a contender needed.

    Attributes
    ----------
    seconds
        Of each timed run.
    peak_mib
        Greatest memory of the process tree, in MiB.
    """

    seconds: list[float] = field(default_factory=list)
    peak_mib: float = 0.0

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)


def compare(contenders: Sequence[Contender], repeats: int) -> dict[str, Measured]:
    """Run all contenders in turn; each has one run more, first, to warm up and weigh its memory.

    Raises
    ------
    RuntimeError
        When a command fails.
    """
    measured = {one.name: Measured() for one in contenders}
    for one in contenders:
        measured[one.name].peak_mib = _peak(one)
    for round_ in range(repeats):
        # Every other round goes the other way, so that none is always after the heaviest.
        for one in contenders if round_ % 2 == 0 else reversed(contenders):
            measured[one.name].seconds.append(_time(one))
    return measured


def table(first_column: str, rows: Mapping[str, Mapping[str, Measured]]) -> str:
    """Return a table of medians, one row a workload, and how many times the first's each takes."""
    names = list(next(iter(rows.values())))
    lines = [
        f"| {first_column} | " + " | ".join(names) + " |",
        "|" + "---|" * (len(names) + 1),
    ]
    for label, row in rows.items():
        base = row[names[0]].median
        cells = [f"**{base:.2f} s**"] + [
            f"{row[name].median:.2f} s ({row[name].median / base:.1f}x)" for name in names[1:]
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def details(first_column: str, rows: Mapping[str, Mapping[str, Measured]]) -> str:
    """Return a table of the spread and the memory."""
    lines = [
        f"| {first_column} | contender | least | median | most | runs | peak memory |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {label} | {name} | {min(m.seconds):.2f} s | {m.median:.2f} s | {max(m.seconds):.2f} s "
        f"| {len(m.seconds)} | {m.peak_mib:.0f} MiB |"
        for label, row in rows.items()
        for name, m in row.items()
    ]
    return "\n".join(lines)


def write_section(name: str, title: str, body: str, packages: Sequence[str]) -> None:
    """Put a section into the results, in place of the one that was there.

    Parameters
    ----------
    name
        Of the benchmark.
    title, body
        Markdown.
    packages
        Distributions whose versions matter.
    """
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    section = (
        f"{start}\n## {title}\n\n{body.strip()}\n\n"
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine()}; {versions}.\n{end}"
    )
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _HEAD
    found = re.search(re.escape(start) + r".*?" + re.escape(end), text, re.DOTALL)
    if found:
        text = text[: found.start()] + section + text[found.end() :]
    else:
        text = text.rstrip("\n") + "\n\n" + section + "\n"
    RESULTS.write_text(text, encoding="utf-8")


def machine() -> str:
    """Return what the machine is: cores, processor, memory, system, Python."""
    processor = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        processor = found[1] if found else processor
    memory = psutil.virtual_memory().total / 1024**3
    return (
        f"{len(os.sched_getaffinity(0))} cores ({processor}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )


def other_build() -> Path | None:
    """Return the checkout of another build to measure beside, or None."""
    named = os.environ.get(BESIDE)
    return Path(named).resolve() if named else None


def load() -> str:
    """Return a sentence on what else the machine did."""
    return f"The load average was {os.getloadavg()[2]:.1f} in the quarter of an hour."


def tool(name: str) -> str:
    """Return the path of a command that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def _environment(one: Contender) -> dict[str, str]:
    environment = dict(os.environ) | dict(one.environment)
    # Compiled files of the first run serve the next, as they do for users.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _time(one: Contender) -> float:
    one.before()
    started = time.perf_counter()
    done = subprocess.run(
        one.command, env=_environment(one), capture_output=True, text=True, timeout=_LONGEST_S
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"{one.name} failed ({done.returncode}): {done.stderr[-2000:]}")
    if one.inside:
        return float(done.stdout.rpartition("\nseconds ")[2].partition("\n")[0])
    return seconds


def _peak(one: Contender) -> float:
    one.before()
    process = subprocess.Popen(
        one.command,
        env=_environment(one),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    tree, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        total = 0
        try:
            for child in [tree, *tree.children(recursive=True)]:
                total += child.memory_info().rss
        except psutil.Error:  # one has just ended: the next sample counts
            pass
        peak = max(peak, total)
        time.sleep(_SAMPLE_S)
    if process.returncode != 0:
        raise RuntimeError(f"{one.name} failed ({process.returncode})")
    return peak / 1024**2


_HEAD = """\
# Results

Measured by `make bench`, which runs Lodge and its peers in turn on the same machine. Each figure is
the median of whole processes' wall times; in brackets, how many times Lodge's. Numbers of another
machine differ; the ratios much less.
"""
