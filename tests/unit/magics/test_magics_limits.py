"""Limits of the platform for what `%%spark` may ask for."""

from __future__ import annotations

import pytest
from lodge_magics.errors import OptionError
from lodge_magics.spark.limits import check_limits, limits_of_platform

LIMITS = {"spark.executor.memory": "8g", "spark.executor.instances": "10"}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"spark.executor.memory": "8g"},
        {"spark.executor.memory": "8192m"},
        {"spark.executor.memory": "8192"},
        {"spark.executor.instances": "10"},
        {"spark.executor.cores": "99"},
    ],
)
def test_what_is_within_the_limits_passes(settings: dict[str, str]) -> None:
    check_limits(settings, LIMITS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("spark.executor.memory", "9g"),
        ("spark.executor.memory", "8193m"),
        ("spark.executor.memory", "8193"),
        ("spark.executor.memory", "1T"),
        ("spark.executor.instances", "11"),
    ],
)
def test_more_is_refused_with_the_limit(name: str, value: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_limits({name: value}, LIMITS)
    assert f"{name} = {value} is more than the {LIMITS[name]}" in str(caught.value)


def test_the_platform_hands_them_over_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LODGE_SPARK_LIMITS", raising=False)
    assert limits_of_platform() == {}
    monkeypatch.setenv("LODGE_SPARK_LIMITS", '{"spark.executor.cores": 4}')
    assert limits_of_platform() == {"spark.executor.cores": "4"}
    monkeypatch.setenv("LODGE_SPARK_LIMITS", "nonsense")
    assert limits_of_platform() == {}
