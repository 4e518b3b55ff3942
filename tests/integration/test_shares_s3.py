"""What a store in S3 does in its own way; see test_shares_stores.py for what every kind does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import obstore
import pytest
from click.testing import CliRunner
from lodge_hub.cli.doctor import doctor
from lodge_services.shares.stores import s3
from lodge_services.shares.stores.base import (
    SAFE_AGE,
    StoreUnavailable,
)
from lodge_services.shares.stores.s3 import RELIED_AGE, S3Store
from support.kept import Kept, in_s3
from support.s3 import SECRET, S3Server, age, running_s3, tls_files

pytestmark = pytest.mark.integration

OLD = SAFE_AGE + 60


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as running:
        yield running


@pytest.fixture
def remote(server: S3Server) -> Kept:
    return in_s3(server)


def test_what_is_young_is_relied_on_and_what_is_old_written_anew(remote: Kept) -> None:
    remote.store.put(b"content")
    age(remote.files(), RELIED_AGE - 60)
    remote.store.put(b"content")
    assert len(remote.files()) == 1
    age(remote.files(), RELIED_AGE + 60)
    digest = remote.store.put(b"content")
    assert len(remote.files()) == 2
    # Of what is wanted, the newest stays.
    age(remote.files(), OLD)
    newest = max(remote.files(), key=lambda path: path.name)
    age([newest], OLD - 30)
    assert remote.store.sweep(lambda _digest: True) == 1
    assert remote.files() == [newest]
    assert remote.store.get(digest) == b"content"


def test_a_whole_object_stays_beside_a_damaged_newer_one(remote: Kept) -> None:
    digest = remote.store.put(b"content")
    age(remote.files(), OLD + 60)
    first = remote.files()
    remote.store.put(b"content")
    second = [path for path in remote.files() if path not in first]
    second[0].write_bytes(b"c0ntent")
    age(second, OLD)
    assert remote.store.sweep(lambda _digest: True) == 0
    assert remote.store.get(digest) == b"content"


def test_a_sweep_sees_its_own_prefix_alone(server: S3Server) -> None:
    mine, other = in_s3(server), in_s3(server)
    digest = other.store.put(b"of another Lodge")
    age(other.files(), OLD)
    assert mine.store.sweep(lambda _digest: False) == 0
    assert other.store.get(digest) == b"of another Lodge"


def test_a_sweep_reads_all_pages_of_a_listing(remote: Kept) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(remote.store.put, (b"%d" % number for number in range(1100))))
    age(remote.files(), OLD)
    assert remote.store.sweep(lambda _digest: False) == 1100
    assert remote.files() == []


def test_a_trial_leaves_nothing(remote: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(remote.store, S3Store)
    remote.store.check()
    assert remote.files() == []
    # Killed in the middle, it leaves what the next sweep takes.
    with monkeypatch.context() as patch:
        patch.setattr(obstore, "delete", lambda *_: None)
        remote.store.check()
    assert len(remote.files()) == 1
    age(remote.files(), OLD)
    assert remote.store.sweep(lambda _digest: True) == 0
    assert remote.files() == []


def test_variables_for_other_tools_lead_nothing_elsewhere(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_SECRET_ACCESS_KEY": "another",
        "AWS_SESSION_TOKEN": "another",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_REGION": "eu-west-1",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_S3_EXPRESS": "true",
        "AWS_CONDITIONAL_PUT": "disabled",
    }.items():
        monkeypatch.setenv(name, value)
    S3Store(server.place()).check()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"secret_key": "wrong"}, "the secret key is not the one of the access key"),
        ({"access_key": "wrong"}, "it does not know the access key"),
        ({"bucket": "nobodys"}, "it has no such bucket"),
    ],
)
def test_a_refusal_is_told_and_is_no_loss(
    server: S3Server, changed: dict[str, str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = S3Store(replace(server.place(), **changed))
    for ask in (lambda: store.get("0" * 64), lambda: store.put(b"content"), store.check):
        with pytest.raises(StoreUnavailable) as found:
            ask()
        assert said in found.value.why
        assert found.value.refused
    assert SECRET not in caplog.text
    assert "wrong" not in caplog.text


def test_a_server_that_is_away_is_no_loss_and_comes_back() -> None:
    with running_s3() as server:
        store = S3Store(server.place())
        digest = store.put(b"content")
        server.go()
        for ask in (
            lambda: store.get(digest),
            lambda: store.put(b"more"),
            lambda: store.sweep(lambda _digest: False),
            store.check,
        ):
            began = time.monotonic()
            with pytest.raises(StoreUnavailable, match="nothing was changed or lost") as found:
                ask()
            assert "it can't be reached" in found.value.why
            assert not found.value.refused
            assert time.monotonic() - began < 30
        server.come()
        assert store.get(digest) == b"content"


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "REQUEST_S", 1)
    monkeypatch.setattr(s3, "RETRIES", 0)
    asked = threading.Event()
    with _answering(asked.wait) as endpoint:
        store = S3Store(s3.Place("notebooks", "", endpoint, access_key="a", secret_key="b"))
        with pytest.raises(StoreUnavailable) as found:
            store.get("0" * 64)
        asked.set()
    assert "in time" in found.value.why


def test_one_thread_at_a_time_waits_for_a_server_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3, "REQUEST_S", 1)
    monkeypatch.setattr(s3, "RETRIES", 0)
    asked = threading.Event()
    with _answering(asked.wait) as endpoint:
        store = S3Store(s3.Place("notebooks", "", endpoint, access_key="a", secret_key="b"))

        def why(_: int) -> str:
            with pytest.raises(StoreUnavailable) as found:
                store.get("0" * 64)
            return found.value.why

        why(0)
        with ThreadPoolExecutor(20) as threads:
            said = list(threads.map(why, range(20)))
        asked.set()
    assert sum("in time" in one for one in said) < 5
    assert sum("is being asked again" in one for one in said) > 15


def test_the_page_of_a_proxy_is_no_loss() -> None:
    with _answering(lambda: None) as endpoint:
        store = S3Store(s3.Place("notebooks", "", endpoint, access_key="a", secret_key="b"))
        with pytest.raises(StoreUnavailable) as found:
            store.get("0" * 64)
    assert "404" in found.value.why


@contextmanager
def _answering(first: Callable[[], object]) -> Iterator[str]:
    """Run something that is no S3: it does something, then answers 404 with a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            first()
            # Nobody may wait any more.
            with suppress(OSError):
                self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_nobody_reads_the_secret_in_what_is_printed(server: S3Server) -> None:
    assert SECRET not in repr(server.place())
    assert SECRET not in repr(S3Store(server.place())._bucket)


@pytest.mark.parametrize("secret", [SECRET, "wrong", ""])
def test_doctor_tries_the_store(
    server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    place = server.place()
    settings = tmp_path / "lodge.toml"
    settings.write_text(
        f'[shares]\nstore = "s3://{place.bucket}/doctor"\n[shares.s3]\nsecret_env = "KEY"\n'
        f'endpoint = "{place.endpoint}"\naccess_key = "{place.access_key}"\n'
    )
    monkeypatch.setenv("KEY", secret)
    done = CliRunner().invoke(
        doctor, ["--config", str(settings), "--data-dir", str(tmp_path / "data")]
    )
    (line,) = (line.strip() for line in done.output.splitlines() if "store s3:" in line)
    if secret == SECRET:
        assert line.endswith("doctor: Objects can be written, read and removed.")
    else:
        assert line.startswith(f"CLOSED   store s3://{place.bucket}/doctor: ")
        assert line.endswith("not the one of the access key." if secret else "KEY is empty.")
        assert done.exit_code == 1
    assert server.objects("doctor") == []


def test_a_company_s_own_authority_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate, key = tls_files(tmp_path)
    with running_s3((certificate, key)) as server:
        with pytest.raises(StoreUnavailable) as found:
            S3Store(server.place()).check()
        assert "certificate is not trusted" in found.value.why
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        S3Store(server.place()).check()
