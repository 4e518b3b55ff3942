"""A store keeps what it was given, whatever its kind, and tells what is lost from what is away."""

from __future__ import annotations

import itertools
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from lodge_hub.cli.doctor import doctor
from lodge_services.errors import NotFound
from lodge_services.shares.models import Actor
from lodge_services.shares.service import SharesService
from lodge_services.shares.stores import folder, s3
from lodge_services.shares.stores.base import (
    SAFE_AGE,
    ContentStore,
    MissingContent,
    StoreUnavailable,
)
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.stores.s3 import RELIED_AGE, S3Store
from support import store_process
from support.lodge import wait_for
from support.s3 import SECRET, S3Server, age, running_s3, tls_files

pytestmark = pytest.mark.integration

OLD = SAFE_AGE + 60
_prefixes = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as running:
        yield running


@dataclass(frozen=True)
class Kept:
    """A store of a kind, and the files that it keeps content in."""

    store: ContentStore
    files: Callable[[], list[Path]]
    named: tuple[str, ...]
    """What another process opens it by."""


def _s3(server: S3Server) -> Kept:
    prefix = f"kept-{next(_prefixes)}"
    place = server.place(prefix)
    return Kept(S3Store(place), lambda: server.objects(prefix), ("s3", place.endpoint, prefix))


def _folder(place: Path) -> Kept:
    objects = place / "objects"
    return Kept(
        FolderStore(place),
        lambda: sorted(path for path in objects.rglob("*") if path.is_file()),
        ("folder", str(place)),
    )


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "s3":
        return _s3(request.getfixturevalue("server"))
    return _folder(tmp_path / "store")


@pytest.fixture
def remote(server: S3Server) -> Kept:
    return _s3(server)


# What every kind does.


@pytest.mark.parametrize("content", [b"content", b"", bytes(range(256)) * 40_000], ids=len)
def test_what_is_put_is_got(kept: Kept, content: bytes) -> None:
    digest = kept.store.put(content)
    assert digest == sha256(content).hexdigest()
    assert kept.store.get(digest) == content


def test_content_is_kept_once(kept: Kept) -> None:
    assert kept.store.put(b"content") == kept.store.put(b"content")
    assert len(kept.files()) == 1


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_what_was_never_put_is_missing(kept: Kept, digest: str) -> None:
    with pytest.raises(MissingContent):
        kept.store.get(digest)


def test_damage_is_noticed_and_mended_by_the_next_put(kept: Kept) -> None:
    digest = kept.store.put(b"content")
    kept.files()[0].write_bytes(b"c0ntent")
    with pytest.raises(MissingContent) as found:
        kept.store.get(digest)
    assert found.value.what.startswith("damaged content")
    assert kept.store.put(b"content") == digest
    assert kept.store.get(digest) == b"content"


def test_a_sweep_takes_only_what_is_old_and_unwanted(kept: Kept) -> None:
    old, wanted = kept.store.put(b"old"), kept.store.put(b"wanted")
    age(kept.files(), OLD)
    young = kept.store.put(b"young")
    assert kept.store.sweep(lambda digest: digest == wanted) == 1
    with pytest.raises(MissingContent):
        kept.store.get(old)
    assert (kept.store.get(wanted), kept.store.get(young)) == (b"wanted", b"young")


def test_what_is_put_again_is_spared_like_what_is_new(kept: Kept) -> None:
    digest = kept.store.put(b"content")
    age(kept.files(), OLD)
    kept.store.put(b"content")
    kept.store.sweep(lambda _digest: False)
    assert kept.store.get(digest) == b"content"


def test_no_sweep_takes_what_is_being_put_again(kept: Kept) -> None:
    # The worst moment: the sweep has asked for the rows, and has not yet deleted.
    digest = kept.store.put(b"content")
    age(kept.files(), OLD)
    with ThreadPoolExecutor(1) as other:
        puts = []

        def wanted(_digest: str) -> bool:
            puts.append(other.submit(kept.store.put, b"content"))
            if isinstance(kept.store, S3Store):
                puts[0].result()
            return False

        assert kept.store.sweep(wanted) == 1
        puts[0].result()
    assert kept.store.get(digest) == b"content"


def test_a_sweep_goes_on_with_what_is_not_its_own(kept: Kept) -> None:
    kept.store.put(b"old")
    place = kept.files()[0]
    stray = place.with_name("notes.txt")
    stray.write_bytes(b"somebody's")
    age(kept.files(), OLD)
    if isinstance(kept.store, S3Store):
        assert kept.store.sweep(lambda _digest: False) == 1
        assert kept.files() == [stray]


def test_many_put_the_same_at_once(kept: Kept) -> None:
    content = b"same" * 10_000
    with ThreadPoolExecutor(8) as threads:
        digests = set(threads.map(lambda _: kept.store.put(content), range(24)))
    assert kept.store.get(digests.pop()) == content
    assert not digests


def test_a_killed_process_leaves_only_whole_content(kept: Kept) -> None:
    for round_ in range(3):
        enough = len(kept.files()) + 3
        with store_process.running("put", str(round_), *kept.named):
            wait_for(partial(lambda count: len(kept.files()) >= count, enough), 60, "content")
    for path in kept.files():
        digest = path.parent.name if isinstance(kept.store, S3Store) else path.name
        assert sha256(path.read_bytes()).hexdigest() == digest


def test_nothing_is_lost_when_the_process_that_shares_is_killed(kept: Kept, tmp_path: Path) -> None:
    """Content without a row goes when it is old; what has a row stays, wherever the kill came."""
    database = f"sqlite:///{tmp_path}/shares.sqlite"
    service = SharesService.open(database, tmp_path / "own", contents=kept.store)
    ada = Actor("ada")
    try:
        for round_ in range(3):
            with store_process.running("share", str(round_), database, *kept.named) as process:
                store_process.lines(process, 3 + 2 * round_)
        # As if the process had been killed between content and row.
        orphan = kept.store.put(b"between content and row")
        age(kept.files(), OLD)
        service.shares.purge()
        with pytest.raises(MissingContent):
            kept.store.get(orphan)
        found = service.shares.list(ada, limit=100).items
        assert len(found) >= 3
        for share in found:
            assert service.shares.notebook(ada, share.id, share.version)["cells"]
    finally:
        service.close()


def test_sweeps_race_those_who_share(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes share the same notebooks again and again, while sweeps take all they may."""
    for module in (folder, s3):
        monkeypatch.setattr(module, "SAFE_AGE", store_process.SAFE_AGE)
    database = f"sqlite:///{tmp_path}/shares.sqlite"
    service = SharesService.open(database, tmp_path / "own", contents=kept.store)
    swept = 0
    with ExitStack() as others:
        for name in "ab":
            arguments = ("churn", name, database, *kept.named)
            process = others.enter_context(store_process.running(*arguments))
            others.enter_context(drained(process))
        while swept < 200:
            swept += kept.store.sweep(service.shares._is_wanted)
            assert process.poll() is None
            for share in service.shares.list(Actor("a"), limit=100).items:
                with suppress(NotFound):  # deleted by now
                    service.shares.content(Actor("a"), share.id, share.version)
    try:
        found = service.shares.list(Actor("a"), limit=100).items
        assert len(found) >= store_process.KEPT
        for share in found:
            service.shares.content(Actor("a"), share.id, share.version)
    finally:
        service.close()


@contextmanager
def drained(process: subprocess.Popen[str]) -> Iterator[None]:
    """Read what a process tells, so that it goes on; the first line is there at the start."""
    store_process.lines(process, 1)
    assert process.stdout is not None
    reader = threading.Thread(target=process.stdout.read)
    reader.start()
    try:
        yield
    finally:
        process.kill()
        reader.join()


# What S3 does in its own way.


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
    mine, other = _s3(server), _s3(server)
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


def test_a_trial_leaves_nothing(remote: Kept) -> None:
    assert isinstance(remote.store, S3Store)
    remote.store.check()
    assert remote.files() == []


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
