"""What a run of the tests is made of: nothing is left out."""

from __future__ import annotations

import pytest
from suite import plan
from suite.plan import EVERYTHING, TESTS, TIERS, Tier


def files_of(*words: str) -> list[str]:
    """The files that these groups test, those of folders one by one."""
    found = []
    for group in plan.chosen(list(words)):
        for file in group.files:
            path = TESTS / file
            inside = path.rglob("test_*.py") if path.is_dir() else [path]
            found += [str(one.relative_to(TESTS)) for one in inside]
    return sorted(found)


def test_everything_is_every_file_of_tests_once() -> None:
    written = sorted(
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("test_*.py")
        if path.relative_to(TESTS).parts[0] not in ("soak", "drill")
    )
    assert files_of(*EVERYTHING) == written


def test_a_file_is_found_by_its_path_and_its_groups_name() -> None:
    [by_path] = plan.chosen(["tests/integration/test_magics_yarn.py"])
    [by_name] = plan.chosen(["integration/magics_yarn"])
    assert by_path == by_name
    assert by_path.tier == "integration"


def test_a_file_of_a_shared_group_is_tested_alone() -> None:
    files = plan.TOGETHER[0]
    other = files[-1]
    [group] = plan.chosen([f"tests/{other}"])
    assert group.files == (other,)
    [group] = plan.chosen([group.name])
    assert group.files == files
    [group] = plan.chosen([*reversed(files)])
    assert group.files == files


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(LookupError, match="no tier, file or group of tests called nosuch"):
        plan.chosen(["nosuch"])


def test_a_weight_is_a_groups() -> None:
    names = {group.name for tier in TIERS for group in plan.groups(tier)}
    assert set(plan.weights()) <= names


def test_what_belongs_together_is_there() -> None:
    for files in plan.TOGETHER:
        for file in files:
            assert (TESTS / file).exists(), file


def test_a_tier_has_a_budget() -> None:
    assert all(isinstance(tier, Tier) and tier.budget > 0 for tier in TIERS.values())
