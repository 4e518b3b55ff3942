"""States and spans of time in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..pages.translation import Translator
from .intervals import Interval
from .models import Job, Run

_STATES = {
    "queued": "Queued",
    "running": "Running",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


def state_words(state: str, translate: Translator) -> str:
    """Return the name of a run's state."""
    return translate(_STATES[state])


def duration_words(seconds: float | None, translate: Translator) -> str:
    """Say how long something took; an empty text for what is not known."""
    if seconds is None:
        return ""
    if seconds < 10:
        return translate("{seconds} s", seconds=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 60:
        return translate("{seconds} s", seconds=whole)
    if whole < 3600:
        return translate("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return translate("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


_UNITS = {
    "hour": "A run stands for the whole hours since the last one.",
    "day": "A run stands for the whole days since the last one.",
    "week": "A run stands for the whole weeks since the last one.",
    "month": "A run stands for the whole months since the last one.",
}
_MISSED = {
    "one": "Times that were missed get one run for all of them.",
    "all": "Each time that was missed gets a run.",
    "none": "Times that were missed are left out.",
}


def policy_words(job: Job, translate: Translator) -> list[str]:
    """Return what a job says beyond its times, a sentence each."""
    zone = zone_of(job.timezone)
    said = []
    if job.cron is not None:
        said += [_UNITS[one] for one in (job.interval,) if one in _UNITS]
        said += [_MISSED[one] for one in (job.catch_up,) if one in _MISSED]
    found = [translate(one) for one in said]
    if job.retries:
        word = (
            "One that fails is tried {count} more time."
            if job.retries == 1
            else ("One that fails is tried {count} more times.")
        )
        found.append(translate(word, count=job.retries))
    if job.timeout_s is not None:
        spent = duration_words(float(job.timeout_s), translate)
        found.append(translate("One that takes longer than {time} is ended.", time=spent))
    if job.starts_at is not None:
        found.append(translate("It begins at {time}.", time=_clock(job.starts_at, zone)))
    if job.ends_at is not None:
        found.append(translate("It ends at {time}.", time=_clock(job.ends_at, zone)))
    return found


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    try:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
    except OverflowError:  # one of the ends of time, from before they were refused
        return f"{moment:%Y-%m-%d %H:%M} UTC"


def span_words(run: Run, timezone: str) -> str:
    """Say what a run stands for, in a job's time zone; an empty text where it is nothing."""
    if run.interval_start is None or run.interval_end is None:
        return ""
    return interval_words(Interval(run.interval_start, run.interval_end), timezone)


def interval_words(interval: Interval, timezone: str) -> str:
    """Return an interval as the clocks of a zone show it; whole days without their times."""
    zone = zone_of(timezone)
    start, end = (one.astimezone(zone) for one in (interval.start, interval.end))
    if (start.hour, start.minute, end.hour, end.minute) != (0, 0, 0, 0):
        return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}"
    last = end.date() - timedelta(days=1)
    return f"{start:%Y-%m-%d}" if last <= start.date() else f"{start:%Y-%m-%d} – {last:%Y-%m-%d}"


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone; UTC where the machine knows it no more."""
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")
