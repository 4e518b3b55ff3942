"""What a user's processes are started with."""

import stat
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from lodge_spawner import Accounts, LocalSettings, SparkSettings, demote, user_environment
from lodge_spawner.accounts import slug_of
from lodge_spawner.local_settings import closed
from lodge_spawner.process import end_processes, processes_with


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    (tmp_path / "run").mkdir()
    return LocalSettings(
        data_dir=tmp_path,
        instance=f"test-{tmp_path.name}",
        separate_users=False,
        spark=SparkSettings(
            home=Path("/opt/spark"),
            java_home=Path("/opt/java"),
            python=Path(sys.executable),
            properties={"spark.master": "local[2]"},
        ),
        sources={
            "default": "shop",
            "sources": {"shop": {"type": "mysql", "host": "db", "password_env": "SHOP_PASSWORD"}},
        },
    )


def test_settings_come_back_from_their_file(settings: LocalSettings, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings.save(path)
    assert LocalSettings.load(path) == settings
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_environment_names_sources_spark_and_home(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "s3cret")
    monkeypatch.setenv("LODGE_INTERNAL_TOKEN", "of the platform")
    account = Accounts(settings).ensure("ada")
    environment = user_environment(settings, account)
    assert environment["HOME"] == str(settings.homes / "ada")
    assert environment["LODGE_USER"] == "ada"
    assert environment["SHOP_PASSWORD"] == "s3cret"
    assert "LODGE_INTERNAL_TOKEN" not in environment
    sources = Path(environment["LODGE_SOURCES"])
    assert stat.S_IMODE(sources.stat().st_mode) == 0o600
    assert tomllib.loads(sources.read_text())["default"] == "shop"
    assert "s3cret" not in sources.read_text()
    conf = Path(environment["PYSPARK_SUBMIT_ARGS"].split('"')[1])
    assert "spark.master=local[2]" in conf.read_text()
    assert stat.S_IMODE(account.home.stat().st_mode) == 0o700


def test_demoted_processes_start_in_the_home(settings: LocalSettings) -> None:
    account = Accounts(settings).ensure("ada")
    done = subprocess.run(
        ["pwd"], preexec_fn=demote(account), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(account.home)


def test_processes_are_found_by_their_mark_and_ended(settings: LocalSettings) -> None:
    mark = settings.instance
    process = subprocess.Popen(["sleep", "600"], env={"PATH": "/usr/bin:/bin", "MARK": mark})
    try:
        assert [found.pid for found in processes_with("MARK", mark)] == [process.pid]
        assert end_processes(processes_with("MARK", mark)) == 1
        process.wait(5)
        assert not psutil.pid_exists(process.pid)
    finally:
        process.kill()


@pytest.mark.parametrize("name", ["ada", "grace.hopper", "a-b_c"])
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert slug_of(name) == name


@pytest.mark.parametrize("name", ["../etc", "张伟", "a" * 60, "Ada@example.org", ".ssh", "-rf", ""])
def test_other_names_get_a_safe_unique_form(name: str) -> None:
    slug = slug_of(name)
    assert slug == slug_of(name)
    assert slug != slug_of(f"{name}x")
    assert len(slug) <= 23
    assert slug.replace("-", "").isalnum()
    assert slug[0].isalnum()


def test_nobody_else_can_open_a_closed_file_and_lock_it(tmp_path: Path) -> None:
    path = tmp_path / "accounts.lock"
    path.touch(mode=0o644)
    for _ in range(2):
        with open(path, "a+", opener=closed):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink(missing_ok=True)


def test_an_id_that_another_lodge_takes_meanwhile_is_left_to_it(
    settings: LocalSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: dict[int, str] = {}

    def useradd(command: list[str], **_: Any) -> Any:
        taken[int(command[2])] = command[-1] if taken else "another"
        return SimpleNamespace(returncode=0 if len(taken) > 1 else 4, stderr="not unique")

    def found(uid: int) -> Any:
        return SimpleNamespace(pw_uid=uid, pw_gid=uid, pw_name=taken[uid])

    monkeypatch.setattr("lodge_spawner.accounts.subprocess.run", useradd)
    monkeypatch.setattr("lodge_spawner.accounts.pwd.getpwuid", found)
    monkeypatch.setattr("lodge_spawner.accounts.pwd.getpwall", lambda: [*map(found, taken)])
    monkeypatch.setattr("lodge_spawner.accounts.grp.getgrall", list)
    monkeypatch.setattr("lodge_spawner.accounts.os.chown", lambda *_: None)
    accounts = Accounts(replace(settings, separate_users=True))
    account = accounts.ensure("ada")
    assert taken == {settings.first_uid: "another", settings.first_uid + 1: "lodge-ada"}
    assert accounts.known() == {"ada": account.uid} == {"ada": settings.first_uid + 1}
