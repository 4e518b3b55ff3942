"""A wiki in git: pages in real repositories, and people who push beside Lodge."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from lodge_services.shares.wikis.base import Moved, Place, Refused, TitleTaken
from lodge_services.shares.wikis.delivery import Answer, Deleted, Delivered, Edited, Way
from lodge_services.shares.wikis.git.program import GitAddress
from lodge_services.shares.wikis.git.wiki import GitWiki
from support.git_pages import Noted, code, deliver, document
from support.git_wiki import Repository
from support.sharing import PNG


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


@pytest.mark.parametrize(
    ("owner", "author"), [("Ada Lovelace", "Ada Lovelace"), ("王 <b>\n", "王 b"), ("<>", "Lodge")]
)
def test_who_has_given_an_account_is_the_author(
    repository: Repository, tmp_path: Path, owner: str, author: str
) -> None:
    address = f"file://{repository.bare}"
    hers = GitWiki(GitAddress(address, names_owner=True), str, tmp_path / "clone")
    deliver(hers, Noted(), replace(document(code("1")), owner=owner))
    assert repository.authors() == [author]
    deliver(GitWiki(GitAddress(address), str, tmp_path / "clone"), Noted(), document(code("2")))
    assert repository.authors()[0] == "Lodge"
