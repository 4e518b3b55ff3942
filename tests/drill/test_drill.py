"""Starts of everything some and stays: a run of the tests to be ended in the midst of it."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.kubernetes import Cluster
from support.databases import running_postgres
from support.suite import UP


@pytest.fixture
def account(tmp_path: Path) -> Iterator[str]:
    """A Unix account, as Lodge makes them, with a home below the run's folder."""
    name = f"lodge-drill-{secrets.token_hex(3)}"
    command = ("--user-group", "--no-create-home", "--home-dir", str(tmp_path / "home"), name)
    subprocess.run(["/usr/sbin/useradd", *command], check=True)
    yield name
    subprocess.run(["/usr/sbin/userdel", "--force", name], check=True)


def test_something_of_everything_is_there_until_it_is_ended(account: str, tmp_path: Path) -> None:
    with running_postgres(), Cluster():
        # A daemon: of nobody's session, without a word of whose it is.
        daemon = subprocess.Popen(
            ["/bin/sleep", "3600"], env={}, user=account, start_new_session=True
        )
        try:
            Path(os.environ["LODGE_TEST_FOLDER"], UP).touch()
            signal.pause()
        finally:
            daemon.kill()
            daemon.wait()
