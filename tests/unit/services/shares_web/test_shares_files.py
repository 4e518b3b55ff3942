"""Files that come with versions, over HTTP."""

from __future__ import annotations

import html
import os
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lodge_services.shares.app import shares_application
from lodge_services.shares.files.models import MIB, Limits, why_no_name
from lodge_services.shares.files.rows import UPLOAD_TIME
from lodge_services.shares.files.settings import read_limits
from lodge_services.shares.reading import UNDO_TIME
from lodge_services.shares.service import SharesService
from lodge_services.testing import COOKIE_SECRET, FakeHub
from lodge_services.web.settings import SettingsError
from support.sharing import Browser, Caller, Clock, notebook, publish

DATA, MORE = b"year,late\n2013,17\n", b"\x00\x01\xff binary"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[SharesService]:
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/shares.sqlite",
        tmp_path / "store",
        clock,
        limits=Limits(each=1000, all=1500),
    )
    yield opened
    opened.close()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


async def send(caller: Caller, content: bytes, named: str | None = None) -> Any:
    path = f"api/files/{named or digest(content)}"
    return await caller.ask("PUT", path, token=caller.token, body=content)


async def with_files(caller: Caller, **contents: bytes) -> list[dict[str, str]]:
    """Send files; return what a share says of them."""
    for content in contents.values():
        assert (await send(caller, content)).code == 204
    return [{"name": name, "digest": digest(content)} for name, content in contents.items()]


async def read(caller: Caller, share_id: str, version: int, name: str) -> Any:
    path = f"api/shares/{share_id}/versions/{version}/files/{name}"
    return await caller.ask("GET", path, token=caller.token)


async def names(caller: Caller, share_id: str, version: int) -> list[str]:
    _, files = await caller("GET", f"api/shares/{share_id}/versions/{version}/files")
    return [one["name"] for one in files["items"]]


def kept(service: SharesService) -> set[str]:
    store: Any = service.shares.store
    return {path.name for path in store.objects.glob("*/*")}


async def test_they_are_kept_with_their_version(ada: Caller, bob: Caller) -> None:
    sent = await with_files(ada, **{"data/延误 1%.csv": DATA, "b.bin": MORE, "empty": b""})
    share_id = (await publish(ada, files=sent))["id"]
    one = f"api/shares/{share_id}"
    assert (await bob("GET", f"{one}/versions/1/files"))[1]["items"] == [
        {"name": "b.bin", "digest": digest(MORE), "size": len(MORE)},
        {"name": "data/延误 1%.csv", "digest": digest(DATA), "size": len(DATA)},
        {"name": "empty", "digest": digest(b""), "size": 0},
    ]
    answer = await read(bob, share_id, 1, "data/%E5%BB%B6%E8%AF%AF%201%25.csv")
    assert (answer.code, answer.body) == (200, DATA)
    # Without a word on files they stay; the same notebook with others is a new version.
    assert (await ada("PATCH", one, {"notebook": notebook("2")}))[1]["version"] == 2
    assert await names(bob, share_id, 2) == ["b.bin", "data/延误 1%.csv", "empty"]
    changed = await with_files(ada, **{"b.bin": b"other"})
    again = {"notebook": notebook("2"), "files": changed}
    assert (await ada("PATCH", one, again))[1]["version"] == 3
    assert (await ada("PATCH", one, again))[1]["version"] == 3
    assert (await read(bob, share_id, 3, "b.bin")).body == b"other"
    assert (await read(bob, share_id, 1, "b.bin")).body == MORE
    assert (await ada("PATCH", one, {"notebook": notebook("2"), "files": []}))[1]["version"] == 4
    assert await names(bob, share_id, 4) == []
    # An older version brings its own back.
    _, restored = await ada("POST", f"{one}/versions/3/restore")
    assert (restored["version"], await names(bob, share_id, 5)) == (5, ["b.bin"])


async def test_what_is_there_is_not_sent_again(ada: Caller, bob: Caller, clock: Clock) -> None:
    sent = await with_files(ada, a=DATA)
    digests = [digest(DATA), digest(MORE), digest(MORE)]
    asked = {"digests": digests}
    assert (await ada("POST", "api/files", asked))[1] == {"wanted": [digest(MORE)]}
    share_id = (await publish(ada, files=sent))["id"]
    clock.now += UPLOAD_TIME
    assert (await ada("POST", "api/files", asked))[1] == {"wanted": digests[:2]}
    assert (await ada("POST", "api/files", {**asked, "share": share_id}))[1] == {
        "wanted": [digest(MORE)]
    }
    # It is enough for a version of the share itself.
    change = {"notebook": notebook("2"), "files": [{"name": "b", "digest": digest(DATA)}]}
    assert (await ada("PATCH", f"api/shares/{share_id}", change))[0] == 200
    code, problem = await ada("POST", "api/shares", {"title": "T", **change})
    assert (code, problem["reason"]) == (400, "file_not_sent")


async def test_a_digest_opens_nothing(ada: Caller, bob: Caller, service: SharesService) -> None:
    share = await publish(
        ada, files=await with_files(ada, secret=DATA), readers={"people": ["ada"]}
    )
    for known in (digest(DATA), share["digest"]):
        stolen = {"title": "T", "notebook": notebook(), "files": [{"name": "x", "digest": known}]}
        code, problem = await bob("POST", "api/shares", stolen)
        assert (code, problem["reason"]) == (400, "file_not_sent")
    assert (await bob("POST", "api/files", {"digests": [digest(DATA)]}))[1]["wanted"]
    asked = {"digests": [digest(DATA)], "share": share["id"]}
    assert (await bob("POST", "api/files", asked))[0] == 404


async def test_limits_are_told(ada: Caller, service: SharesService) -> None:
    assert (await ada("GET", "api/files"))[1] == {"each": 1000, "all": 1500, "most": 200}
    refused = await send(ada, b"x" * 1001)
    assert refused.code == 413
    assert b"1000 B are the most of a file" in refused.body
    sent = await with_files(ada, a=b"a" * 900, b=b"b" * 900)
    code, problem = await ada(
        "POST", "api/shares", {"title": "T", "notebook": notebook(), "files": sent}
    )
    assert (code, problem["reason"]) == (413, "files_too_large")
    assert "1.8 KiB together, and 1.5 KiB are the most" in problem["message"]
    assert (await send(ada, DATA, digest(MORE))).code == 400
    assert digest(DATA) not in kept(service)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../a",
        "a/../b",
        "a//b",
        "",
        ".",
        "a\\b",
        "a\nb",
        "x" * 401,
        "é" * 200,
        ".git/config",
        "a/.GIT/b",
    ],
)
async def test_names_stay_below_the_notebook(ada: Caller, name: str) -> None:
    await send(ada, DATA)
    sent = {"title": "T", "notebook": notebook(), "files": [{"name": name, "digest": digest(DATA)}]}
    assert (await ada("POST", "api/shares", sent))[0] == 400
    assert why_no_name(name)


@pytest.mark.parametrize("both", [["a", "a"], ["a", "a/b"], ["a/b/c", "a/b"]])
async def test_files_that_cannot_lie_beside_each_other(ada: Caller, both: list[str]) -> None:
    await send(ada, DATA)
    files = [{"name": name, "digest": digest(DATA)} for name in both]
    code, problem = await ada(
        "POST", "api/shares", {"title": "T", "notebook": notebook(), "files": files}
    )
    assert (code, problem["reason"]) == (400, "files_refused")


async def test_files_come_with_a_notebook(ada: Caller) -> None:
    share_id = (await publish(ada))["id"]
    code, problem = await ada("PATCH", f"api/shares/{share_id}", {"files": []})
    assert (code, "send it too" in problem["message"]) == (400, True)


async def test_what_is_sent_and_not_shared_is_swept(
    ada: Caller, service: SharesService, clock: Clock
) -> None:
    sent = await with_files(ada, a=DATA)
    await with_files(ada, b=MORE)
    share_id = (await publish(ada, files=sent))["id"]
    service.purge()
    assert kept(service) >= {digest(DATA), digest(MORE)}
    store: Any = service.shares.store
    for path in store.objects.glob("*/*"):
        os.utime(path, (time.time() - 7200,) * 2)
    service.purge()
    assert digest(MORE) not in kept(service)
    assert (await read(ada, share_id, 1, "a")).body == DATA
    # With its last share it goes.
    await ada("DELETE", f"api/shares/{share_id}")
    clock.now += UNDO_TIME * 2
    service.purge()
    assert kept(service) == set()


async def test_whoever_may_not_read_the_share_gets_none(ada: Caller, bob: Caller) -> None:
    files = await with_files(ada, a=DATA)
    share_id = (await publish(ada, files=files, readers={"people": ["ada"]}))["id"]
    assert (await read(bob, share_id, 1, "a")).code == 404
    assert (await bob("GET", f"api/shares/{share_id}/versions/1/files"))[0] == 404
    assert (await read(ada, share_id, 1, "b")).code == 404
    assert (await read(ada, share_id, 2, "a")).code == 404


async def test_the_page_lists_them_to_be_saved(
    ada: Caller, browser: Browser, service: SharesService
) -> None:
    sent = await with_files(
        ada, **{"data/<b>.html": b"<script>alert(1)</script>", "b%2F.bin": MORE}
    )
    share_id = (await publish(ada, files=sent))["id"]
    page = html.unescape((await browser.open(share_id)).body.decode())
    assert "data/<b>.html" in page
    assert f"{share_id}/versions/1/files/data/%3Cb%3E.html" in page
    assert "25 B" in page
    answer = await browser.open(f"{share_id}/versions/1/files/data/%3Cb%3E.html")
    assert answer.body == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%3Cb%3E.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (await browser.open(f"{share_id}/versions/1/files/b%252F.bin")).body == MORE
    other = (await publish(ada))["id"]
    assert 'id="files"' not in (await browser.open(other)).body.decode()
    # Lost in the store: a sentence about the file.
    store: Any = service.shares.store
    store._path(digest(MORE)).unlink()
    lost = await browser.open(f"{share_id}/versions/1/files/b%252F.bin")
    assert lost.code == 410
    assert "b%2F.bin is lost or damaged" in html.unescape(lost.body.decode())


async def test_they_go_with_a_fork(ada: Caller, bob: Caller) -> None:
    share_id = (await publish(ada, files=await with_files(ada, a=DATA)))["id"]
    await ada("PATCH", f"api/shares/{share_id}", {"notebook": notebook("2"), "files": []})
    forked = []
    for version in (1, 2):
        path = f"api/shares/{share_id}/forks"
        _, ticket = await bob("POST", path, {"version": version})
        forked.append((await bob("POST", "api/forks", {"ticket": ticket["ticket"]}))[1]["files"])
    assert forked == [[{"name": "a", "digest": digest(DATA), "size": len(DATA)}], []]


async def test_an_accepted_proposal_keeps_those_of_the_newest_version(
    ada: Caller, bob: Caller
) -> None:
    share_id = (await publish(ada, files=await with_files(ada, a=DATA)))["id"]
    copy = notebook("2", lodge={"forked_from": {"id": share_id, "version": 1}})
    fork = await publish(bob, notebook=copy, files=await with_files(bob, b=MORE))
    await ada("PATCH", f"api/shares/{share_id}", await later(ada, c=MORE))
    _, made = await bob("POST", f"api/shares/{fork['id']}/propose", {})
    path = f"api/shares/{share_id}/proposals/{made['number']}"
    _, opened = await ada("GET", path)
    accepted = {
        "changes": [one["number"] for one in opened["changes"]],
        "newest": opened["newest"],
        "digest": opened["proposal"]["digest"],
    }
    code, share = await ada("POST", f"{path}/accept", accepted)
    assert (code, share["version"]) == (200, 3)
    assert await names(bob, share_id, 3) == ["c"]


async def later(caller: Caller, **contents: bytes) -> dict[str, Any]:
    """Return a change that has other files and the same notebook."""
    return {"notebook": notebook(), "files": await with_files(caller, **contents)}


async def test_where_secrets_are_refused(hub: FakeHub, start: Any, tmp_path: Path) -> None:
    opened = SharesService.open(
        f"sqlite:///{tmp_path}/strict.sqlite", tmp_path / "strict", refuse_secrets=True
    )
    application = shares_application(hub.settings(), opened, cookie_secret=COOKIE_SECRET)
    ada = Caller(await start(application, hub), hub.add_member("ada"))
    key = "".join(("AKIA", "QYLPMN5HHHFPZAM2"))
    refused = await send(ada, f"key\n{key}\n".encode())
    assert refused.code == 400
    assert b"AWS Access Key" in refused.body
    assert key.encode() not in refused.body
    assert (await send(ada, DATA)).code == 204
    opened.close()


def test_limits_of_the_environment() -> None:
    assert read_limits({}) == Limits() == Limits(each=20 * MIB, all=100 * MIB)
    said = {"LODGE_SHARE_FILE_MIB": "1", "LODGE_SHARE_FILES_MIB": "0"}
    assert read_limits(said) == Limits(each=MIB, all=0)
    for wrong in ("-1", "1.5", "x", "٣", "99999"):
        with pytest.raises(SettingsError, match="LODGE_SHARE_FILES_MIB"):
            read_limits({"LODGE_SHARE_FILES_MIB": wrong})
