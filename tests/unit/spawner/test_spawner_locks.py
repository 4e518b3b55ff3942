"""Locks: who waits learns for whom, not for ever, and can be ended."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lodge_spawner import AccountError, Accounts, LocalSettings, SparkSettings
from lodge_spawner.locks import holder, open_lock, take

HOLDS = """
import sys, time, pathlib
from lodge_spawner.locks import open_lock, take
file = open_lock(pathlib.Path(sys.argv[1]))
print(take(file, 600), flush=True)
time.sleep(600)
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold a lock."""
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def test_who_waits_learns_for_whom(tmp_path: Path) -> None:
    path = tmp_path / "accounts.lock"
    with held(path) as process, open_lock(path) as file:
        assert not take(file, 0.1)
        said = holder(file)
        assert f"process {process.pid}, `{sys.executable} -c" in said
        assert ", since 20" in said
        process.kill()
        assert take(file, 20)


def test_a_list_of_accounts_that_is_held_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lodge_spawner.accounts._PATIENCE_S", 0.1)
    spark = SparkSettings(tmp_path, tmp_path, tmp_path)
    accounts = Accounts(LocalSettings(tmp_path, "test", separate_users=True, spark=spark))
    with (
        held(tmp_path / "accounts.lock") as process,
        pytest.raises(AccountError, match=rf"in use .* by process {process.pid}, `"),
    ):
        accounts.ensure("ada")


def test_threads_of_one_process_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "accounts.lock"
    with open_lock(path) as first:
        assert take(first, 0)
        with open_lock(path) as second:
            assert not take(second, 0)
            threading.Timer(0.2, first.close).start()
            assert take(second, 20)


def test_who_waits_ends_at_sigterm(tmp_path: Path) -> None:
    path = tmp_path / "accounts.lock"
    with open_lock(path) as file:
        assert take(file, 0)
        code = f"print('begins', flush=True)\n{HOLDS}"
        command = [sys.executable, "-c", code, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waits:
            assert waits.stdout
            assert waits.stdout.readline() == "begins\n"
            waits.terminate()
            assert waits.wait(5) == -signal.SIGTERM
