"""Which runs a range of time comes to: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ...errors import BadRequest
from ..cron import Cron
from ..intervals import Interval, Unit, interval_of

MOST = 1_000
"""Intervals of one range."""

State = Literal["missing", "waiting", "done"]
"""Of an interval: no run has succeeded for it, one waits or runs, or one has."""


@dataclass(frozen=True)
class Piece:
    """One time of a schedule in a range.

    Attributes
    ----------
    time
        The schedule's time.
    interval
        What its run stands for.
    state
        Whether it is to be run.
    """

    time: datetime
    interval: Interval
    state: State


def pieces(
    cron: Cron,
    unit: Unit,
    wanted: Interval,
    now: datetime,
    *,
    done: Iterable[Interval] = (),
    waiting: Iterable[Interval] = (),
) -> list[Piece]:
    """Return the times whose runs stand for any of a range, as far as they have come.

    Parameters
    ----------
    cron, unit
        The schedule, and what its runs stand for.
    wanted
        The range.
    now
        Later times are left to the schedule.
    done, waiting
        What runs have succeeded for, and what they wait or run for; of one run or of several.

    Raises
    ------
    BadRequest
        The range is empty, or has more than `MOST` intervals.
    """
    if wanted.start >= wanted.end:
        raise BadRequest("empty_range", "The range ends before it begins; change one of its ends.")
    found: list[tuple[datetime, Interval]] = []
    for time in cron.times(wanted.start):
        interval = interval_of(time, cron, unit)
        if time > now or interval.start >= wanted.end:
            break
        if interval.end <= wanted.start or interval.start == interval.end:
            continue
        if len(found) == MOST:
            raise BadRequest(
                "range_too_long",
                f"The range has more than {MOST:,} times of the schedule; take a part of it first.",
            )
        found.append((time, interval))
    ready, busy = merged(done), merged(waiting)

    def state(interval: Interval) -> State:
        if covers(busy, interval):
            return "waiting"
        return "done" if covers(ready, interval) else "missing"

    return [Piece(time, interval, state(interval)) for time, interval in found]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as the fewest intervals, in order."""
    found: list[Interval] = []
    for one in sorted(intervals, key=lambda each: (each.start, each.end)):
        if found and one.start <= found[-1].end:
            if one.end > found[-1].end:
                found[-1] = Interval(found[-1].start, one.end)
        elif one.start < one.end:
            found.append(one)
    return found


def covers(intervals: Sequence[Interval], wanted: Interval) -> bool:
    """Tell whether merged intervals hold all of another."""
    return any(one.start <= wanted.start and wanted.end <= one.end for one in intervals)
