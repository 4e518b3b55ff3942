"""A start in which Spark gets in its own way."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lodge_magics.errors import SparkError
from lodge_magics.spark import session
from lodge_magics.spark.options import SparkOptions, parse_options


def tried(
    monkeypatch: pytest.MonkeyPatch, outcomes: list[Exception | None]
) -> Callable[[], session.Started]:
    left: Iterator[Exception | None] = iter(outcomes)

    def start_once(_: SparkOptions, report: Callable[[str], None]) -> session.Started:
        report("driver JVM")
        outcome = next(left)
        if outcome is not None:
            raise outcome
        return session.Started(None, [], False)

    monkeypatch.setattr(session, "_start_once", start_once)
    options: Any = parse_options("")
    return lambda: session.start(options, lambda _: None)


def test_it_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    race = session._RaceError("in its own way")
    assert tried(monkeypatch, [race, None])() is not None
    with pytest.raises(SparkError, match="in its own way"):
        tried(monkeypatch, [race, race])()


def test_another_failure_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SparkError, match="no queue"):
        tried(monkeypatch, [SparkError("no queue"), None])()
