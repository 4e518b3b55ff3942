"""A wiki in git that is away, damaged, made anew, or does not let Lodge in."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from lodge_services.shares.wikis.base import Refused, Unreachable
from lodge_services.shares.wikis.delivery import Deleted, Delivered
from lodge_services.shares.wikis.git import program as git_program
from lodge_services.shares.wikis.git.program import GitAddress
from lodge_services.shares.wikis.git.wiki import GitWiki
from support.git_pages import Noted, code, deliver, document
from support.git_wiki import TOKEN, Repository, served


def test_a_wrong_token_is_told_and_never_shown(
    repository: Repository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with served(repository) as url:
        wiki = GitWiki(GitAddress(url), lambda: "wrong-s3cret", tmp_path / "clone")
        with pytest.raises(Refused, match="by no token, or another one") as told:
            wiki.who()
        right = GitWiki(GitAddress(url, user="bot"), lambda: TOKEN, tmp_path / "clone")
        assert right.who() == "bot"
    assert "s3cret" not in str(told.value) + caplog.text
    kept = subprocess.run(
        ["grep", "-rl", TOKEN, str(tmp_path / "clone")], capture_output=True, check=False
    )
    assert kept.stdout == b""


def test_a_token_that_may_not_push_is_told_where_everybody_reads(
    repository: Repository, tmp_path: Path
) -> None:
    repository.push({"Home.md": "Welcome"})
    with served(repository, public=True) as url:
        wrong = GitWiki(GitAddress(url), lambda: "wrong", tmp_path / "clone")
        assert wrong.titled("Home.md") is not None
        with pytest.raises(Refused, match="token"):
            wrong.who()
        right = GitWiki(GitAddress(url, user="bot"), lambda: TOKEN, tmp_path / "clone")
        assert right.who() == "bot"
    assert repository.log() == ["by hand"]


def test_a_repository_that_is_away_is_tried_again(tmp_path: Path, repository: Repository) -> None:
    with served(repository) as url:
        pass
    wiki = GitWiki(GitAddress(url), lambda: TOKEN, tmp_path / "clone")
    with pytest.raises(Unreachable):
        wiki.titled("Home.md")
    wiki = GitWiki(GitAddress(str(tmp_path / "nowhere")), lambda: "", tmp_path / "clone")
    with pytest.raises(Refused, match="no repository"):
        wiki.titled("Home.md")


def lock(clone: Path) -> None:
    (clone / "refs" / "lodge").mkdir(exist_ok=True)
    (clone / "refs" / "lodge" / "seen.lock").touch()


def settings_lock(clone: Path) -> None:
    (clone / "config.lock").touch()


def half_an_object(clone: Path) -> None:
    for path in (clone / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")


def no_settings(clone: Path) -> None:
    (clone / "config").write_text("[core")


def no_head(clone: Path) -> None:
    (clone / "HEAD").unlink()


@pytest.mark.parametrize("damage", [no_head, lock, settings_lock, half_an_object, no_settings])
def test_a_clone_that_is_damaged_is_made_anew(
    wiki: GitWiki, repository: Repository, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    wiki.create("Home.md", "Hello", "first")
    repository.push({"Other.md": "theirs"})
    damage(tmp_path / "clone" / "team")
    for _ in range(2):
        try:
            found = wiki.titled("Home.md")
        except Unreachable as error:
            assert "was damaged and is made anew" in error.message  # noqa: PT017
    assert found is not None
    assert found.text == "Hello"


def test_a_server_that_is_silent_is_left_and_no_program_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_program, "SILENCE_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wiki = GitWiki(
            GitAddress(f"http://127.0.0.1:{silent.getsockname()[1]}/w.git"), str, tmp_path / "clone"
        )
        with pytest.raises(Unreachable):
            wiki.titled("Home.md")
    assert [one for one in psutil.Process().children(recursive=True) if "git" in one.name()] == []


def test_a_history_that_was_made_anew_is_followed(wiki: GitWiki, repository: Repository) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("one")))
    repository.rewrite()
    assert isinstance(deliver(wiki, noted, document(code("two"), version=2)), Delivered)
    assert "two" in repository.read("Reports/Delays.md")
    repository.push({}, moves={"Reports/Delays.md": "Elsewhere.md"})
    repository.rewrite()
    assert isinstance(deliver(wiki, noted, document(code("three"), version=3)), Deleted)


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        (
            "error: RPC failed; HTTP 413 curl 22 The requested URL returned error: 413",
            Refused,
            "size",
        ),
        ("fatal: unable to access 'x': The requested URL returned error: 301", Refused, "leads to"),
        ("fatal: unable to access 'x': The requested URL returned error: 403", Refused, "write"),
        ("fatal: unable to access 'x': SSL certificate problem: self-signed", Refused, "trusts"),
        ("fatal: unable to access 'x': Failed to connect to h port 40355", Unreachable, "answer"),
        ("fatal: unable to access 'x': Could not resolve host: h", Unreachable, "answer"),
        ("fatal: expected 'acknowledgments', got 4031bf", Unreachable, "answer"),
        ("error: file write error: No space left on device", Unreachable, "disk"),
    ],
)
def test_what_git_says_is_told(tmp_path: Path, said: str, kind: type[Exception], told: str) -> None:
    clone = git_program.Clone(GitAddress("https://x"), str, tmp_path / "clone")
    error = clone._told("push", said.encode())
    assert isinstance(error, kind)
    assert told in str(error)
