"""Control groups of users: where they are made, what they are given, who is in them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lodge_spawner import control_groups
from lodge_spawner.control_groups import ControlGroups, Limits, memory_of, own_groups

MIB = 2**20


class Machine:
    """A machine's control groups as plain files, for what this one may not have."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.mounts = folder / "mountinfo"
        self.own = folder / "own"
        self.mounts.write_text("20 1 0:5 / /proc rw - proc proc rw\n")
        patch.setattr(control_groups, "_MOUNTS", self.mounts)
        patch.setattr(control_groups, "_OWN", self.own)
        patch.setattr(os, "geteuid", lambda: 0)

    def mount(self, kind: str, options: str) -> Path:
        path = self.folder / f"mount-{options.replace(',', '-')}"
        path.mkdir()
        with self.mounts.open("a") as file:
            file.write(f"30 20 0:9 / {path} rw - {kind} cgroup rw,{options}\n")
        return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def test_version_2_takes_the_innermost_group_that_hands_its_controllers_on(
    machine: Machine,
) -> None:
    mount = machine.mount("cgroup2", "nsdelegate")
    machine.own.write_text("0::/system.slice/lodge.service\n")
    own = mount / "system.slice" / "lodge.service"
    own.mkdir(parents=True)
    for group in (mount, mount / "system.slice"):
        (group / "cgroup.subtree_control").touch()
    # As the kernel refuses it for a group with processes of its own.
    (own / "cgroup.subtree_control").mkdir()
    assert own_groups() == [mount / "system.slice"]
    assert (mount / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_version_2_without_controllers_is_passed_over(machine: Machine) -> None:
    mount = machine.mount("cgroup2", "rw")
    machine.own.write_text("0::/\n")
    (mount / "cgroup.subtree_control").mkdir()
    assert own_groups() == []


def test_version_1_has_a_folder_for_each_controller(machine: Machine) -> None:
    mounts = [machine.mount("cgroup", options) for options in ("memory", "cpu,cpuacct", "freezer")]
    machine.mount("cgroup2", "rw")
    machine.own.write_text("5:memory:/docker/ab\n3:cpu,cpuacct:/\n2:freezer:/\n0::/\n")
    (mounts[0] / "docker" / "ab").mkdir(parents=True)
    assert own_groups() == [mounts[0] / "docker" / "ab", mounts[1]]


def test_only_root_makes_groups(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.mount("cgroup", "memory")
    machine.own.write_text("5:memory:/\n")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert own_groups() == []


def test_memory_is_the_least_that_a_group_or_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    whole = memory_of([tmp_path])
    (tmp_path / "memory.max").write_text(f"{64 * MIB}\n")
    assert memory_of([tmp_path]) == 64 * MIB < whole == memory_of([])


def test_a_user_whose_group_can_not_be_made_has_the_installations(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    groups = ControlGroups((tmp_path / "lodge",), Limits(memory=MIB))
    groups.make()
    (tmp_path / "lodge" / "ada").touch()
    assert groups.user("ada") == (tmp_path / "lodge" / "cgroup.procs",)
    assert "The processes of ada have no limit of their own" in caplog.text


def test_while_lodge_is_down_nobody_has_a_group(tmp_path: Path) -> None:
    assert ControlGroups((tmp_path / "lodge",), Limits(memory=MIB)).user("ada") == ()


@pytest.fixture
def groups(tmp_path: Path) -> ControlGroups:
    folders = tuple(group / f"lodge-test-{tmp_path.name}-{os.getpid()}" for group in own_groups())
    return ControlGroups(folders, Limits(memory=200 * MIB, all_memory=300 * MIB, processes=40))


HUNGRY = "held = bytearray(400 * 2**20)"
BOMB = """
import os, sys, time
children = 0
try:
    while children < 200:
        if os.fork() == 0:
            sys.stdin.read()
            os._exit(0)
        children += 1
except BlockingIOError as error:
    print(children, error.strerror, flush=True)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="control groups are made by root")
def test_a_user_gets_no_more_than_the_limits(groups: ControlGroups) -> None:
    groups.make()
    try:
        entries = groups.user("ada")

        def enter() -> None:
            for entry in entries:
                entry.write_bytes(b"0")

        hungry = subprocess.run([sys.executable, "-c", HUNGRY], preexec_fn=enter, check=False)
        assert hungry.returncode == -9
        with subprocess.Popen(
            [sys.executable, "-c", BOMB],
            preexec_fn=enter,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as bomb:
            assert bomb.stdout is not None
            said = bomb.stdout.readline()
            assert said.strip() == "39 Resource temporarily unavailable"
            # One more is the process that begins the others, until it has ended.
            assert len(groups.processes("ada")) == len(groups.processes()) >= 39
            assert groups.processes("grace") == set()
    finally:
        groups.remove(10)
    assert not [folder for folder in groups.folders if folder.exists()]
