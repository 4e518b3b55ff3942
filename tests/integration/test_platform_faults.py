"""Processes are killed, Lodge is killed: everything is found again."""

import subprocess
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import nbformat
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


def test_everything_is_there_after_each_process_was_killed(own: RunningLodge) -> None:
    with own.api("ada") as api:
        own.start_server(api, "ada")
        kernel = api.post("/user/ada/api/kernels", json={}).raise_for_status().json()["id"]
        share = (
            api.post(
                "/services/shares/api/shares",
                json={"title": "Kept", "notebook": notebook("1 + 1")},
            )
            .raise_for_status()
            .json()
        )
        job = new_job(api, "Kept", "print('done')")
        for words in (
            "lodge_hub.hub",
            "lodge_services.schedules",
            "lodge_services.shares",
            "lodge_hub.identity.server",
            "lodge_hub.metastore",
            "configurable-http-proxy",
        ):
            victim = own.process_of(words)
            victim.kill()
            wait_for(partial(is_another, own, words, victim.pid), 60, words)
            wait_for(
                lambda: (
                    ok(api, f"/services/shares/api/shares/{share['id']}")
                    and ok(api, f"/services/schedules/api/jobs/{job}")
                    and ok(api, f"/user/ada/api/kernels/{kernel}")
                    and own.provider_answers()
                ),
                60,
                f"everything is back after {words} was killed",
            )
        run = (
            api.post(f"/services/schedules/api/jobs/{job}/runs", json={}).raise_for_status().json()
        )
        finished = wait_for(lambda: finished_run(api, run["id"]), 60, "the run")
        assert finished["state"] == "succeeded"
    own.sign_in("grace").close()


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


def test_ctrl_c_ends_everything_that_was_started(own: RunningLodge) -> None:
    with own.api("ada") as api:
        wait_for(lambda: own.server_ready(api, "ada"), 30)
        api.post("/user/ada/api/kernels", json={}).raise_for_status()
    assert len(own.processes()) > 8
    assert own.stop() == 0
    assert own.processes() == []
    assert "Lodge has stopped." in own.output.read_text()
