"""Killed at any step of publishing, the process that comes after it ends what was begun, once."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from lodge_services.db.engine import Database
from lodge_services.db.migrate import upgrade
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor
from lodge_services.shares.publishing.core import Addresses, Publishing
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.publishing.settings import read_wikis, targets
from lodge_services.shares.stores.folder import FolderStore
from support import publish_once
from support.confluence import TOKEN
from support.confluence_server import running_confluence
from support.git_wiki import Repository
from support.mediawiki import running_mediawiki, token
from support.sharing import PNG

ADA = Actor("ada")


def notebook(text: str) -> Any:
    output = nbformat.v4.new_output("display_data", data={"image/png": PNG})
    cells = [nbformat.v4.new_code_cell(text, id="one", outputs=[output])]
    return nbformat.v4.new_notebook(cells=cells)


class Lodge:
    """A database with a share, and the process that publishes."""

    def __init__(self, folder: Path, wikis: dict[str, Any]) -> None:
        self.url = f"sqlite:///{folder}/shares.sqlite"
        self.store, self.wikis = folder / "store", json.dumps(wikis)
        upgrade(self.url, "shares")

    def publishing(self) -> Publishing:
        """Return what a process that has just begun knows."""
        shares = Shares(Database(self.url), FolderStore(self.store))
        known = targets(read_wikis({"LODGE_WIKIS": self.wikis}), self.store / "wikis")
        return Publishing(shares, known, Addresses("https://lodge.example/g/"))

    def ask(self, title: str) -> str:
        """Share a notebook and have it published; return its id."""
        publishing = self.publishing()
        share = publishing.shares.create(ADA, title=title, notebook=notebook("one"))
        publishing.publish(ADA, share.id, "team")
        publishing.shares.database.close()
        return share.id

    @contextmanager
    def killing(self) -> Iterator[Callable[[str, int], bool]]:
        """Give what tells whether a process that delivers was killed at a step, or ended before."""
        command = [sys.executable, publish_once.__file__, self.url, str(self.store), self.wikis]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            asked, said = process.stdin, process.stdout
            assert asked is not None
            assert said is not None

            def killed(share_id: str, at: int) -> bool:
                asked.write(f"{share_id} {at}\n")
                asked.flush()
                ended = int(said.readline())
                assert ended in (0, signal.SIGKILL)
                return ended == signal.SIGKILL

            yield killed

    def deliver(self, share_id: str) -> None:
        """Deliver as the next process does."""
        publishing = self.publishing()
        done = Deliveries(publishing).deliver(share_id, "team")
        publishing.shares.database.close()
        assert done is not None
        assert done.state == "published", done.message


def test_a_mediawiki_gets_one_revision_whenever_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIKI_TOKEN", token())
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running_mediawiki())
        settings = {"type": "mediawiki", "url": server.url, "user": "Lodge@shares"}
        lodge = Lodge(tmp_path, {"team": {**settings, "token_env": "WIKI_TOKEN"}})
        ends = stack.enter_context(lodge.killing())
        keeper = server.person()
        killed = 0
        for at in range(0, 200, 2):
            share_id = lodge.ask(f"Delays {at}")
            if not ends(share_id, at):
                break
            killed += 1
            lodge.deliver(share_id)
            asked = {"action": "query", "titles": f"Delays {at}", "prop": "revisions"}
            found = keeper.ask(**asked, rvlimit="50", rvprop="ids|content", rvslots="main")
            (page,) = found["query"]["pages"]
            (revision,) = page["revisions"]
            assert f"/g/{share_id}" in revision["slots"]["main"]["content"]
        # As many pages as were asked for, and one picture, sent once: what is in it names it.
        pages = keeper.ask(action="query", list="allpages", apprefix="Delays", aplimit="500")
        assert len(pages["query"]["allpages"]) == killed + 1
        files = keeper.ask(action="query", list="allimages", ailimit="50")
        assert len(files["query"]["allimages"]) == 1
        keeper.close()
    assert killed > 5


def test_a_confluence_gets_one_version_whenever_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIKI_TOKEN", TOKEN)
    with running_confluence("server") as server:
        settings = {"type": "confluence", "url": server.url, "space": "TEAM"}
        lodge = Lodge(tmp_path, {"team": {**settings, "token_env": "WIKI_TOKEN"}})
        killed = 0
        with lodge.killing() as ends:
            for at in range(0, 200, 2):
                title = f"Delays {at}"
                share_id = lodge.ask(title)
                if not ends(share_id, at):
                    break
                killed += 1
                lodge.deliver(share_id)
                page = server.one(title)
                assert f"/g/{share_id}" in page.text
                assert len(page.versions) == 1
                assert [len(one.versions) for one in page.files.values()] == [1]
        # As many pages as were asked for.
        assert len(server.pages) == killed + 1
    assert killed > 5


def test_a_repository_gets_one_commit_whenever_it_is_killed(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    lodge = Lodge(tmp_path, {"team": {"type": "git", "url": str(repository.bare)}})
    killed = 0
    with lodge.killing() as ends:
        for at in range(0, 200, 3):
            title = f"Delays {at}"
            share_id = lodge.ask(title)
            if not ends(share_id, at):
                break
            killed += 1
            lodge.deliver(share_id)
            path = f"Delays-{at}.md"
            text = repository.read(path)
            assert text.count("```python") == 1
    assert killed > 5
    # One commit a share, one picture for all: what is in it names it.
    assert len(repository.log()) == killed + 1
    pages = [name for name in repository.files() if name.endswith(".md")]
    assert len(pages) == killed + 1
    assert len(repository.files()) == killed + 2
