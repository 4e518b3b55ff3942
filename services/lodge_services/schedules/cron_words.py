"""Cron expressions in words, English and Chinese."""

from __future__ import annotations

import re
from typing import Final, Literal

from cron_descriptor import ExpressionDescriptor, Options  # type: ignore[import-untyped]

Language = Literal["en", "zh"]

_CHINESE: Final = {
    "Monday": "星期一",
    "Tuesday": "星期二",
    "Wednesday": "星期三",
    "Thursday": "星期四",
    "Friday": "星期五",
    "Saturday": "星期六",
    "Sunday": "星期日",
    "January": "1月",
    "February": "2月",
    "March": "3月",
    "April": "4月",
    "May": "5月",
    "June": "6月",
    "July": "7月",
    "August": "8月",
    "September": "9月",
    "October": "10月",
    "November": "11月",
    "December": "12月",
}


def needs_both_days(fields: str) -> bool:
    """Return whether a time must fit the day of the month and the weekday; else one is enough.

    As Vixie cron has it: both, where one of the two begins with ``*``.
    """
    _, _, day, _, weekday = fields.split()
    return day.startswith("*") or weekday.startswith("*")


def in_words(fields: str, language: Language) -> str:
    """Say a schedule, its five fields in numbers."""
    minute, hour, day, month, weekday = fields.split()
    both = needs_both_days(fields)
    minute, hour = _once(minute, 0, 59), _once(hour, 0, 23)
    day, month = _once(day, 1, 31), _once(month, 1, 12)
    if _values(day, 1, 31) == set(range(1, 32)):
        day = "*"
    weekday = _listed({value % 7 for value in _values(weekday, 0, 6)})
    if not both and "*" in (day, weekday):
        day = weekday = "*"
    text = _described(f"{minute} {hour} {day} * *", language)
    on = _described(f"0 0 * * {weekday}", language).removeprefix(_described("0 0 * * *", language))
    if weekday != "*" and day != "*":
        on = on.lstrip(",， ")
        if language == "en":
            on = f", but only {on}" if both else f", or {on}"
        else:
            on = f"，且仅在{on.removeprefix('仅在')}" if both else f"，或{on.removeprefix('仅')}"
    months = _described(f"0 0 * {month} *", language)
    text += on + months.removeprefix(_described("0 0 * * *", language))
    if [day, month, weekday] == ["*"] * 3 and minute.isdigit() and hour.isdigit():
        return f"{text}, every day" if language == "en" else f"每天{text}"
    return text


def _described(fields: str, language: Language) -> str:
    options = Options(
        locale_code="zh_CN" if language == "zh" else "en_US", use_24hour_time_format=True
    )
    text: str = ExpressionDescriptor(fields, options).get_description()
    if language == "en":
        return text.replace("only on ", "on ").replace("only in ", "in ")
    for english, chinese in _CHINESE.items():
        text = text.replace(english, chinese)
    text = text.replace(", 和", "和").replace(", ", "，")
    return re.sub(r"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])", "", text)


def _values(field: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        start, end = (low, high) if span == "*" else (int(first), int(last or first))
        values |= set(range(start, end + 1, int(step or 1)))
    return values


def _once(field: str, low: int, high: int) -> str:
    """Return a field without the parts that others of it hold already."""
    kept = list(dict.fromkeys(field.split(",")))
    for part in list(kept):
        others = [one for one in kept if one != part]
        if others and _values(part, low, high) <= _values(",".join(others), low, high):
            kept = others
    return ",".join(kept)


def _listed(days: set[int]) -> str:
    """Return weekdays as a field: a range of three or more in a row, or else one by one."""
    if len(days) == 7:
        return "*"
    for row in (sorted(days), sorted(day or 7 for day in days)):
        if len(row) > 2 and row[-1] - row[0] == len(row) - 1:
            return f"{row[0]}-{row[-1]}"
    return ",".join(str(day) for day in sorted(days, key=lambda day: day or 7))
