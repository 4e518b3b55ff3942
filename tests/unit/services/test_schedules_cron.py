"""Cron expressions: next times over clock changes, strict reading, words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lodge_services.schedules.cron import Cron
from lodge_services.schedules.errors import BadCron, BadTimezone

NEW_YORK = "America/New_York"


def times(expression: str, zone: str, start: str, count: int) -> list[str]:
    after = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    return [time.isoformat() for time in Cron.parse(expression, zone).upcoming(after, count)]


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        pytest.param(
            "30 2 * * *",
            NEW_YORK,
            "2027-03-12T12:00",
            [
                "2027-03-13T02:30:00-05:00",
                "2027-03-14T03:30:00-04:00",
                "2027-03-15T02:30:00-04:00",
            ],
            id="a skipped time runs once, as much later as the clocks jumped",
        ),
        pytest.param(
            "30 1 * * *",
            NEW_YORK,
            "2027-11-06T12:00",
            ["2027-11-07T01:30:00-04:00", "2027-11-08T01:30:00-05:00"],
            id="a doubled time runs once, the first time",
        ),
        pytest.param(
            "30 2,3 * * *",
            NEW_YORK,
            "2027-03-14T00:00",
            ["2027-03-14T03:30:00-04:00", "2027-03-15T02:30:00-04:00"],
            id="a skipped time that meets another runs once",
        ),
        pytest.param(
            "10,50 2-3 * * *",
            NEW_YORK,
            "2027-03-14T00:00",
            [
                "2027-03-14T03:10:00-04:00",
                "2027-03-14T03:50:00-04:00",
                "2027-03-15T02:10:00-04:00",
            ],
            id="made-up times keep their order",
        ),
        pytest.param(
            "*/30 * * * *",
            NEW_YORK,
            "2027-03-14T01:00",
            ["2027-03-14T01:30:00-05:00", "2027-03-14T03:00:00-04:00", "2027-03-14T03:30:00-04:00"],
            id="every half hour goes on over the skipped hour",
        ),
        pytest.param(
            "*/30 * * * *",
            NEW_YORK,
            "2027-11-07T00:45",
            [
                "2027-11-07T01:00:00-04:00",
                "2027-11-07T01:30:00-04:00",
                "2027-11-07T01:00:00-05:00",
                "2027-11-07T01:30:00-05:00",
                "2027-11-07T02:00:00-05:00",
            ],
            id="every half hour goes on through both hours",
        ),
        pytest.param(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2027-10-02T12:00",
            ["2027-10-03T02:45:00+11:00", "2027-10-04T02:15:00+11:00"],
            id="clocks that jump by half an hour",
        ),
        pytest.param(
            "0 8 * * *",
            "Pacific/Apia",
            "2011-12-29T07:00",
            [
                "2011-12-29T08:00:00-10:00",
                "2011-12-31T08:00:00+14:00",
                "2012-01-01T08:00:00+14:00",
            ],
            id="a skipped day runs with the next",
        ),
        pytest.param(
            "30 8 * * MON-FRI",
            "Asia/Shanghai",
            "2026-11-20T09:00",
            ["2026-11-23T08:30:00+08:00", "2026-11-24T08:30:00+08:00"],
            id="weekdays by name",
        ),
        pytest.param(
            "0 0 29 2 *",
            "UTC",
            "2027-01-01T00:00",
            ["2028-02-29T00:00:00+00:00", "2032-02-29T00:00:00+00:00"],
            id="leap days",
        ),
        pytest.param(
            "0 0 1 * 0",
            "UTC",
            "2027-01-01T00:00",
            ["2027-01-03T00:00:00+00:00", "2027-01-10T00:00:00+00:00"],
            id="day of month or weekday, as cron has it",
        ),
        pytest.param(
            "0 0 */2 * 1",
            "UTC",
            "2025-01-01T00:00",
            [f"2025-{day}T00:00:00+00:00" for day in ("01-13", "01-27", "02-03", "02-17")],
            id="day of month and weekday where one begins with a star, as cron has it",
        ),
        pytest.param(
            "0 9 1 * */2",
            "UTC",
            "2025-01-01T00:00",
            [f"2025-{month}-01T09:00:00+00:00" for month in ("02", "03", "04", "05")],
            id="a weekday that begins with a star",
        ),
        pytest.param(
            "0 0 1 * 0-7",
            "UTC",
            "2025-01-01T00:00",
            ["2025-01-02T00:00:00+00:00", "2025-01-03T00:00:00+00:00"],
            id="a weekday that names all of them is no star",
        ),
    ],
)
def test_next_times(expression: str, zone: str, start: str, expected: list[str]) -> None:
    assert times(expression, zone, start, len(expected)) == expected


def test_the_second_pass_of_a_doubled_hour_is_over_before_the_next_day() -> None:
    cron = Cron.parse("30 1 * * *", NEW_YORK)
    second_pass = datetime(2027, 11, 7, 1, 10, tzinfo=ZoneInfo(NEW_YORK), fold=1)
    assert cron.upcoming(second_pass, 1)[0].isoformat() == "2027-11-08T01:30:00-05:00"


minutes = st.sampled_from(["0", "30", "*/15", "5,50", "*", "10-12"])
hours = st.sampled_from(["*", "1", "2", "1-3", "*/2", "0,2,23"])
days = st.sampled_from(["*", "*", "*/2", "14", "7"])
weekdays = st.sampled_from(["*", "*", "0", "1-5", "sun", "*/2", "0-7"])
zones = st.sampled_from(["UTC", NEW_YORK, "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe"])
# Around the changes of clocks of these zones, and anywhere else.
starts = st.one_of(
    st.datetimes(datetime(2027, 3, 13), datetime(2027, 3, 15)),
    st.datetimes(datetime(2027, 3, 27), datetime(2027, 3, 29)),
    st.datetimes(datetime(2027, 4, 3), datetime(2027, 4, 4)),
    st.datetimes(datetime(2027, 10, 2), datetime(2027, 10, 4)),
    st.datetimes(datetime(2027, 10, 30), datetime(2027, 11, 1)),
    st.datetimes(datetime(2027, 11, 6), datetime(2027, 11, 8)),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
)


@given(minutes, hours, days, weekdays, zones, starts)
@settings(max_examples=150, deadline=None)
def test_times_are_those_that_clocks_show(
    minute: str, hour: str, day: str, weekday: str, zone: str, start: datetime
) -> None:
    """Checked minute by minute against what clocks in the zone show over a day."""
    cron = Cron.parse(f"{minute} {hour} {day} * {weekday}", zone)
    after = start.replace(tzinfo=UTC)
    end = after + timedelta(hours=12)
    got = []
    for time in cron.times(after):
        if time > end:
            break
        got.append(time.astimezone(UTC))
    assert got == expected_times(cron, after, end)


def expected_times(cron: Cron, after: datetime, end: datetime) -> list[datetime]:
    zone = ZoneInfo(cron.timezone)
    fields = [expand(*item) for item in zip(cron.fields.split(), LIMITS, strict=True)]
    stars = [field.startswith("*") for field in cron.fields.split()]
    found = set()
    instant = (after - timedelta(hours=3)).replace(second=0, microsecond=0)
    shown: set[datetime] = set()
    previous: datetime | None = None
    while instant <= end:
        wall = instant.astimezone(zone).replace(tzinfo=None)
        # What clocks left out just now is made up for as much later as they jumped.
        skipped = timedelta(minutes=1)
        while previous and previous + skipped < wall:
            if matches(previous + skipped, fields, stars):
                found.add(instant + skipped - timedelta(minutes=1))
            skipped += timedelta(minutes=1)
        if matches(wall, fields, stars) and (cron.fields.split()[1] == "*" or wall not in shown):
            found.add(instant)
        shown.add(wall)
        previous = wall
        instant += timedelta(minutes=1)
    return sorted(time for time in found if after < time <= end)


LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def expand(field: str, limits: tuple[int, int]) -> set[int]:
    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        first, last = limits if span == "*" else (int(low), int(high or low))
        values |= set(range(first, last + 1, int(step or 1)))
    return values


def matches(wall: datetime, fields: list[set[int]], stars: list[bool]) -> bool:
    minute, hour, day, month, weekday = fields
    in_days = wall.day in day
    in_weekdays = bool({wall.isoweekday() % 7, wall.isoweekday()} & weekday)
    on = (in_days or in_weekdays) if not (stars[2] or stars[4]) else (in_days and in_weekdays)
    return wall.minute in minute and wall.hour in hour and wall.month in month and on


@given(minutes, hours, zones, starts, st.integers(1, 100_000))
@settings(max_examples=60, deadline=None)
def test_the_latest_missed_time(
    minute: str, hour: str, zone: str, start: datetime, away: int
) -> None:
    cron = Cron.parse(f"{minute} {hour} * * *", zone)
    since = cron.next(start.replace(tzinfo=UTC))
    assert since is not None
    until = since + timedelta(minutes=away % 3000)
    latest = cron.latest(since, until)
    assert latest is not None
    assert since <= latest <= until
    following = cron.next(latest)
    assert following is not None
    assert following > until


def test_no_time_was_missed() -> None:
    cron = Cron.parse("0 8 * * *")
    eight = datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert cron.latest(eight + timedelta(hours=1), eight + timedelta(hours=23)) is None
    assert cron.latest(eight, eight) == eight
    assert cron.latest(eight, eight + timedelta(days=900)) == eight + timedelta(days=900)


@given(minutes, hours, days, weekdays, zones, starts)
@settings(max_examples=40, deadline=None)
def test_times_go_forward(
    minute: str, hour: str, day: str, weekday: str, zone: str, start: datetime
) -> None:
    found = Cron.parse(f"{minute} {hour} {day} * {weekday}", zone).upcoming(
        start.replace(tzinfo=UTC), 6
    )
    assume(len(found) == 6)
    instants = [time.astimezone(UTC) for time in found]
    assert all(earlier < later for earlier, later in pairwise(instants))


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "The schedule is empty: write five fields"),
        ("* * * *", "it has 4 fields, and needs five"),
        ("0 0 * * * *", "it has 6 fields, and needs five"),
        ("0 0 * * * *", "seconds are not supported"),
        ("@daily", "short names are not understood"),
        ("60 * * * *", "the minute 60 is outside of 0 to 59"),
        ("0 24 * * *", "the hour 24 is outside of 0 to 23"),
        ("0 0 0 * *", "the day of month 0 is outside of 1 to 31"),
        ("0 0 * 13 *", "the month 13 is outside of 1 to 12"),
        ("0 0 * * 8", "the weekday 8 is outside of 0 to 7"),
        ("0 0 * * monday", "did you mean MON?"),
        ("0 0 * janary *", "did you mean JAN?"),
        ("a * * * *", "the minute 'a' is not a number from 0 to 59."),
        ("5-1 * * * *", "the minute range 5-1 runs backwards"),
        ("*/0 * * * *", "the step '0' of the minute field"),
        ("5/10 * * * *", "needs * or a range before it, such as 5-59/10"),
        ("1,,2 * * * *", "the minute field '1,,2' is not understood"),
        ("-5 * * * *", "the minute field '-5' is not understood"),
        ("*-5 * * * *", "the minute field '*-5' is not understood"),
        ("0 0 L * *", "the day of month 'l' is not a number"),
        ("0 0 * * 5#3", "the weekday field '5#3' is not understood"),
        ("0 0 1W * *", "the day of month '1w' is not a number"),
        ("R R * * *", "the minute 'r' is not a number"),
        ("0 0 ? * *", "the day of month field '?' is not understood"),
        ("0 0 31 2 *", "never comes"),
        ("٣ * * * *", "not"),
        ("0 " * 200, "too long"),
        ("0," * 200 + "0 * * * *", "too long"),
    ],
)
def test_a_sentence_says_what_is_wrong(expression: str, says: str) -> None:
    with pytest.raises(BadCron) as caught:
        Cron.parse(expression)
    assert says in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_any_text_is_a_schedule_or_a_sentence(text: str) -> None:
    try:
        cron = Cron.parse(text)
    except BadCron as error:
        assert str(error)  # noqa: PT017
    else:
        assert len(cron.fields.split()) == 5


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("shanghai", "did you mean Asia/Shanghai?"),
        ("New York", "did you mean America/New_York?"),
        ("zzzzzz", "use a name such as Europe/Berlin."),
        ("../../etc/passwd", "is not a time zone"),
        ("localtime", "is not a time zone"),
    ],
)
def test_an_unknown_time_zone_names_the_nearest(name: str, says: str) -> None:
    with pytest.raises(BadTimezone) as caught:
        Cron.parse("0 0 * * *", name)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "english", "chinese"),
    [
        ("30 8 * * 1-5", "At 08:30, Monday through Friday", "在08:30，星期一到星期五"),
        ("0 7 * * *", "At 07:00, every day", "每天在07:00"),
        ("*/15 * * * *", "Every 15 minutes", "每15分钟"),
        ("0 9 * * sat,sun", "At 09:00, on Saturday and Sunday", "在09:00，仅在星期六和星期日"),
        (
            "0 0 29 FEB *",
            "At 00:00, on day 29 of the month, in February",
            "在00:00，每月的29号，仅在2月",
        ),
        ("0 0 * * 0,7", "At 00:00, on Sunday", "在00:00，仅在星期日"),
        ("0,0,0 * * * *", "Every hour", "每小时"),
        (
            "0 8 1,01 1,JAN *",
            "At 08:00, on day 1 of the month, in January",
            "在08:00，每月的1号，仅在1月",
        ),
        (
            "0 0 5,5-7,6 * *",
            "At 00:00, between day 5 and 7 of the month",
            "在00:00，在每月的5和7号之间",
        ),
        ("0 0 *,5 * *", "At 00:00, every day", "每天在00:00"),
        ("0 0 1 * 0-7", "At 00:00, every day", "每天在00:00"),
        ("0 0 * * 5-7", "At 00:00, Friday through Sunday", "在00:00，星期五到星期日"),
        (
            "0 0 */2 * 1",
            "At 00:00, every 2 days, but only on Monday",
            "在00:00，每2天，且仅在星期一",
        ),
        (
            "0 9 1 * */2",
            "At 09:00, on day 1 of the month, but only on Tuesday, Thursday, Saturday, and Sunday",
            "在09:00，每月的1号，且仅在星期二，星期四，星期六和星期日",
        ),
        (
            "0 0 1 * 1-5",
            "At 00:00, on day 1 of the month, or Monday through Friday",
            "在00:00，每月的1号，或星期一到星期五",
        ),
        (
            "0 0 13 5 fri",
            "At 00:00, on day 13 of the month, or on Friday, in May",
            "在00:00，每月的13号，或在星期五，仅在5月",
        ),
        (
            "0 22 * * 1,3,5",
            "At 22:00, on Monday, Wednesday, and Friday",
            "在22:00，仅在星期一，星期三和星期五",
        ),
    ],
)
def test_a_schedule_in_words(expression: str, english: str, chinese: str) -> None:
    cron = Cron.parse(expression)
    assert (cron.describe(), cron.describe("zh")) == (english, chinese)
