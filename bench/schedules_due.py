"""Jobs that are due at once: how late the last of them is queued.

A process of its own fires them, so that its memory is that of the engine; another build's engine
does the same beside it, with `--beside CHECKOUT`, with fewer jobs, for it may take minutes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from pathlib import Path

from bench.harness import load, other_build, write_section

JOBS, FEWER = 10_000, 1_000
ROOT = Path(__file__).parents[1]


def run(repeats: int) -> None:
    """Run the benchmark and write its section.

    Parameters
    ----------
    repeats
        Processes of each.
    """
    other = other_build()
    kinds = [("Lodge", ROOT, JOBS), ("Lodge", ROOT, FEWER)]
    kinds += [("the other build", other, FEWER)] if other else []
    taken: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(repeats):
        for name, checkout, jobs in kinds:
            taken.setdefault((name, jobs), []).append(_once(checkout, jobs))
    rows = []
    for (name, jobs), runs in taken.items():
        fired = statistics.median(run["fired"] for run in runs)
        looked = statistics.median(run["looked"] for run in runs) * 1e3
        grown = statistics.median(run["after"] - run["before"] for run in runs)
        rows.append(
            f"| {name} | {jobs:,} | **{fired:.2f} s** | {jobs / fired:,.0f} | {looked:,.0f} ms "
            f"| {grown:.0f} MiB |"
        )
    body = f"""
Jobs of 500 people with five schedules, all due at the same moment, in SQLite with a sync for each
transaction: until the last run is queued, what a look at all that wait takes, and by how much the
process has grown. Medians of {repeats} processes. {load()}

| | jobs | all queued after | jobs a second | a look at what waits | memory |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""
    write_section("schedules_due", "Jobs that are due at once", body, ("sqlalchemy", "croniter"))


def _once(checkout: Path | None, jobs: int) -> dict[str, float]:
    assert checkout is not None
    command = [str(checkout / ".venv/bin/python"), str(ROOT / "bench/schedules_due_one.py")]
    done = subprocess.run(
        [*command, str(checkout), str(jobs)], check=True, capture_output=True, text=True
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told
