"""How long the long tests take. No I/O at import."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each of them as long as it asks for."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker("soak")
            item.add_marker(pytest.mark.timeout(4 * _minutes() * 60 + 600))


def _minutes() -> float:
    return float(os.environ.get("SOAK_MINUTES", "10"))


@pytest.fixture
def rounds() -> Iterator[int]:
    """Numbers of rounds, until SOAK_MINUTES (10) are over; at least one."""

    def count() -> Iterator[int]:
        end = time.monotonic() + _minutes() * 60
        number = 0
        while number == 0 or time.monotonic() < end:
            number += 1
            yield number

    return count()
