"""Waiting for what is in memory."""

import asyncio

import pytest
from lodge_spawner.kube_wait import soon


def test_it_ends_as_soon_as_it_is_so() -> None:
    looks = iter([False, False, True])
    assert asyncio.run(soon(lambda: next(looks), 60))


def test_it_ends_when_the_time_is_over() -> None:
    assert not asyncio.run(soon(lambda: False, 0.2))


def test_what_is_raised_ends_it() -> None:
    def fails() -> bool:
        raise LookupError("no such pod")

    with pytest.raises(LookupError, match="no such pod"):
        asyncio.run(soon(fails, 60))
