"""A store keeps what it was given, whatever its kind, and tells what is lost from what is away."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from lodge_services.errors import NotFound
from lodge_services.shares.models import Actor
from lodge_services.shares.service import SharesService
from lodge_services.shares.stores import folder, s3
from lodge_services.shares.stores.base import (
    SAFE_AGE,
    MissingContent,
)
from lodge_services.shares.stores.s3 import S3Store
from support import store_process
from support.kept import Kept, in_folder, in_s3
from support.lodge import wait_for
from support.s3 import S3Server, age, running_s3

pytestmark = pytest.mark.integration

OLD = SAFE_AGE + 60


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_s3() as running:
        yield running


@pytest.fixture(params=["folder", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "s3":
        return in_s3(request.getfixturevalue("server"))
    return in_folder(tmp_path / "store")


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
    """Two processes share the same notebooks again and again; sweeps take all that they may."""
    for module in (folder, s3):
        monkeypatch.setattr(module, "SAFE_AGE", store_process.SAFE_AGE)
    database = f"sqlite:///{tmp_path}/shares.sqlite"
    service = SharesService.open(database, tmp_path / "own", contents=kept.store)
    swept = 0
    arguments = (database, *kept.named)
    with ExitStack() as others:
        for name in "ab":
            process = others.enter_context(store_process.running("churn", name, *arguments))
            others.enter_context(drained(process))
        while swept < 200:
            # Another one sweeps as well, and is killed in the middle of it.
            with store_process.running("sweep", "c", *arguments) as sweeper:
                swept += sum(int(line) for line in store_process.lines(sweeper, 3))
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
