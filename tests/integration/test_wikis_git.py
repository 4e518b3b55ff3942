"""A wiki in git: real repositories, in a folder and over http, and people who push beside Lodge."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from lodge_services.render.reading import read_notebook
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import (
    Attachment,
    Document,
    Moved,
    Place,
    Refused,
    TitleTaken,
    Unreachable,
)
from lodge_services.shares.wikis.delivery import (
    Answer,
    Deleted,
    Delivered,
    Delivery,
    Edited,
    Known,
    Way,
    new_key,
)
from lodge_services.shares.wikis.git import program as git_program
from lodge_services.shares.wikis.git.program import GitAddress
from lodge_services.shares.wikis.git.wiki import GitWiki
from support.git_wiki import TOKEN, Repository, served
from support.sharing import PNG


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def wiki(repository: Repository, tmp_path: Path) -> GitWiki:
    address = GitAddress(f"file://{repository.bare}", pages="https://git.example/wikis/{page}")
    return GitWiki(address, lambda: "", tmp_path / "clone" / "team")


@pytest.fixture(params=["folder", "http"])
def any_wiki(
    request: pytest.FixtureRequest, repository: Repository, tmp_path: Path
) -> Iterator[GitWiki]:
    if request.param == "folder":
        yield GitWiki(GitAddress(str(repository.bare)), lambda: "", tmp_path / "clone")
        return
    with served(repository) as url:
        yield GitWiki(GitAddress(url), lambda: TOKEN, tmp_path / "clone")


def document(*cells: Any, title: str = "Delays", version: int = 1) -> Document:
    words = Words("en")
    return Document(
        tree=read_notebook(nbformat.v4.new_notebook(cells=list(cells)), words),
        title=title,
        description="Why flights are late",
        tags=("flights",),
        owner="Ada Lovelace",
        version=version,
        shared_at=datetime(2026, 1, 31, tzinfo=UTC),
        gallery_url="https://lodge.example/services/shares/abc",
        copy_url="https://lodge.example/services/shares/abc#fork",
        words=words,
    )


def picture(content: bytes = b"\x89PNG\r\n\x1a\nx") -> Attachment:
    return Attachment("image/png", content)


class Noted:
    """Keeps what a delivery notes."""

    def __init__(self) -> None:
        self.known = Known(new_key())

    def __call__(self, known: Known) -> None:
        self.known = known


def deliver(wiki: GitWiki, noted: Noted, what: Document, answer: Answer | None = None) -> Any:
    run = Delivery(wiki, Place("", "Reports"), what.title, noted)
    done = run.run(wiki.write(what), f"Version {what.version}", noted.known, answer)
    noted(done.known)
    return done


def code(source: str, **output: Any) -> Any:
    outputs = [nbformat.v4.new_output("display_data", data=output)] if output else []
    return nbformat.v4.new_code_cell(source, outputs=outputs)


def test_a_share_becomes_a_page_with_its_pictures_in_one_commit(
    any_wiki: GitWiki, repository: Repository
) -> None:
    noted = Noted()
    done = deliver(any_wiki, noted, document(code("plot()", **{"image/png": PNG})))
    assert isinstance(done, Delivered)
    page, (image,) = (
        "Reports/Delays.md",
        any_wiki.write(document(code("plot()", **{"image/png": PNG}))).attachments,
    )
    assert sorted(repository.files()) == [page, f"Reports/{image.name}"]
    assert f"({image.name})" in repository.read(page)
    assert repository.log() == ["Version 1"]
    assert isinstance(deliver(any_wiki, noted, document(code("other()"), version=2)), Delivered)
    assert "other()" in repository.read(page)
    # The same again is no commit.
    again = deliver(any_wiki, noted, document(code("other()"), version=2))
    assert isinstance(again, Delivered)
    assert not again.edited
    assert repository.log() == ["Version 2", "Version 1"]


def test_the_first_page_of_an_empty_wiki(wiki: GitWiki, repository: Repository) -> None:
    assert wiki.titled("Home.md") is None
    assert wiki.parents("", Place()) == []
    made = wiki.create("A b/Home.md", "Hello", "first")
    assert (made.title, made.url) == ("A b/Home.md", "https://git.example/wikis/A%20b/Home")
    assert wiki.titled("A b/Home.md") == made
    assert wiki.parents("a", Place()) == ["A b"]
    assert wiki.parents("", Place("A b")) == wiki.parents("", Place("", "A b")) == []
    assert repository.read("A b/Home.md") == "Hello"


def test_a_page_that_is_there_is_left_as_it_is(wiki: GitWiki, repository: Repository) -> None:
    repository.push({"Reports/Delays.md": "Somebody's own."})
    with pytest.raises(TitleTaken):
        wiki.create("Reports/Delays.md", "x", "first")
    done = deliver(wiki, Noted(), document(code("1")))
    assert done.page.title == "Reports/Delays-2.md"
    assert repository.read("Reports/Delays.md") == "Somebody's own."


def test_what_others_push_meanwhile_is_kept(wiki: GitWiki, repository: Repository) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("1")))
    seen = wiki._seen
    pushed = iter(range(3))

    def late() -> str | None:
        # Somebody pushes after each look, three times.
        head = seen()
        for number in pushed:
            repository.push({f"Other{number}.md": "theirs"})
            break
        return head

    wiki._seen = late  # type: ignore[method-assign]
    assert isinstance(deliver(wiki, noted, document(code("2"), version=2)), Delivered)
    assert {"Other0.md", "Other1.md", "Other2.md"} <= set(repository.files())
    assert repository.log().count("Version 2") == 1
    assert repository.log().count("by hand") == 3


def test_two_services_that_write_at_once_lose_nothing(
    repository: Repository, tmp_path: Path
) -> None:
    def write(number: int) -> None:
        own = GitWiki(GitAddress(str(repository.bare)), lambda: "", tmp_path / f"clone{number}")
        for page in range(3):
            own.create(f"P{number}-{page}.md", "x", f"{number}-{page}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(repository.log()) == sorted(f"{a}-{b}" for a in range(3) for b in range(3))
    assert len(repository.files()) == 9


def test_a_page_that_was_moved_and_edited_around_is_found(
    wiki: GitWiki, repository: Repository
) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("1")))
    text = repository.read("Reports/Delays.md")
    repository.push({}, moves={"Reports/Delays.md": "Elsewhere/Late planes.md"})
    repository.push({"Elsewhere/Late planes.md": f"Read this first.\n\n{text}"})
    done = deliver(wiki, noted, document(code("2"), version=2))
    assert isinstance(done, Delivered)
    assert done.page.title == "Elsewhere/Late planes.md"
    assert repository.read("Elsewhere/Late planes.md").startswith("Read this first.")
    assert not any(name.endswith("Delays.md") for name in repository.files())


@pytest.mark.parametrize("way", ["below", "replace"])
def test_what_people_changed_is_asked_about(
    wiki: GitWiki, repository: Repository, way: Way
) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("one")))
    text = repository.read("Reports/Delays.md")
    repository.push({"Reports/Delays.md": text.replace("one", "better")})
    asked = deliver(wiki, noted, document(code("two"), version=2))
    assert isinstance(asked, Edited)
    # Another page's commit is no other state of this one.
    repository.push({"Other.md": "theirs"})
    answer = Answer(way, asked.page.revision)
    assert isinstance(deliver(wiki, noted, document(code("two"), version=2), answer), Delivered)
    text = repository.read("Reports/Delays.md")
    assert "two" in text
    assert ("better" in text) is (way == "below")


def test_a_deleted_page_is_asked_about(wiki: GitWiki, repository: Repository) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("one")))
    repository.push({"Reports/Delays.md": None, "Other.md": "theirs"})
    assert isinstance(deliver(wiki, noted, document(code("two"), version=2)), Deleted)
    done = deliver(wiki, noted, document(code("two"), version=2), Answer("anew"))
    assert isinstance(done, Delivered)
    assert "two" in repository.read("Reports/Delays.md")


def test_a_page_changed_after_it_was_read_is_not_overwritten(
    wiki: GitWiki, repository: Repository
) -> None:
    page = wiki.create("Home.md", "ours", "first")
    repository.push({"Home.md": "theirs"})
    with pytest.raises(Moved):
        wiki.update(page, "ours again", "second")
    with pytest.raises(Moved):
        wiki.update(replace(page, id="Gone.md"), "ours again", "second")
    assert repository.read("Home.md") == "theirs"
    wiki.remove(wiki.titled("Home.md"), "gone")  # type: ignore[arg-type]
    assert repository.files() == []


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


def test_a_page_goes_to_the_branch_that_the_wiki_shows(tmp_path: Path) -> None:
    repository = Repository(tmp_path, "master")
    repository.push({"Home.md": "Hello"})
    own = GitWiki(GitAddress(f"file://{repository.bare}"), str, tmp_path / "own")
    own.create("Page.md", "ours", "first")
    assert repository.log() == ["first", "by hand"]
    other = GitWiki(GitAddress(f"file://{repository.bare}", "main"), str, tmp_path / "other")
    with pytest.raises(Refused, match="has no branch main, but master"):
        other.create("Lost.md", "ours", "first")


def test_what_is_no_page_is_never_replaced(wiki: GitWiki, repository: Repository) -> None:
    repository.push({"Delays.md/theirs.txt": "a", "Reports": "a file", "link": "Home.md"})
    before = repository.files()
    assert wiki.titled("Delays.md") is None
    with pytest.raises(TitleTaken):
        wiki.create("Delays.md", "ours", "first")
    with pytest.raises(Refused, match="a file where the folder Reports has to be"):
        wiki.create("Reports/Delays.md", "ours", "first")
    repository.link("Page.md", "link")
    assert wiki.titled("Page.md") is None
    with pytest.raises(TitleTaken):
        wiki.create("Page.md", "ours", "first")
    assert repository.files() == sorted([*before, "Page.md"])


def test_what_people_write_in_another_encoding_stays(wiki: GitWiki, repository: Repository) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("one")))
    around = "caf\xe9 \udcff".encode("utf-8", "surrogateescape") + b"\xe9\n"
    path = "Reports/Delays.md"
    repository.push({path: around + repository.read(path).encode()})
    assert isinstance(deliver(wiki, noted, document(code("two"), version=2)), Delivered)
    assert repository.read_bytes(path).startswith(around + b"<!-- Lodge")


def test_an_editor_that_ends_lines_otherwise_changes_nothing(
    wiki: GitWiki, repository: Repository
) -> None:
    noted = Noted()
    deliver(wiki, noted, document(code("one")))
    path = "Reports/Delays.md"
    repository.push({path: b"\xef\xbb\xbf" + repository.read_bytes(path).replace(b"\n", b"\r\n")})
    again = deliver(wiki, noted, document(code("one")))
    assert isinstance(again, Delivered)
    assert not again.edited
    assert isinstance(deliver(wiki, noted, document(code("two"), version=2)), Delivered)
    text = repository.read_bytes(path)
    assert b"two" in text
    assert text.count(b"\n") == text.count(b"\r\n")


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


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("Late planes: why?", "Reports/Late-planes-why.md"),
        ("../../etc/passwd", "Reports/etc-passwd.md"),
        ("a/b\\c", "Reports/a-b-c.md"),
        (".git", "Reports/Notebook.md"),
        ("延误分析", "Reports/延误分析.md"),
        ("[[x]] #1 {y}", "Reports/x-1-y.md"),
        ("x" * 500, f"Reports/{'x' * 200}.md"),
    ],
)
def test_titles_become_paths(wiki: GitWiki, title: str, path: str) -> None:
    assert wiki.title(Place("", "Reports"), title) == path
