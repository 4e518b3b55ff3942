"""A wiki in git: a repository in a folder, and one over http."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_services.shares.wikis.git.program import GitAddress
from lodge_services.shares.wikis.git.wiki import GitWiki
from support.git_wiki import TOKEN, Repository, served


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
