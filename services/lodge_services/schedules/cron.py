"""Cron expressions: strictly read, in a time zone, with their next times and in words.

An expression names wall-clock times. When clocks change, each named time still happens once:

- A time that is skipped in spring happens as much later as the clocks jumped: 02:30 at 03:30.
- A time that comes twice in autumn happens the first time only, unless the hour field is ``*``:
  "every 15 minutes" goes on through both hours.

Where both a day of the month and a weekday are named, one of them is enough; both must fit where
one of the two fields begins with ``*``, such as ``*/2``, as Vixie cron has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from croniter.croniter import CroniterBadDateError

from .cron_words import Language, in_words, needs_both_days
from .errors import BadCron, BadTimezone

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([a-z0-9]+))?")
#: Clocks have never jumped further than this (Samoa left out a whole day in 2011).
_FURTHEST_JUMP = timedelta(hours=26)
#: Windows in which the latest past time is looked for, narrow ones first.
_LOOK_BACK = tuple(timedelta(minutes=minutes) for minutes in (2, 61, 1441, 8 * 1441, 32 * 1441))


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    offset: int = 0

    def number(self, word: str, expression: str) -> int:
        """Return the number that `word` stands for in this field."""
        if word in self.names:
            return self.names.index(word) + self.offset
        if not word.isascii() or not word.isdigit():
            hint = get_close_matches(word, self.names, 1, 0.5)
            meant = f"; did you mean {hint[0].upper()}?" if hint else ""
            raise BadCron(
                f"{expression!r} is not a schedule: the {self.name} {word!r} is not "
                f"{self._allowed()}{meant or '.'}"
            )
        value = int(word)
        if not self.low <= value <= self.high:
            raise BadCron(
                f"{expression!r} is not a schedule: the {self.name} {value} is outside of "
                f"{self.low} to {self.high}."
            )
        return value

    def _allowed(self) -> str:
        span = f"a number from {self.low} to {self.high}"
        if not self.names:
            return span
        return f"{span} or a name from {self.names[0].upper()} to {self.names[-1].upper()}"

    def parse(self, text: str, expression: str) -> str:
        """Return the field in numbers only."""
        return ",".join(self._part(part, text, expression) for part in text.split(","))

    def _part(self, part: str, text: str, expression: str) -> str:
        match = _PART.fullmatch(part)
        if not match or (match[1] == "*" and match[2]):
            raise BadCron(
                f"{expression!r} is not a schedule: the {self.name} field {text!r} is not "
                "understood; use *, numbers, ranges such as 1-5, steps such as */2, and commas."
            )
        start, end, step = match.groups()
        result = start if start == "*" else str(self.number(start, expression))
        if end:
            last = self.number(end, expression)
            if last < int(result):
                raise BadCron(
                    f"{expression!r} is not a schedule: the {self.name} range {part.split('/')[0]} "
                    "runs backwards; write the smaller number first, or two ranges with a comma."
                )
            result = f"{result}-{last}"
        if step:
            if not (step.isascii() and step.isdigit() and 1 <= int(step) <= self.high):
                raise BadCron(
                    f"{expression!r} is not a schedule: the step {step!r} of the {self.name} field "
                    f"is not a number from 1 to {self.high}."
                )
            if start != "*" and not end:
                raise BadCron(
                    f"{expression!r} is not a schedule: the step in {part!r} needs * or a range "
                    f"before it, such as {start}-{self.high}/{step}."
                )
            result = result if int(step) == 1 else f"{result}/{int(step)}"
        return result


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS, 1),
    _Field("weekday", 0, 7, _DAYS),
)


#: Schedules and times that are remembered.
REMEMBERED = 8_192


@dataclass(frozen=True)
class Cron:
    """A valid schedule in a time zone.

    Parameters
    ----------
    expression
        The five fields as the user wrote them, with single spaces.
    timezone
        Name of an IANA time zone.
    fields
        The five fields in numbers only.
    """

    expression: str
    timezone: str
    fields: str

    @classmethod
    def parse(cls, expression: str, timezone: str = "UTC") -> Cron:
        """Read an expression of five fields: minute, hour, day of month, month, weekday.

        Raises
        ------
        BadCron
            The expression is not understood, or names a day that never comes.
        BadTimezone
            There is no such time zone.
        """
        check_timezone(timezone)
        words = expression.split()
        expression = " ".join(words)
        if len(expression) > 200:
            raise BadCron("The schedule is too long: it may have 200 characters at most.")
        if len(words) != len(_FIELDS):
            raise BadCron(_wrong_count(expression, words))
        return cls(expression, timezone, _in_numbers(expression))

    def times(self, after: datetime) -> Iterator[datetime]:
        """Yield the times later than `after`, earliest first, in the time zone of the schedule.

        Parameters
        ----------
        after
            An aware time.
        """
        zone = ZoneInfo(self.timezone)
        last = after.astimezone(UTC)
        while True:
            found = _following(self, last)
            if found is None:
                return
            yield found.astimezone(zone)
            last = found

    def next(self, after: datetime) -> datetime | None:
        """Return the first time later than `after` in UTC, or None where none is left."""
        found = next(self.times(after), None)
        return found and found.astimezone(UTC)

    def upcoming(self, after: datetime, count: int = 5) -> list[datetime]:
        """Return the next `count` times in the time zone of the schedule."""
        return list(islice(self.times(after), count))

    def latest(self, since: datetime, until: datetime) -> datetime | None:
        """Return the last time from `since` up to and including `until` in UTC, or None."""
        before = since - timedelta(microseconds=1)
        for window in (*_LOOK_BACK, until - before):
            start = max(before, until - window)
            found = None
            for time in self.times(start):
                if time > until:
                    break
                found = time
            if found or start == before:
                return found and found.astimezone(UTC)
        return None

    def describe(self, language: Language = "en") -> str:
        """Say the schedule in words."""
        return in_words(self.fields, language)

    def _next(self, after: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first instant later than `after`, both UTC."""
        local = after.astimezone(zone)
        jump = _jump(after, zone)
        walls = _walls(self.fields, local.replace(tzinfo=None) - jump - timedelta(seconds=1))
        every_hour = self.fields.split()[1] == "*"
        best: datetime | None = None
        best_wall = datetime.max
        while True:
            try:
                wall = walls.get_next(datetime)
            except CroniterBadDateError:
                return best
            if best is not None and wall - best_wall > jump:
                return best
            for instant in _instants(wall, zone, both=every_hour):
                if instant > after and (best is None or instant < best):
                    if best is None:
                        best_wall, jump = wall, max(jump, _jump(instant, zone))
                    best = instant


@lru_cache(maxsize=REMEMBERED)
def _following(cron: Cron, after: datetime) -> datetime | None:
    """Return `Cron._next`: jobs of thousands of people have some hundred schedules."""
    return cron._next(after, ZoneInfo(cron.timezone))


@lru_cache(maxsize=REMEMBERED)
def _in_numbers(expression: str) -> str:
    """Return five fields in numbers only.

    Raises
    ------
    BadCron
        They are not understood, or name a day that never comes.
    """
    pairs = zip(_FIELDS, expression.lower().split(), strict=True)
    fields = " ".join(field.parse(text, expression) for field, text in pairs)
    try:
        _walls(fields, datetime(2000, 1, 1)).get_next(datetime)
    except CroniterBadDateError:
        raise BadCron(
            f"{expression!r} is not a schedule: that day of the month never comes in the "
            "months it names."
        ) from None
    return fields


def _walls(fields: str, after: datetime) -> croniter:
    """Return the wall-clock times after one."""
    return croniter(fields, after, day_or=not needs_both_days(fields))


def check_timezone(name: str) -> None:
    """Make sure that `name` is an IANA time zone.

    Raises
    ------
    BadTimezone
        It isn't; the sentence names the nearest.
    """
    if name in _zones():
        return
    lower = {zone.lower(): zone for zone in _zones()}
    tails = {zone.rsplit("/", 1)[-1].lower(): zone for zone in sorted(_zones(), reverse=True)}
    wanted = name.strip().lower().replace(" ", "_")
    hint = [tails[wanted]] if wanted in tails else []
    hint = hint or [lower[item] for item in get_close_matches(wanted, lower, 1)]
    meant = f"did you mean {hint[0]}?" if hint else "use a name such as Europe/Berlin."
    raise BadTimezone(f"{name[:60]!r} is not a time zone; {meant}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _wrong_count(expression: str, words: list[str]) -> str:
    if not words:
        return "The schedule is empty: write five fields, such as 30 8 * * 1-5."
    if words[0].startswith("@"):
        return (
            f"{expression!r} is not a schedule: short names are not understood; write five fields, "
            "such as 0 0 * * * for every day at midnight."
        )
    seconds = "; seconds are not supported" if len(words) == 6 else ""
    return (
        f"{expression!r} is not a schedule: it has {len(words)} field{'s' * (len(words) != 1)}, "
        f"and needs five: minute, hour, day of month, month, weekday{seconds}."
    )


def _jump(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far clocks of `zone` jump within about a day of an instant."""
    before = (instant - _FURTHEST_JUMP).astimezone(zone).utcoffset() or timedelta()
    after = (instant + _FURTHEST_JUMP).astimezone(zone).utcoffset() or timedelta()
    return abs(after - before)


def _instants(wall: datetime, zone: ZoneInfo, *, both: bool) -> list[datetime]:
    """Return the instants in UTC at which clocks show `wall`; a skipped time is made up later.

    PEP 495 reads a skipped time with the offset from before the change, which is as much later as
    the clocks jumped.
    """
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return [first, second] if both and second > first else [first]
