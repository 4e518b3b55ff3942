"""Rows of shares as JSON: what is none is refused with a reason, never half taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_services.shares.archive.errors import ArchiveError
from lodge_services.shares.archive.rows import checked_rows, columns, tables
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

SHARE = {
    "id": "abc", "owner": "ada", "title": "T", "description": "", "search": "", "cells": "",
    "latest": 1, "forks": 0, "reads": 0, "forked_from_id": None, "forked_from_version": None,
    "created_at": "2026-01-02T03:04:05+00:00", "updated_at": "2026-01-02T03:04:05+00:00",
    "deleted_at": None, "restricted": False,
}  # fmt: skip
VERSION = {
    "share_id": "abc", "number": 1, "digest": "0" * 64, "picture": None, "picture_type": None,
    "created_at": "2026-01-02T03:04:05+00:00",
}  # fmt: skip


def said(**changed: Any) -> dict[str, Any]:
    return {"shares": [{**SHARE, **changed}], "share_versions": [VERSION]}


def test_rows_are_taken_as_they_were_told() -> None:
    rows = checked_rows("abc", said())
    assert rows["shares"][0]["created_at"].isoformat() == SHARE["created_at"]
    assert rows["shares"][0]["title"] == "T"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"latest": "1"}, "shares.latest is of another type"),
        ({"latest": True}, "shares.latest is of another type"),
        ({"forks": 2**31}, "shares.forks is out of range"),
        ({"title": "\ud800"}, "shares.title is no whole text"),
        ({"latest": 2}, "it is no share with its versions"),
        ({"title": None}, "shares.title is empty"),
        ({"title": "x" * 201}, "shares.title is too long"),
        ({"created_at": "yesterday"}, "shares.created_at is no time"),
        ({"created_at": "2026-01-02T03:04:05"}, "shares.created_at is no time"),
        ({"id": "abd"}, "a row of shares is another share's"),
        ({"stars": 5}, "shares has the column stars, which this release does not know"),
    ],
)
def test_what_is_no_row_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        checked_rows("abc", said(**changed))


def test_a_column_without_a_default_is_needed() -> None:
    rows = said()
    del rows["shares"][0]["owner"]
    with pytest.raises(ArchiveError, match="shares lacks the column owner"):
        checked_rows("abc", rows)


def test_numbers_that_a_database_gives_are_left_to_it() -> None:
    events = Table(
        "events",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("share_id", String(12), ForeignKey("shares.id")),
        Column("what", String(20)),
    )
    assert [column.name for column in columns(events)] == ["share_id", "what"]
    # Numbers of versions are the shares' own.
    (versions,) = (table for table in tables() if table.name == "share_versions")
    assert "number" in [column.name for column in columns(versions)]


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*SHARE, *VERSION, "shares", "share_versions", "share_tags"])


@given(
    json
    | st.dictionaries(names, json | st.lists(st.dictionaries(names, json, max_size=4), max_size=2))
    | st.builds(lambda name, value: said(**{name: value}), st.sampled_from([*SHARE]), json)
)
def test_whatever_an_archive_says_is_rows_or_refused(rows: Any) -> None:
    try:
        found = checked_rows("abc", rows)
    except ArchiveError:
        return
    assert [row["id"] for row in found["shares"]] == ["abc"]
