"""Moments and spans of time in words."""

from __future__ import annotations

from datetime import UTC, datetime

from .translation import Translator

_STEPS = (
    (60, 1, "second"),
    (3600, 60, "minute"),
    (86400, 3600, "hour"),
    (86400 * 30, 86400, "day"),
    (86400 * 365, 86400 * 30, "month"),
)


def absolute_time(moment: datetime) -> str:
    """Return `moment` in UTC, to the minute, with its zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def machine_time(moment: datetime) -> str:
    """Return `moment` as ISO 8601 in UTC with ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def relative_time(moment: datetime, now: datetime, translate: Translator) -> str:
    """Return how long before or after `now` the `moment` is, as a reader would say it."""
    seconds = (now - moment).total_seconds()
    span = abs(seconds)
    if span < 45:
        return translate("just now") if seconds >= 0 else translate("in a moment")
    size, unit = 86400 * 365, "year"
    for limit, step, name in _STEPS:
        if span < limit:
            size, unit = step, name
            break
    count = max(1, round(span / size))
    plural = unit if count == 1 else f"{unit}s"
    template = "{count} %s ago" % plural if seconds >= 0 else "in {count} %s" % plural  # noqa: UP031
    return translate(template, count=count)
