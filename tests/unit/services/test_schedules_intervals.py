"""Intervals and templates: against a slow, obvious model, and where clocks jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_services.errors import BadRequest
from lodge_services.schedules.cron import Cron
from lodge_services.schedules.intervals import (
    Interval,
    Unit,
    begin,
    interval_of,
    is_too_frequent,
    previous,
)
from lodge_services.schedules.templates import (
    DIRECTIVES,
    Times,
    escaped,
    has_templates,
    rendered,
)
from support.scheduling import at

#: By the hour, by the half, with a midnight that is skipped and one that comes twice, a lost day.
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Pacific/Apia",
    "Asia/Kathmandu",
)
UNITS: tuple[Unit, ...] = ("hour", "day", "week", "month")
moments = st.datetimes(datetime(2010, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


def model(moment: datetime, unit: Unit, zone: ZoneInfo) -> datetime:
    """Return where a unit begins by looking at the clock each minute, backwards."""

    def label(instant: datetime) -> Any:
        wall = instant.astimezone(zone)
        if unit == "hour":
            return wall.date(), wall.hour, wall.utcoffset() if wall.fold else None
        if unit == "week":
            return wall.isocalendar()[:2]
        return (wall.year, wall.month) if unit == "month" else wall.date()

    minute = moment.replace(second=0, microsecond=0)
    while label(minute - timedelta(minutes=1)) == label(moment):
        minute -= timedelta(minutes=1)
    return minute


@given(moments, st.sampled_from(ZONES), st.sampled_from(("hour", "day")))
@settings(max_examples=60, deadline=None)
def test_a_unit_begins_where_clocks_begin_to_show_it(
    moment: datetime, name: str, unit: Unit
) -> None:
    zone = ZoneInfo(name)
    found = begin(moment, unit, zone)
    assert found <= moment
    assert begin(found, unit, zone) == found
    assert begin(found - timedelta(microseconds=1), unit, zone) < found
    if not (unit == "hour" and name == "Australia/Lord_Howe"):
        assert found == model(moment, unit, zone)


@pytest.mark.parametrize(
    ("name", "unit", "moment", "start"),
    [
        # 02:00 comes twice: two hours.
        ("Europe/Berlin", "hour", "2026-10-25T00:30", "2026-10-25T00:00"),
        ("Europe/Berlin", "hour", "2026-10-25T01:30", "2026-10-25T01:00"),
        ("Europe/Berlin", "day", "2026-10-25T12:00", "2026-10-24T22:00"),
        # No midnight: the day begins at one.
        ("America/Sao_Paulo", "day", "2018-11-04T12:00", "2018-11-04T03:00"),
        # Midnight comes twice: the first.
        ("America/Havana", "day", "2026-11-01T05:30", "2026-11-01T04:00"),
        # The 30th of December 2011 was left out.
        ("Pacific/Apia", "day", "2011-12-30T10:30", "2011-12-30T10:00"),
        ("Pacific/Apia", "day", "2011-12-30T09:59", "2011-12-29T10:00"),
        ("Asia/Kathmandu", "hour", "2026-01-01T00:20", "2026-01-01T00:15"),
        ("Asia/Shanghai", "week", "2026-11-29T10:00", "2026-11-22T16:00"),
        ("Asia/Shanghai", "month", "2026-11-30T16:00", "2026-11-30T16:00"),
        # Half an hour comes twice: it belongs to the hour before.
        ("Australia/Lord_Howe", "hour", "2026-04-04T15:10", "2026-04-04T14:00"),
    ],
)
def test_where_clocks_jump(name: str, unit: Unit, moment: str, start: str) -> None:
    assert begin(at(moment), unit, ZoneInfo(name)) == at(start)


SCHEDULES = (
    "0 8 * * *",
    "30 2 * * *",
    "0 0 * * *",
    "15 * * * *",
    "0 9 * * 1-5",
    "0 6 * * 1",
    "0 5 1 * *",
)


@given(
    moments,
    st.sampled_from(ZONES),
    st.sampled_from(SCHEDULES),
    st.sampled_from(("times", *UNITS)),
)
@settings(max_examples=60, deadline=None)
def test_no_time_is_lost_doubled_or_empty(
    moment: datetime, zone: str, expression: str, unit: Unit
) -> None:
    cron = Cron.parse(expression, zone)
    frequent = is_too_frequent(cron, unit, moment)
    times = [one.astimezone(UTC) for one in cron.upcoming(moment, 8)]
    spans = [interval_of(time, cron, unit) for time in times]
    for before, after in pairwise(spans):
        assert before.end == after.start
    if not frequent:
        assert all(span.start < span.end for span in spans)
    for time, span in zip(times, spans, strict=True):
        assert span.end <= time
    # One run in the place of all.
    whole = interval_of(times[-1], cron, unit, since=times[0])
    assert whole == Interval(spans[0].start, spans[-1].end)


def test_what_comes_too_often_is_told() -> None:
    now = at("2026-11-29T10:00")
    for expression, unit, frequent in (
        ("0 8,20 * * *", "day", True),
        ("0 8 * * *", "day", False),
        ("0 8 * * *", "week", True),
        ("0 6 * * 1", "week", False),
        ("*/15 * * * *", "hour", True),
        ("*/15 * * * *", "times", False),
    ):
        assert is_too_frequent(Cron.parse(expression, "Asia/Shanghai"), unit, now) == frequent  # type: ignore[arg-type]


def test_monday_stands_for_the_weekend_as_well() -> None:
    cron = Cron.parse("0 9 * * 1-5", "Asia/Shanghai")
    monday = at("2026-11-30T01:00")
    assert interval_of(monday, cron, "day") == Interval(
        at("2026-11-26T16:00"), at("2026-11-29T16:00")
    )


def test_a_rare_schedule_has_a_time_before() -> None:
    assert previous(Cron.parse("0 0 29 2 *", "UTC"), at("2104-02-29T00:00")) == at(
        "2096-02-29T00:00"
    )


DAY = Times(
    at("2026-11-29T01:00"),
    Interval(at("2026-11-27T16:00"), at("2026-11-28T16:00")),
    "Asia/Shanghai",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ ds }}", "2026-11-28"),
        ("{{ds}}", "2026-11-28"),
        ("dt={{ ds_nodash }}/x", "dt=20261128/x"),
        ("{{ interval_start }}", "2026-11-28T00:00:00+08:00"),
        ("{{ interval_end }}", "2026-11-29T00:00:00+08:00"),
        ("{{ scheduled_for | %H:%M }}", "09:00"),
        ("{{ interval_end - 1 day | %Y-%m-%d }}", "2026-11-28"),
        ("{{ ds - 28 days }}", "2026-10-31"),
        ("{{ ds + 1 month - 1 day }}", "2026-12-27"),
        (
            "{{ interval_start | %Y年%m月%d日 %% %j %G-W%V-%u %z }}",
            "2026年11月28日 % 332 2026-W48-6 +0800",
        ),
        ("{{ '{{' }} stays", "{{ stays"),
        ("no }} times", "no }} times"),
        ("{{ ds }} to {{ interval_end | %Y-%m-%d }}", "2026-11-28 to 2026-11-29"),
    ],
)
def test_times_are_written_into_parameters(text: str, shown: str) -> None:
    assert rendered({"a": [text, 3, None]}, DAY) == {"a": [shown, 3, None]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ ds", "not closed"),
        ("{{ dss }}", "did you mean ds?"),
        ("{{ interval_begin }}", "interval"),
        ("{{ xyzzy }}", "there are interval_start"),
        ("{{ ds + 1 fortnight }}", "no unit"),
        ("{{ ds + 99999 days }}", "too far"),
        ("{{ ds - 9000 years }}", "out of the calendar"),
        ("{{ ds | %B }}", "%B"),
        ("{{ ds | iso }}", "no format"),
        ("{{ ds.__class__ }}", "not understood"),
        ("{{ }}", "not understood"),
        ("{{ 1 + 1 }}", "not understood"),
        ("{{ __import__('os') }}", "not understood"),
        ("{{ ds }}" + "x" * 10_000, "10,000 characters"),
    ],
)
def test_what_is_no_template_is_told(text: str, said: str) -> None:
    with pytest.raises(BadRequest) as told:
        rendered(text, DAY)
    assert said in told.value.message


def test_a_job_without_times_names_no_interval() -> None:
    times = Times(at("2026-11-29T01:00"), None, "UTC")
    assert rendered("{{ scheduled_for | %Y }}", times) == "2026"
    with pytest.raises(BadRequest, match="without times has no interval"):
        rendered("{{ ds }}", times)


def test_days_are_the_calendars_and_hours_the_clocks() -> None:
    # In the night to the 25th clocks go back in Berlin.
    night = Times(
        at("2026-10-25T06:00"),
        Interval(at("2026-10-23T22:00"), at("2026-10-24T22:00")),
        "Europe/Berlin",
    )
    assert rendered("{{ interval_end + 1 day }}", night) == "2026-10-26T00:00:00+01:00"
    assert rendered("{{ interval_end + 24 hours }}", night) == "2026-10-25T23:00:00+01:00"
    assert (
        rendered("{{ interval_end + 2 hours + 30 minutes }}", night) == "2026-10-25T02:30:00+02:00"
    )


@given(
    st.recursive(
        st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_escaped_stays_as_it_was(value: Any) -> None:
    assert rendered(escaped(value), DAY) == value


@given(st.text(st.sampled_from("{}ds +-1day|%Yx'\" "), max_size=40))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    try:
        said = rendered(text, DAY)
    except BadRequest as error:
        said = error.message
    assert isinstance(said, str)
    assert has_templates(text) == ("{{" in text)


@given(moments, st.sampled_from(DIRECTIVES.replace("%", "")))
def test_formats_are_those_of_strftime(moment: datetime, sign: str) -> None:
    times = Times(moment, None, "America/New_York")
    expected = moment.astimezone(ZoneInfo("America/New_York")).strftime(f"%{sign}")
    assert rendered(f"{{{{ scheduled_for | %{sign} }}}}", times) == expected
