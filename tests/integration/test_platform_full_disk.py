"""A Lodge with TLS on a disk of its own, which one of its users fills."""

from __future__ import annotations

import datetime
import ipaddress
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.accounts import as_account
from support.disk import small_disk
from support.lodge import (
    LodgeClient,
    RunningLodge,
    data_folder,
    remove_accounts,
    running_in,
    submit,
    wait_for,
)

NAMES = ("lodge.localhost", "*.lodge.localhost")
SHARES, JOBS = "/services/shares/api/shares", "/services/schedules/api/jobs"
RUNS = "/services/schedules/api/runs"
FULL = "disk is full"

FILLS = """\
print("begun", flush=True)
with open("more", "wb", buffering=0) as file:
    for size in (1 << 20, 1 << 12, 1):
        try:
            while True:
                file.write(b"x" * size)
        except OSError:
            pass
import time
for number in range(600):
    print("x" * 100_000, flush=True)
    time.sleep(0.1)
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for Lodge and the servers below it, and its key; return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.datetime.now(datetime.UTC)
    names = [*map(x509.DNSName, NAMES), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


@pytest.fixture(scope="module")
def own() -> Iterator[RunningLodge]:
    """A Lodge of this module's own, that browsers reach by TLS alone."""
    with pytest.MonkeyPatch.context() as patch, data_folder("full") as folder:
        chain, key = certificate(folder.parent)
        # The hub trusts the provider by it, and the tests' clients Lodge.
        patch.setenv("SSL_CERT_FILE", str(chain))
        settings = folder.parent / "lodge.toml"
        settings.write_text(
            f'[server]\ntls_certificate = "{chain}"\ntls_key = "{key}"\n'
            "[samples]\nflights = false\n",
            encoding="utf-8",
        )
        with small_disk(folder, "400m"):
            try:
                with running_in(folder, "--config", str(settings)) as lodge:
                    yield lodge
            finally:
                remove_accounts(folder)


def notebook(*sources: str) -> dict[str, Any]:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return dict(nbformat.v4.new_notebook(cells=cells))


class Work:
    """What ada has before the disk is full, and how she and grace go on."""

    def __init__(self, lodge: RunningLodge) -> None:
        self.lodge = lodge
        self.ada, self.grace = lodge.api("ada"), lodge.api("grace")
        self.kept = self.share("Kept", "1 + 1").raise_for_status().json()["id"]
        self.filling = self.job("Fills", "print('kept')", FILLS, "print('never')").json()["id"]
        self.later = self.job("Later", "print('done')").json()["id"]

    def close(self) -> None:
        self.ada.close()
        self.grace.close()

    def share(self, title: str, source: str) -> httpx.Response:
        return self.ada.post(SHARES, json={"title": title, "notebook": notebook(source)})

    def job(self, name: str, *sources: str) -> httpx.Response:
        job = {"name": name, "notebook": notebook(*sources), "notebook_path": "a.ipynb"}
        return self.ada.post(JOBS, json={**job, "cron": None})

    def run(self, job: str) -> str:
        reply = self.ada.post(f"{JOBS}/{job}/runs", json={}).raise_for_status()
        return str(reply.json()["id"])

    def ended(self, run: str) -> dict[str, Any] | None:
        found: dict[str, Any] = self.ada.get(f"{RUNS}/{run}").raise_for_status().json()
        return None if found["state"] in ("queued", "running") else found

    def no_room(self) -> bool:
        found = os.statvfs(self.lodge.folder)
        return found.f_bavail * found.f_frsize < 4 << 20

    def fill_rest(self) -> None:
        """Write as ada until nothing more is taken."""
        code = (
            "import contextlib\n"
            "with open('rest', 'ab', buffering=0) as file:\n"
            "    for size in (1 << 20, 1 << 12, 1):\n"
            "        with contextlib.suppress(OSError):\n"
            "            while True: file.write(b'x' * size)\n"
        )
        home = self.lodge.home("ada")
        done = as_account(self.lodge.uid("ada"), sys.executable, "-c", code, cwd=home)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def work(own: RunningLodge) -> Iterator[Work]:
    made = Work(own)
    yield made
    made.close()


def test_with_tls_a_proxy_that_is_killed_answers_again_at_its_port(own: RunningLodge) -> None:
    def signs_in() -> bool:
        with LodgeClient(own.url, follow_redirects=True) as client:
            try:
                page = client.get("/")
            except httpx.TransportError:
                return False
        return page.url.scheme == "https" and 'name="login"' in page.text

    assert own.url == f"https://lodge.localhost:{own.port}"
    assert signs_in()
    with (
        pytest.raises(httpx.TransportError),
        LodgeClient(own.url.replace("https", "http")) as plain,
    ):
        plain.get("/")
    for words in ("configurable-http-proxy", "lodge_hub.identity.server"):
        part = own.process_of(words)
        part.kill()
        began = time.monotonic()
        wait_for(lambda p=part: not p.is_running() or p.status() == psutil.STATUS_ZOMBIE, 10)  # type: ignore[misc]
        wait_for(signs_in, 30, words)
        sys.stderr.write(f"{words}: back after {time.monotonic() - began:.1f} s\n")
        assert own.process_of(words).pid != part.pid
    with closing(own.sign_in("ada")) as browser:
        assert "Hello, Ada Lovelace" in browser.get("/hub/home").text
        for service in ("shares", "schedules"):
            browser.get(f"/services/{service}/").raise_for_status()
        found = {(one.path, one.name): one.secure for one in browser.cookies.jar}
        assert {("/hub/", "_xsrf"), ("/services/shares/", "_xsrf")} <= set(found)
        assert [name for name, secure in found.items() if not secure] == []
        names = {name for _, name in found}
        assert {"__Host-jupyterhub-hub-login", "__Host-service-shares"} <= names


def test_a_full_disk_is_told_everywhere_and_all_goes_on_once_there_is_room(
    own: RunningLodge, work: Work
) -> None:
    parts = {one.pid for one in psutil.Process(own.process.pid).children()}
    run = work.run(work.filling)
    wait_for(work.no_room, 120, "the disk is full")
    began = time.monotonic()
    failed = wait_for(partial(work.ended, run), 30, "the run's end")
    took = time.monotonic() - began
    work.fill_rest()
    is_told(work)
    assert took < 5
    assert failed["state"] == "failed"
    assert "full" in failed["error"]["message"]
    is_whole(work, run)
    for name in ("more", "rest"):
        (own.home("ada") / name).unlink()
    goes_on(work)
    assert {one.pid for one in psutil.Process(own.process.pid).children()} == parts


def is_told(work: Work) -> None:
    for refused in (work.share("Not", "2" * 100_000), work.job("Not", "2" * 100_000)):
        assert refused.status_code == 507
        assert FULL in refused.json()["message"]
    later = wait_for(partial(work.ended, work.run(work.later)), 5, "a run that can't start")
    assert later["state"] == "failed"
    assert FULL in later["error"]["message"]
    with LodgeClient(work.lodge.url, follow_redirects=True) as client:
        page = client.get("/hub/login?next=/hub/home")
        page = submit(client, page, {"login": "grace"})
        assert page.status_code == 507
        assert FULL in page.text
    work.grace.post("/hub/api/users/grace/server")

    def progress() -> str:
        return work.grace.get("/hub/api/users/grace/server/progress").text

    told = wait_for(lambda: '"failed"' in (text := progress()) and text, 10, "why there is none")
    assert "or of Lodge, is full. Ask your administrator to make room" in told


def is_whole(work: Work, run: str) -> None:
    found = work.ada.get(f"{SHARES}/{work.kept}/versions/1/notebook").raise_for_status().json()
    assert found["cells"][0]["source"] == "1 + 1"
    titles = [one["title"] for one in work.ada.get(SHARES).json()["items"]]
    assert titles == ["Kept"]
    executed = work.ada.get(f"{RUNS}/{run}/notebook").raise_for_status().json()
    assert "".join(executed["cells"][0]["outputs"][0]["text"]) == "kept\n"
    nbformat.validate(executed)


def goes_on(work: Work) -> None:
    work.share("Then", "2" * 100_000).raise_for_status()
    run = wait_for(partial(work.ended, work.run(work.later)), 60, "a run")
    assert run["state"] == "succeeded"
    work.lodge.sign_in("grace").close()
    work.lodge.start_server(work.grace, "grace")
    assert work.grace.get("/user/grace/api/status").status_code == 200
