"""Fixtures that several tiers share. No I/O at import."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lodge import RunningLodge, running


def pytest_configure() -> None:
    """Heed interrupts, which tests send: a shell starts what it puts into the background deaf."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tiers by their folders."""
    for item in items:
        tier = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if tier in ("integration", "browser"):
            item.add_marker(tier)


@pytest.fixture(scope="session")
def lodge() -> Iterator[RunningLodge]:
    """A running Lodge, one for the whole session. Tests use users of their own."""
    with running("tests") as started:
        yield started
