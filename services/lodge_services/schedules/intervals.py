"""The intervals that runs stand for: [start, end), in a job's time zone.

A unit begins where the clocks of the zone show its beginning. Clocks that jump leave no time out
and cover none twice:

- An hour that clocks show twice is two hours, one after the other; a day whose midnight comes twice
  begins with the first.
- What clocks skip begins where they go on: a day without midnight at its first moment. A day that
  a zone has left out altogether is part of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from .cron import Cron

Unit = Literal["times", "hour", "day", "week", "month"]
"""What an interval is made of whole ones of; ``times``: from one time of the schedule to the next.
"""

UNITS: Final = get_args(Unit)

#: No schedule is without a time for longer: the 29th of February comes after eight years at most.
_LONGEST = timedelta(days=366 * 9)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Interval:
    """Some time: from `start` up to, and without, `end`; both in UTC."""

    start: datetime
    end: datetime


def begin(moment: datetime, unit: Unit, zone: ZoneInfo) -> datetime:
    """Return in UTC where the unit begins that holds a moment.

    Parameters
    ----------
    moment
        An aware time.
    unit
        Any but ``times``.
    zone
        Whose clocks tell.
    """
    local = moment.astimezone(zone)
    wall = _truncated(local.replace(tzinfo=None, fold=0), unit)
    starts = [wall.replace(tzinfo=zone).astimezone(UTC)]
    if unit == "hour":
        # Clocks may show the same hour again.
        starts.append(wall.replace(tzinfo=zone, fold=1).astimezone(UTC))
    before = [start for start in starts if start <= moment]
    # A half hour that is skipped begins an hour whose beginning clocks never show.
    return max(before) if before else begin(min(starts) - _MOMENT, unit, zone)


def interval_of(time: datetime, cron: Cron, unit: Unit, since: datetime | None = None) -> Interval:
    """Return what the run of a schedule's time stands for.

    That is what has passed, in whole units, between the time before and this one. So no unit is
    left out and none is there twice, also where a schedule leaves out weekends.

    Parameters
    ----------
    time
        One of the schedule's times.
    cron
        The schedule.
    unit
        See `Unit`.
    since
        An earlier time of the schedule, where the run stands for all between.
    """
    before = previous(cron, since or time)
    if unit == "times":
        return Interval(before, time.astimezone(UTC))
    zone = ZoneInfo(cron.timezone)
    return Interval(begin(before, unit, zone), begin(time, unit, zone))


def previous(cron: Cron, time: datetime) -> datetime:
    """Return in UTC the schedule's last time before one of its times."""
    found = cron.latest(time - _LONGEST, time - _MOMENT)
    # Every schedule has a time in so many years.
    assert found is not None  # noqa: S101
    return found


def is_too_frequent(cron: Cron, unit: Unit, now: datetime) -> bool:
    """Tell whether a schedule comes twice within a unit, so that a run would stand for no time."""
    if unit == "times":
        return False
    zone = ZoneInfo(cron.timezone)
    times = cron.upcoming(now, 400)
    starts = [begin(time, unit, zone) for time in times]
    return len(set(starts)) < len(starts)


def _truncated(wall: datetime, unit: Unit) -> datetime:
    if unit == "hour":
        return wall.replace(minute=0, second=0, microsecond=0)
    day = date(wall.year, wall.month, wall.day)
    if unit == "week":
        day -= timedelta(days=day.weekday())
    if unit == "month":
        day = day.replace(day=1)
    return datetime(day.year, day.month, day.day)
