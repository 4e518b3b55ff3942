"""Which group of tests runs next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from suite.plan import Group
from suite.scheduler import Capacity, next_group


def group(name: str, seconds: float = 10, cores: float = 1.0) -> Group:
    return Group(name, "unit", (f"unit/{name}",), seconds, cores)


def test_the_longest_goes_first_and_those_that_fit_pass_by() -> None:
    long, heavy, light = group("a", 90), group("b", 80, 2), group("c", 5, 0.3)
    capacity = Capacity(2.4, 6)
    assert next_group([light, heavy, long], [], capacity) == long
    assert next_group([light, heavy], [long], capacity) == light
    assert next_group([heavy], [long, light], capacity) is None


def test_a_group_heavier_than_the_machine_runs_alone() -> None:
    heavy = group("a", cores=9)
    assert next_group([heavy], [], Capacity(2, 6)) == heavy
    assert next_group([heavy], [group("b", cores=0.1)], Capacity(2, 6)) is None


def test_one_after_the_other() -> None:
    capacity = Capacity(0, 1)
    assert next_group([group("a"), group("b", 20)], [], capacity) == group("b", 20)
    assert next_group([group("a")], [group("b", cores=0)], capacity) is None


def test_a_group_waits_for_the_one_that_has_to_pass_first() -> None:
    setup, small = group("setup", 5), group("a", 1)
    after = Group("b", "cluster", ("cluster/b",), 90, 1, after="setup")
    capacity = Capacity(9, 9)
    between = group("c", 50)
    assert next_group([after, setup, small, between], [], capacity) == setup
    assert next_group([after, small], [setup], capacity) == small
    assert next_group([after], [setup], capacity) is None
    assert next_group([after], [], capacity) == after


groups = st.builds(
    group,
    st.uuids().map(str),
    st.floats(0.1, 1000),
    st.floats(0, 4),
)


@given(st.lists(groups, max_size=20), st.floats(0.5, 8), st.integers(1, 6))
def test_every_group_runs_once_and_none_waits_for_nothing(
    waiting: list[Group], cores: float, most: int
) -> None:
    capacity = Capacity(cores, most)
    names = sorted(one.name for one in waiting)
    running: list[Group] = []
    ended = []
    while waiting or running:
        while found := next_group(waiting, running, capacity):
            waiting.remove(found)
            running.append(found)
        assert running
        assert len(running) <= most
        assert len(running) == 1 or sum(one.cores for one in running) <= cores + 1e-9
        ended.append(running.pop(0).name)
    assert sorted(ended) == names
