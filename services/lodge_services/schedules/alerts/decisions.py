"""What is told, and when: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import Cause

#: Of how many successful runs the usual time of a job is told, and how many are needed for that.
KNOWN, LEAST = 30, 5
#: How much longer than usual a run may take before that is told: by half.
LONGER = 1.5
#: The first pause after a try that failed, and the longest: each is twice the one before.
SOON, LONGEST = timedelta(seconds=15), timedelta(minutes=30)
#: After how many tries a message is given up: some nine hours.
TRIES = 24


@dataclass(frozen=True)
class Told:
    """What is told of a job.

    Attributes
    ----------
    failed, late, recovered
        Which.
    muted_until
        Nothing is told before; None: it is not muted.
    """

    failed: bool
    late: bool
    recovered: bool
    muted_until: datetime | None = None

    def muted(self, now: datetime) -> bool:
        """Tell whether nothing is told now."""
        return self.muted_until is not None and now < self.muted_until


def usual_s(durations: Sequence[float]) -> float | None:
    """Return what 95 of 100 of a job's last successful runs took at most, in seconds.

    Parameters
    ----------
    durations
        Of the runs, the newest first.

    Returns
    -------
    float | None
        None where too few are known.
    """
    last = sorted(durations[:KNOWN])
    if len(last) < LEAST:
        return None
    return last[math.ceil(0.95 * len(last)) - 1]


def too_long_s(durations: Sequence[float]) -> float | None:
    """Return after how many seconds a run takes longer than usual; None where nobody knows."""
    usual = usual_s(durations)
    # A job of no time at all has no usual time either.
    return None if not usual else usual * LONGER


def is_told(told: Told, cause: Cause, now: datetime, *, before: bool, failing: bool) -> bool:
    """Tell whether an incident that began, or goes on, is told now.

    Parameters
    ----------
    told
        What is told of the job.
    cause
        Of the incident.
    now
        The time.
    before
        Whether it was told already.
    failing
        Whether it was told that the job fails; that it has no success then says the same.
    """
    wanted = told.failed if cause == "failed" else told.late
    if cause == "late" and failing:
        return False
    return wanted and not before and not told.muted(now)


def is_recovery_told(told: Told, now: datetime, *, before: bool) -> bool:
    """Tell whether it is told that a job works again.

    Parameters
    ----------
    told
        What is told of the job.
    now
        The time.
    before
        Whether any of what is over was told.
    """
    return told.recovered and before and not told.muted(now)


def pause_after(tries: int) -> timedelta:
    """Return how long after a try that failed the next one comes; `tries` were before that."""
    return min(SOON * 2 ** min(tries, 20), LONGEST)
