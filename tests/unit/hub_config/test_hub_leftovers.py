"""What an earlier Lodge left running is found by user id as well, and ended."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_hub.folders import DataFolder
from lodge_hub.machine.leftovers import end_leftovers, sweep
from lodge_spawner.accounts import own_uids
from lodge_spawner.ports import free_port

SLEEPS = "import time; print('begun', flush=True); time.sleep(600)"
LISTENS = """
import socket, time
server = socket.create_server(("127.0.0.1", {port}))
print("begun", flush=True)
time.sleep(600)
"""
#: Its child drops every variable.
RUNS = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", {code!r}], env={{}}, start_new_session=True).wait()
"""


class Machine:
    """A machine with Unix accounts of Lodge's and of others."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.instance = folder.secret("instance")
        self.started: list[subprocess.Popen[str]] = []
        self.said: list[str] = []
        self.accounts: list[str] = []
        self.number = 0

    def account(self, uid: int, comment: str) -> int:
        """Make a Unix account that Lodge's list names."""
        login = f"lodge-test-{uid}-{os.getpid()}"
        command = ["/usr/sbin/useradd", "--no-create-home", "--uid", str(uid), "--comment", comment]
        subprocess.run([*command, login], check=True)
        self.accounts.append(login)
        entries = {
            one: {"slug": one, "uid": int(one.split("-")[2]), "login": one} for one in self.accounts
        }
        (self.folder.root / "accounts.json").write_text(json.dumps(entries))
        return uid

    def start(self, code: str, uid: int = 0, **environment: str) -> subprocess.Popen[str]:
        """Start a process and wait until it has begun."""
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env={"PATH": os.environ["PATH"], **environment},
            stdout=subprocess.PIPE,
            text=True,
            user=uid,
            start_new_session=True,
        )
        self.started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        return process

    def end_leftovers(self, *ports: int) -> None:
        end_leftovers(self.folder, ports, self.said.append)

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()
        for login in self.accounts:
            subprocess.run(["/usr/sbin/userdel", login], check=True)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    made = Machine(folder)
    yield made
    made.close()


def is_over(process: subprocess.Popen[str]) -> bool:
    return process.poll() is not None


def test_processes_are_found_by_mark_and_by_user_id(machine: Machine) -> None:
    own = machine.account(58001, f"Lodge {machine.instance}")
    others = [
        machine.account(58002, "Lodge of another folder"),
        machine.account(58003, "an administrator's"),
    ]
    assert own_uids(machine.folder.root, machine.instance) == {own}
    marked = machine.start(SLEEPS, LODGE_INSTANCE=machine.instance)
    bare = machine.start(SLEEPS, own)
    stays = [machine.start(SLEEPS, uid) for uid in others]
    run = machine.start(
        RUNS.format(code=SLEEPS), own, LODGE_INSTANCE=machine.instance, LODGE_RUN_ID="1"
    )
    machine.end_leftovers()
    assert is_over(marked)
    assert is_over(bare)
    assert not any(is_over(process) for process in [*stays, run])
    assert machine.said == ["  Ended 2 processes that an earlier Lodge had left behind."]
    sweep(machine.folder)
    assert is_over(run)
    assert not any(is_over(process) for process in stays)


def test_no_process_of_a_user_keeps_lodge_from_its_port(machine: Machine) -> None:
    own = machine.account(58001, f"Lodge {machine.instance}")
    port = free_port()
    process = machine.start(LISTENS.format(port=port), own, LODGE_RUN_ID="pretended")
    machine.end_leftovers()
    assert not is_over(process)
    machine.end_leftovers(port)
    assert is_over(process)
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_damaged_list_of_accounts_keeps_no_marked_process(machine: Machine) -> None:
    (machine.folder.root / "accounts.json").write_text("{")
    marked = machine.start(SLEEPS, LODGE_INSTANCE=machine.instance)
    machine.end_leftovers()
    assert is_over(marked)
