"""Fixtures that several tiers share. No I/O at import."""

import gc
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.lodge import RunningLodge, running
from support.witnesses import told


def pytest_configure() -> None:
    """Heed interrupts, which tests send, and let no property fail for a slow machine."""
    # A shell starts what it puts into the background deaf.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("default", deadline=None)
    settings.register_profile("soak", deadline=None, max_examples=2000)
    settings.load_profile("default")
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and never among what was imported.

    That is most of all there is, and looking through it takes a seventh of the tests' time.
    """
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow tiers by their folders."""
    for item in items:
        tier = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if tier in ("integration", "browser"):
            item.add_marker(tier)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell beside a failure what was going on then."""
    report = yield
    if report.failed:
        report.sections += told()
    return report


@pytest.fixture(scope="session")
def lodge() -> Iterator[RunningLodge]:
    """A running Lodge, one for the whole session. Tests use users of their own."""
    with running("tests") as started:
        yield started
