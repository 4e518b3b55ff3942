"""Dates and spans of time of Postgres in every style and zone that a session may have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from lodge_magics.sql.sources.base import RelationalSource
from support.sources import run

pytestmark = pytest.mark.integration

STYLES = pytest.mark.parametrize(
    "style", ["ISO", "SQL, DMY", "SQL, MDY", "Postgres, DMY", "Postgres, MDY", "German"]
)


@pytest.fixture
def session(source: RelationalSource) -> Iterator[RelationalSource]:
    yield source
    run(source, "RESET ALL")


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("postgres", ""),
        ("iso_8601", "P1DT2H"),
        ("postgres_verbose", "@ 1 day 2 hours"),
        ("sql_standard", "1 2:00:00"),
    ],
)
def test_a_span_in_any_style(session: RelationalSource, style: str, text: str) -> None:
    run(session, f"SET intervalstyle = '{style}'")
    frame = run(session, "SELECT interval '1 day 2 hours' AS i").value
    assert frame.i.tolist() == [text or pd.Timedelta(days=1, hours=2)]


@STYLES
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kolkata"])
def test_dates_in_any_style_and_zone(session: RelationalSource, style: str, zone: str) -> None:
    run(session, f"SET datestyle = '{style}'; SET TIME ZONE '{zone}'")
    frame = run(
        session,
        "SELECT date '2024-03-05' AS d, timestamp '2024-03-05 10:00' AS t, "
        "timestamptz '2024-03-05 10:00:00.5+00' AS z, timestamptz '2024-11-03 05:30+00' AS one, "
        "timestamptz '2024-11-03 06:30+00' AS two, ARRAY[timestamptz '2024-03-05 10:00+00'] AS a",
    ).value
    assert frame.iloc[0].tolist() == [
        pd.Timestamp("2024-03-05"),
        pd.Timestamp("2024-03-05 10:00"),
        pd.Timestamp("2024-03-05 10:00:00.5", tz="UTC"),
        # New York has this hour twice.
        pd.Timestamp("2024-11-03 05:30", tz="UTC"),
        pd.Timestamp("2024-11-03 06:30", tz="UTC"),
        [dt.datetime(2024, 3, 5, 10, tzinfo=dt.UTC)],
    ]


@STYLES
def test_the_ends_of_time_in_any_style_and_zone(session: RelationalSource, style: str) -> None:
    for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
        run(session, f"SET datestyle = '{style}'; SET TIME ZONE '{zone}'")
        outcome = run(
            session,
            "SELECT '9999-12-31 23:59:59+00'::timestamptz AS last, "
            "'0001-01-01 00:00:00.0001+00'::timestamptz AS first",
        )
        assert outcome.value.iloc[0].tolist() == [
            pd.Timestamp("9999-12-31 23:59:59", tz="UTC"),
            pd.Timestamp("0001-01-01 00:00:00.0001", tz="UTC"),
        ]
        assert len(outcome.table.notes) == 1
        lost = run(
            session,
            "SELECT unnest(ARRAY['0500-01-01 00:00+00 BC', '0001-12-31 00:00+00 BC', 'infinity', "
            "'10000-01-02 00:00+00', '19600-01-02 00:00+00']::timestamptz[]) AS lost",
        )
        assert lost.value.lost.isna().all()
        assert "5 of lost are no dates for pandas" in str(lost.table.notes)


def test_a_table_is_readable_whatever_the_role_is_set_to(session: RelationalSource) -> None:
    run(session, "ALTER ROLE u SET datestyle = 'SQL, DMY'")
    try:
        run(session, "SET datestyle = 'SQL, DMY'; SET TIME ZONE 'Asia/Shanghai'")
        shown = run(session, "SELECT timestamptz '2024-03-05 10:00+00' AS t, 'x' AS u")
        assert shown.value.t.tolist() == [pd.Timestamp("2024-03-05 10:00", tz="UTC")]
    finally:
        run(session, "ALTER ROLE u RESET datestyle")
