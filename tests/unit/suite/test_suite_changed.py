"""What a change can reach."""

from __future__ import annotations

import pytest
from suite import changed, plan
from suite.changed import REACHES, reached
from suite.plan import EVERYTHING, ROOT


@pytest.fixture(scope="module")
def everything() -> list[plan.Group]:
    return plan.chosen(list(EVERYTHING))


def names(groups: list[plan.Group], *changes: str) -> set[str]:
    return {group.name for group in reached(groups, changes)}


def test_a_module_reaches_what_imports_it_at_any_distance(everything: list[plan.Group]) -> None:
    found = names(everything, "runner/lodge_runner/widgets.py")
    assert {"unit/runner", "integration/runner_execute", "checks/mypy"} <= found
    assert not {"integration/magics_yarn", "browser/cells", "checks/web"} & found


def test_a_package_passed_on_the_way_reaches_no_more_than_itself(
    everything: list[plan.Group],
) -> None:
    # Ports are looked up by most tests, below the package that has the spawner as well.
    found = names(everything, "spawner/lodge_spawner/kube.py")
    assert "cluster/spawner_kube" in found
    assert "integration/magics_trino" not in found


@pytest.mark.parametrize(
    ("change", "group"),
    [
        ("helm/lodge/values.yaml", "cluster/chart"),
        ("labextensions/share/src/flow.tsx", "browser/journey"),
        ("magics/lodge_magics/spark/session.py", "integration/magics_yarn"),
        ("tests/support/yarn.py", "integration/magics_yarn"),
        ("tests/cluster/conftest.py", "cluster/spawner_kube"),
        ("tests/unit/spawner/golden/pod.json", "unit/spawner"),
        ("docs/reference/settings.md", "checks/docs"),
    ],
)
def test_what_is_started_read_or_shown_is_reached(
    everything: list[plan.Group], change: str, group: str
) -> None:
    assert group in names(everything, change)


def test_nothing_reaches_nothing(everything: list[plan.Group]) -> None:
    assert names(everything) == set()


def test_what_groups_are_said_to_reach_is_there(everything: list[plan.Group]) -> None:
    for name, paths in REACHES.items():
        assert any(group.name.startswith(name) for group in everything), name
        for path in paths:
            folder, _, begins = path.rpartition("/")
            assert any(one.name.startswith(begins) for one in (ROOT / folder).iterdir()), path


def test_what_was_changed_since_a_commit_is_told() -> None:
    assert isinstance(changed.since("HEAD"), list)
