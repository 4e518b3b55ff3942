"""Times in parameters: ``{{ ds }}`` and the like, read by a grammar of their own.

No code is evaluated. A template is ``{{ NAME }}``, ``{{ NAME + 2 days }}``, ``{{ NAME | FORMAT }}``
or both; ``{{ '{{' }}`` stands for two braces themselves. Days, weeks and months are counted on the
calendar of the job's time zone, minutes and hours on the clock that never jumps.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final
from zoneinfo import ZoneInfo

from ..errors import BadRequest
from .intervals import Interval

#: Name: what it stands for, and how it is written where no format is given.
NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "interval_start": ("start", ""),
    "interval_end": ("end", ""),
    "scheduled_for": ("time", ""),
    "ds": ("start", "%Y-%m-%d"),
    "ds_nodash": ("start", "%Y%m%d"),
}
UNITS: Final = ("minute", "hour", "day", "week", "month", "year")
#: Of `strftime` those whose text is the same on every machine.
DIRECTIVES: Final = "YymdHMSjGVuz%"

_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_EXPRESSION = re.compile(
    r"\s*(\w+)((?:\s*[+-]\s*\d+\s*[A-Za-z]+)*)\s*(?:\|\s*(.*?)\s*)?\Z", re.DOTALL
)
_STEP = re.compile(r"([+-])\s*(\d+)\s*([A-Za-z]+)")
_LITERAL = re.compile(r"\s*(['\"])\{\{\1\s*\Z")
_LONGEST = 10_000
"""Characters of a value that may have templates, and how far steps may lead in their unit."""


@dataclass(frozen=True)
class Times:
    """What templates tell.

    Attributes
    ----------
    time
        For which the run was scheduled.
    interval
        That it stands for; None where the job has no times.
    timezone
        In which they are told.
    """

    time: datetime
    interval: Interval | None
    timezone: str


def has_templates(value: Any) -> bool:
    """Tell whether a parameter's value, or one within it, names a time."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, dict):
        return any(map(has_templates, value.values()))
    return isinstance(value, list) and any(map(has_templates, value))


def rendered(value: Any, times: Times) -> Any:
    """Return a parameter's value with times in the place of its templates.

    Raises
    ------
    BadRequest
        A template is not understood, or names an interval where there is none.
    """
    if isinstance(value, str):
        return _text(value, times)
    if isinstance(value, dict):
        return {key: rendered(item, times) for key, item in value.items()}
    if isinstance(value, list):
        return [rendered(item, times) for item in value]
    return value


def escaped(value: Any) -> Any:
    """Return a value whose braces are no templates, but stand for themselves."""
    if isinstance(value, str):
        return value.replace("{{", "{{ '{{' }}")
    if isinstance(value, dict):
        return {key: escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escaped(item) for item in value]
    return value


def _text(text: str, times: Times) -> str:
    if "{{" not in text:
        return text
    if len(text) > _LONGEST:
        raise _bad(f"a value with times in it may have {_LONGEST:,} characters")
    if text.count("{{") != sum(found[0].count("{{") for found in _TEMPLATE.finditer(text)):
        raise _bad("“{{” is not closed by “}}”; write “{{ '{{' }}” for two braces")
    return _TEMPLATE.sub(lambda found: _value(found[1], times), text)


def _value(expression: str, times: Times) -> str:
    if _LITERAL.match(expression):
        return "{{"
    found = _EXPRESSION.match(expression)
    if found is None:
        shown = " ".join(expression.split())[:60]
        raise _bad(f"“{shown}” is not understood; write a name, as in {{{{ ds }}}}")
    name, steps, written = found.groups()
    if name not in NAMES:
        near = get_close_matches(name, NAMES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(NAMES)}."
        raise _bad(f"there is no “{name[:40]}”; {hint}", end="")
    which, usual = NAMES[name]
    moment = _moment(which, times).astimezone(ZoneInfo(times.timezone))
    for sign, number, unit in _STEP.findall(steps):
        moment = _moved(moment, int(f"{sign}{number}"), unit)
    return _written(moment, written if written is not None else usual)


def _moment(which: str, times: Times) -> datetime:
    if which == "time":
        return times.time
    if times.interval is None:
        raise _bad("a job without times has no interval; only scheduled_for can be named in it")
    return times.interval.start if which == "start" else times.interval.end


def _moved(moment: datetime, number: int, unit: str) -> datetime:
    name = unit.lower().removesuffix("s")
    if name not in UNITS:
        raise _bad(f"“{unit[:20]}” is no unit; there are {', '.join(UNITS)}")
    if abs(number) > _LONGEST:
        raise _bad(f"{number:+,} {unit} lead too far")
    try:
        if name in ("minute", "hour"):
            shift = timedelta(**{f"{name}s": number})
            return (moment.astimezone(UTC) + shift).astimezone(moment.tzinfo)
        wall = moment.replace(tzinfo=None, fold=0)
        if name in ("day", "week"):
            wall += timedelta(**{f"{name}s": number})
        else:
            months = wall.year * 12 + wall.month - 1 + number * (12 if name == "year" else 1)
            year, month = divmod(months, 12)
            last = calendar.monthrange(year, month + 1)[1]
            wall = wall.replace(year=year, month=month + 1, day=min(wall.day, last))
        # What clocks skip is as much later as they jump.
        return wall.replace(tzinfo=moment.tzinfo).astimezone(UTC).astimezone(moment.tzinfo)
    except (OverflowError, ValueError, calendar.IllegalMonthError):
        raise _bad(f"{number:+,} {unit} lead out of the calendar") from None


def _written(moment: datetime, pattern: str) -> str:
    if not pattern:
        return moment.isoformat()
    if "%" not in pattern:
        raise _bad(f"“{pattern[:40]}” is no format; write one such as %Y-%m-%d")
    return re.sub(r"%(.?)", lambda found: _directive(moment, found[1]), pattern, flags=re.DOTALL)


def _directive(moment: datetime, sign: str) -> str:
    if not sign or sign not in DIRECTIVES:
        raise _bad(f"“%{sign}” is no part of a format; there are %{', %'.join(DIRECTIVES)}")
    # Not by strftime: it writes years below 1000 as each machine likes.
    return _WRITERS[sign](moment)


_WRITERS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "Y": lambda at: f"{at.year:04}",
    "y": lambda at: f"{at.year % 100:02}",
    "m": lambda at: f"{at.month:02}",
    "d": lambda at: f"{at.day:02}",
    "H": lambda at: f"{at.hour:02}",
    "M": lambda at: f"{at.minute:02}",
    "S": lambda at: f"{at.second:02}",
    "j": lambda at: f"{at.timetuple().tm_yday:03}",
    "G": lambda at: f"{at.isocalendar().year:04}",
    "V": lambda at: f"{at.isocalendar().week:02}",
    "u": lambda at: f"{at.isoweekday()}",
    "z": lambda at: at.strftime("%z"),
    "%": lambda _: "%",
}


def _bad(why: str, *, end: str = ".") -> BadRequest:
    return BadRequest("bad_template", f"The parameters can't be used: {why}{end}")
