"""Fires jobs that are due at once, with a checkout's own Python; tells in JSON how long it took.

python bench/schedules_due_one.py CHECKOUT JOBS
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(sys.argv[1], "tests")))

from lodge_services.clock import utc_now
from lodge_services.schedules.models import Job
from lodge_services.schedules.testing import FakeExecutor, make_core, new_job

OWNERS = 500
#: As people have them: hourly, daily, on weekdays, monthly.
TIMES = ("0 6 * * *", "*/5 * * * *", "0 * * * *", "30 7 * * 1-5", "0 8 1 * *")


def main() -> None:
    """Make the jobs, fire them, and say how long that took, and what it took of memory."""
    count = int(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="bench-schedules-") as folder:
        core = make_core(Path(folder), FakeExecutor(), utc_now)
        first = core.create_job("ada", new_job(cron="0 6 * * *")).job
        due = datetime.now(UTC).replace(second=0, microsecond=0)
        with core.database.write() as session:
            session.add_all(
                Job(
                    owner=f"user {number % OWNERS}",
                    name=f"Job {number}",
                    notebook_path=first.notebook_path,
                    notebook_digest=first.notebook_digest,
                    cron=TIMES[number % len(TIMES)],
                    timezone="UTC",
                    parameters={},
                    enabled=True,
                    next_run_at=due,
                    created_at=due,
                    updated_at=due,
                )
                for number in range(count)
            )
        before = _memory()
        began = time.perf_counter()
        fired = core.engine.ledger.fire_due(due + timedelta(seconds=1))
        taken = time.perf_counter() - began
        assert len(fired) == count, len(fired)
        began = time.perf_counter()
        ledger = core.engine.ledger
        # Builds from before looked at all that waits.
        asked = hasattr(ledger, "ready")
        waiting = ledger.ready(due + timedelta(seconds=2)) if asked else ledger.in_state("queued")
        looked = time.perf_counter() - began
        assert len(waiting) == count, len(waiting)
        core.database.close()
    told = {"fired": taken, "looked": looked, "before": before, "after": _memory()}
    print(json.dumps(told), flush=True)


def _memory() -> float:
    """Return what the process has of memory now, in MiB."""
    return float(psutil.Process().memory_info().rss) / 1024**2


if __name__ == "__main__":
    main()
