"""Processes are killed, Lodge is killed: everything is found again."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import pytest
from support.lodge import LODGE, RunningLodge, running, wait_for


@pytest.fixture(scope="module")
def own() -> Iterator[RunningLodge]:
    """A Lodge of this module's own, to be hurt."""
    with running("faults") as started:
        yield started


def notebook(*sources: str) -> dict[str, Any]:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return dict(nbformat.v4.new_notebook(cells=cells))


WAITS = """
import pathlib, time
begun = pathlib.Path("begun")
begun.write_text(str(1 + int(begun.read_text() if begun.exists() else 0)))
while not pathlib.Path("go").exists():
    time.sleep(0.1)
"""


def new_job(api: httpx.Client, name: str, source: str) -> str:
    job = {"name": name, "notebook": notebook(source), "notebook_path": "a.ipynb", "cron": None}
    reply = api.post("/services/schedules/api/jobs", json=job).raise_for_status()
    return str(reply.json()["id"])


def ok(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_first_start_is_backed_up_as_soon_as_all_is_there(own: RunningLodge) -> None:
    def copies() -> set[str]:
        *_, newest = sorted((own.folder / "backups").glob("[!.]*"))
        return {path.name for path in newest.rglob("*") if path.suffix in (".sqlite", ".gz")}

    wanted = {"shares", "schedules", "identity", "jupyterhub"}
    whole = {"database.tar.gz", *(f"{name}.sqlite" for name in wanted)}
    wait_for(lambda: copies() == whole, 30, "a backup with every database")


def test_a_second_lodge_in_the_same_folder_is_refused(own: RunningLodge) -> None:
    done = subprocess.run(
        [LODGE, "up", "--data-dir", own.folder, "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 1
    assert f"Lodge already runs in {own.folder}" in done.stderr
    assert own.url in done.stderr


def test_a_port_in_use_is_told(own: RunningLodge) -> None:
    other = own.folder.with_name("other")
    done = subprocess.run(
        [LODGE, "up", "--data-dir", other, "--port", str(own.port)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 1
    assert f"Port {own.port} on 127.0.0.1 is in use" in done.stderr


class InUse:
    """What a user has and does, asked for by tokens that outlive the parts."""

    def __init__(self, lodge: RunningLodge) -> None:
        self.lodge = lodge
        self.api = lodge.api("ada")
        lodge.start_server(self.api, "ada")
        made = self.api.post("/user/ada/api/kernels", json={}).raise_for_status()
        self.kernel = made.json()["id"]
        share = {"title": "Kept", "notebook": notebook("1 + 1")}
        made = self.api.post("/services/shares/api/shares", json=share).raise_for_status()
        self.share = made.json()["id"]
        self.job = new_job(self.api, "Kept", "print('done')")

    def answers(self) -> bool:
        """Tell whether all parts but the metastore do their work for the user."""
        return (
            ok(self.api, f"/services/shares/api/shares/{self.share}")
            and ok(self.api, f"/services/schedules/api/jobs/{self.job}")
            and ok(self.api, f"/user/ada/api/kernels/{self.kernel}")
            and self.lodge.provider_answers()
        )


@pytest.fixture(scope="module")
def in_use(own: RunningLodge) -> Iterator[InUse]:
    made = InUse(own)
    yield made
    made.api.close()


def ports_of(lodge: RunningLodge, words: str) -> set[int]:
    """Return where a part listens; the metastore's JVM has ports of its own choice as well."""
    try:
        part = lodge.process_of(words)
        if "metastore" in words:
            (part,) = part.children()
            wanted = {json.loads((lodge.folder / "run" / "metastore.json").read_text())["port"]}
        else:
            wanted = set(range(65536))
        sockets = part.net_connections(kind="tcp")
    except (LookupError, ValueError, psutil.Error):
        return set()
    return wanted & {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}


THIEF = """
import os, socket, sys
ports, taken = [int(one) for one in sys.argv[1:]], set()
os.set_blocking(0, False)
print("ready", flush=True)
while sys.stdin.buffer.read() is None:
    for port in ports:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                one.bind(("127.0.0.1", port))
                one.listen()
            except OSError:
                continue
            taken.add(port)
print(sorted(taken))
"""


@contextmanager
def nobody_takes(lodge: RunningLodge, ports: set[int]) -> Iterator[None]:
    """See that a user who tries all the time gets none of the ports."""
    uid = lodge.uid("ada")
    with subprocess.Popen(
        [sys.executable, "-c", THIEF, *map(str, ports)],
        user=uid,
        group=uid,
        extra_groups=[],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    ) as thief:
        assert thief.stdout is not None
        assert thief.stdout.readline() == "ready\n"
        yield
        assert thief.communicate(timeout=10)[0] == "[]\n"


@pytest.mark.parametrize(
    "words",
    [
        "lodge_hub.hub",
        "configurable-http-proxy",
        "lodge_services.schedules",
        "lodge_services.shares",
        "lodge_hub.identity.server",
        "lodge_hub.metastore",
    ],
)
def test_a_part_that_is_killed_twice_is_back_at_once(
    own: RunningLodge, in_use: InUse, words: str
) -> None:
    before = own.output.read_text()
    ports = ports_of(own, words)
    assert ports
    with nobody_takes(own, ports):
        for kill in (part_itself, worker_of_metastore if "metastore" in words else part_itself):
            # As soon as another one is there, it is killed too.
            part = own.process_of(words)
            kill(part)
            began = time.monotonic()
            wait_for(partial(is_another, own, words, part.pid), 90, words)
        wait_for(in_use.answers, 90, f"everything is back after {words} was killed")
    wait_for(lambda: ports_of(own, words) == ports, 90, "the same ports")
    sys.stderr.write(f"{words}: back after {time.monotonic() - began:.1f} s\n")
    wait_for(lambda: own.output.read_text().rstrip().endswith("is back."), 90, "it is told")
    said = own.output.read_text().removeprefix(before)
    assert len(re.findall("^The .* ended with ", said, re.MULTILINE)) == 2
    assert "keeps ending" not in said


def part_itself(part: psutil.Process) -> None:
    part.kill()


def worker_of_metastore(part: psutil.Process) -> None:
    """Kill the JVM, whose parent then ends."""
    wait_for(part.children, 30)[0].kill()


def test_a_job_runs_and_people_sign_in_after_all_that(own: RunningLodge, in_use: InUse) -> None:
    run = in_use.api.post(f"/services/schedules/api/jobs/{in_use.job}/runs", json={})
    finished = wait_for(lambda: finished_run(in_use.api, run.json()["id"]), 60, "the run")
    assert finished["state"] == "succeeded"
    own.sign_in("grace").close()


def test_a_server_that_is_killed_starts_again_when_it_is_asked_for(
    own: RunningLodge, in_use: InUse
) -> None:
    path = "/hub/api/users/ada/server"
    for _ in range(2):
        (server,) = (
            one
            for one in own.processes()
            if "lodge_server.singleuser" in " ".join(one.cmdline()) and not is_over(one)
        )
        server.kill()
        # The threads of a killed process end one by one.
        wait_for(lambda: in_use.api.post(path).status_code in (201, 202), 10, "a new start")
        wait_for(partial(own.server_ready, in_use.api, "ada"), 60, "ada's server")
        wait_for(lambda: ok(in_use.api, "/user/ada/api/contents"), 30, "the server")


def is_over(process: psutil.Process) -> bool:
    """Tell whether a process has ended, whether or not its parent has asked."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def is_another(lodge: RunningLodge, words: str, pid: int) -> bool:
    try:
        return lodge.process_of(words).pid != pid
    except LookupError:
        return False


def finished_run(api: httpx.Client, run_id: str) -> dict[str, Any] | None:
    run: dict[str, Any] = api.get(f"/services/schedules/api/runs/{run_id}").json()
    return run if run["state"] in ("succeeded", "failed", "cancelled") else None


def test_a_killed_lodge_starts_again_with_everything(own: RunningLodge) -> None:
    with own.api("ada") as api:
        ids = [one["id"] for one in api.get("/services/shares/api/shares").json()["items"]]
        job = new_job(api, "Long", WAITS)
        run = api.post(f"/services/schedules/api/jobs/{job}/runs", json={}).json()["id"]
        wait_for(lambda: (own.home("ada") / "begun").exists(), 60, "the run's first cell")
    assert ids
    own.kill()
    with subprocess.Popen(
        [LODGE, "up", "--data-dir", own.folder, "--port", str(own.port)],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    ) as half_started:
        assert half_started.stdout
        for line in half_started.stdout:
            if "Starting hub" in line:
                half_started.kill()
                break
    own.start(120)
    with own.api("ada") as api:
        # The run went on meanwhile: it is adopted, not lost and not started twice.
        (own.home("ada") / "go").touch()
        finished = wait_for(lambda: finished_run(api, run), 60, "the adopted run")
        assert finished["state"] == "succeeded"
        assert (own.home("ada") / "begun").read_text() == "1"
        after = [one["id"] for one in api.get("/services/shares/api/shares").json()["items"]]
        assert after == ids
        jobs = api.get("/services/schedules/api/jobs").json()["items"]
        assert {job["name"] for job in jobs} == {"Kept", "Long"}
        own.start_server(api, "ada")
        names = [one["name"] for one in api.get("/user/ada/api/contents").json()["content"]]
        assert "Welcome.ipynb" in names


def doctor(lodge: RunningLodge, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [LODGE, "doctor", "--data-dir", lodge.folder, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout + done.stderr


def test_what_is_damaged_leaves_the_others_up_and_is_restored(own: RunningLodge) -> None:
    with own.api("ada") as api:
        leaves_the_others_up(own, api)
    is_restored(own)


def databases_of(lodge: RunningLodge) -> dict[str, Path]:
    places = {
        "shares": "shares/shares.sqlite",
        "schedules": "schedules/schedules.sqlite",
        "identity": "identity/identity.sqlite",
        "metastore": "metastore/database",
        "hub": "hub/jupyterhub.sqlite",
    }
    return {name: lodge.folder / place for name, place in places.items()}


def leaves_the_others_up(own: RunningLodge, api: httpx.Client) -> None:
    own.stop()
    garbage, databases = b"no database" * 1000, databases_of(own)
    for name in ("shares", "schedules", "identity"):
        databases[name].write_bytes(garbage)
    for path in (databases["metastore"] / "seg0").iterdir():
        path.write_bytes(garbage)
    own.start(120)
    said = own.output.read_text()
    for name in ("shares", "schedules", "identity"):
        assert f"{databases[name]}, is damaged" in said
    assert f"{databases['metastore']}, can't be opened" in said
    assert said.count("`lodge doctor --repair`") == 4
    (without,) = (line for line in said.splitlines() if line.startswith("Without: "))
    assert without.count(",") == 3
    own.start_server(api, "ada")
    assert api.get("/services/shares/api/shares").status_code == 503
    assert ok(api, "/user/ada/api/contents")
    databases["hub"].write_bytes(garbage)
    own.process_of("lodge_hub.hub").kill()
    wait_for(lambda: f"{databases['hub']}, is damaged" in own.output.read_text(), 30)
    assert ok(api, "/user/ada/api/contents")


def is_restored(own: RunningLodge) -> None:
    own.stop()
    status, named = doctor(own)
    assert status == 1
    assert named.count("is damaged") == 4  # Derby's own check takes a JVM
    status, mended = doctor(own, "--repair")
    assert status == 0, mended
    for path in databases_of(own).values():
        assert f"{path}, was damaged" in mended
    own.start(120)
    assert "Without" not in own.output.read_text()
    # The provider is as it was at the last start: who signed in since does so once more.
    with own.api("ada") as again:
        titles = [one["title"] for one in again.get("/services/shares/api/shares").json()["items"]]
        assert "Kept" in titles
        own.start_server(again, "ada")


def test_ctrl_c_ends_everything_that_was_started(own: RunningLodge) -> None:
    with own.api("ada") as api:
        wait_for(lambda: own.server_ready(api, "ada"), 30)
        api.post("/user/ada/api/kernels", json={}).raise_for_status()
    assert len(own.processes()) > 8
    assert own.stop() == 0
    assert own.processes() == []
    assert "Lodge has stopped." in own.output.read_text()
