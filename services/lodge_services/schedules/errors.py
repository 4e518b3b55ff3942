"""Errors that are schedules' own, beside those that all services share."""

from __future__ import annotations

from ..errors import BadRequest


class BadCron(BadRequest):
    """A cron expression is not understood."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_cron", message)


class BadTimezone(BadRequest):
    """There is no such time zone."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_timezone", message)
