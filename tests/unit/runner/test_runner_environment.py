"""What a run ran with."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path

from lodge_runner.environment import environment, installed, is_own, normal


def test_packages_are_those_that_python_itself_finds() -> None:
    named = {normal(one.metadata["Name"]): one.version for one in reversed(list(distributions()))}
    assert installed() == named


def test_what_comes_first_counts_and_what_is_no_package_does_not(tmp_path: Path) -> None:
    for name in (
        "a/Some.Thing_else-2.1+cu118.dist-info",
        "a/old_one-1.0-py3.11.egg-info",
        "a/no package-1.dist-info",
        "a/-1.dist-info",
        "a/x-1;2.dist-info",
        "a/x.dist-info",
        "b/some_thing_else-1.0.dist-info",
        "b/only_here-1.0_2.dist-info",
    ):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "archive.zip").write_bytes(b"")
    path = [str(tmp_path / one) for one in ("nowhere", "archive.zip", "a", "b")]
    assert installed(path) == {
        "some-thing-else": "2.1+cu118",
        "old-one": "1.0",
        "only-here": "1.0-2",
    }


def test_what_another_python_runs_is_not_told() -> None:
    assert is_own([sys.executable, "-m", "ipykernel_launcher"])
    assert not is_own(["/usr/bin/another-python", "-m", "ipykernel_launcher"])
    assert not is_own([])
    assert set(environment()) == {"python", "image", "packages"}
