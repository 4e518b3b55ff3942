"""Nonsense is refused at the door: what deceives, shows nothing, or breaks what reads it later."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lodge_services.errors import BadRequest
from lodge_services.schedules.cron import check_timezone
from lodge_services.schedules.errors import BadTimezone
from lodge_services.schedules.notebooks import parse_notebook
from lodge_services.schedules.wire import NewJob
from lodge_services.shares.api.wire import ShareDetails
from lodge_services.shares.notebooks import canonical
from lodge_services.web.parsing import MAX_DEPTH, parse_json
from pydantic import ValidationError

NOTEBOOK: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


def refusal(**given: Any) -> str:
    """Return why a job is refused."""
    job = {"name": "a", "notebook": {}, "notebook_path": "a.ipynb", **given}
    with pytest.raises(ValidationError) as error:
        NewJob.model_validate(job)
    return str(error.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\x00b", "control characters"),
        ("a\x1b[31mb", "control characters"),
        ("a\x7fb", "control characters"),
        ("gpj.\u202exe", "turn the direction"),
        ("a\u2066b", "turn the direction"),
        ("\u200fa", "turn the direction"),
        ("", "empty"),
        ("  \n ", "empty"),
        ("\u200b", "shows nothing"),
        ("\u3164\u3164", "shows nothing"),
        ("\u2800", "shows nothing"),
        ("\ufeff \u00ad", "shows nothing"),
        ("\u0301", "shows nothing"),
        ("\ue000", "shows nothing"),
    ],
)
def test_titles_tags_and_names_show_what_they_are(text: str, reason: str) -> None:
    for details in ({"title": text}, {"title": "a", "tags": [text]}):
        with pytest.raises(ValidationError, match=reason):
            ShareDetails.model_validate(details)
    said = refusal(name=text)
    assert reason in said or (reason == "empty" and "at least 1 character" in said)
    if reason != "shows nothing" and text.strip():
        with pytest.raises(ValidationError, match=reason):
            ShareDetails.model_validate({"title": "a", "description": text})


@pytest.mark.parametrize(
    "text", ["纽约", "👩‍🔬 lab", "می‌خواهم", "naïve", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "C++ & R", "e\u0301"]
)
def test_what_people_write_is_taken(text: str) -> None:
    assert ShareDetails(title=text).title
    job = {"name": text, "notebook": {}, "notebook_path": f"{text}.ipynb"}
    assert NewJob.model_validate(job).name


@pytest.mark.parametrize(
    "path", [".", "..", "./a.ipynb", "a/./b.ipynb", "a//b.ipynb", "C:\\x", "a\\b.ipynb", "a/", "/"]
)
def test_a_path_is_one_of_the_home_folder(path: str) -> None:
    assert "path of a notebook in the home folder" in refusal(notebook_path=path)


@pytest.mark.parametrize("path", ["a\nb.ipynb", "a\u202eb.ipynb", "\u200b"])
def test_a_path_shows_what_it_is(path: str) -> None:
    assert refusal(notebook_path=path)


@pytest.mark.parametrize(
    "name", ["Factory", "localtime", "posixrules", "utc ", "../UTC", "UTC\x00"]
)
def test_what_is_no_place_is_no_time_zone(name: str) -> None:
    with pytest.raises(BadTimezone):
        check_timezone(name)


@pytest.mark.parametrize("major", [True, 4.0, "4", None, 4.5])
def test_a_format_is_a_number(major: Any) -> None:
    assert parse_notebook(NOTEBOOK | {"nbformat": major}) is None
    with pytest.raises(BadRequest):
        canonical(NOTEBOOK | {"nbformat": major})


@pytest.mark.parametrize("minor", [True, -1, "5", 5.0])
def test_so_is_its_minor(minor: Any) -> None:
    assert parse_notebook(NOTEBOOK | {"nbformat_minor": minor}) is None
    with pytest.raises(BadRequest):
        canonical(NOTEBOOK | {"nbformat_minor": minor})


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 900, 100_000])
@pytest.mark.parametrize(("left", "right"), [("[", "]"), ('{"a":', "}")])
def test_what_is_nested_too_deeply_is_refused(depth: int, left: str, right: str) -> None:
    value = "1" if left != "[" else ""
    with pytest.raises(BadRequest, match="nested too deeply"):
        parse_json((left * depth + value + right * depth).encode())


def test_what_notebooks_hold_is_not() -> None:
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert parse_json(json.dumps(deep).encode()) == deep
