"""Rendered notebooks on disk: made once, whole, by the renderer that runs, and bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lodge_services.shares.rendered import RenderedStore


class Renderer:
    def __init__(self, page: str = "<div>é</div>") -> None:
        self.page, self.times = page, 0

    def __call__(self) -> str:
        self.times += 1
        return self.page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "rendered"


def test_a_notebook_is_rendered_once_for_all_processes(folder: Path) -> None:
    make = Renderer()
    for _ in range(2):
        store = RenderedStore(folder)
        for _ in range(2):
            assert store.get("a", "en", make) == make.page.encode()
    assert make.times == 1
    store.get("a", "zh", make)
    assert make.times == 2
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"\xff\n", b"<script>alert(1)</script>"])
def test_what_is_damaged_is_made_anew(folder: Path, damage: bytes) -> None:
    make, store = Renderer(), RenderedStore(folder)
    store.get("a", "en", make)
    (path,) = folder.iterdir()
    for content in (damage, path.read_bytes() + damage + b"x"):
        path.write_bytes(content)
        assert store.get("a", "en", make) == make.page.encode()
    assert make.times == 3


def test_pages_of_another_renderer_are_neither_shown_nor_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Renderer("old"), Renderer("new")
    RenderedStore(folder).get("a", "en", old)
    monkeypatch.setattr("lodge_services.shares.rendered.version", lambda _: "another")
    store = RenderedStore(folder)
    assert store.get("a", "en", new) == b"new"
    store.prune()
    assert len(list(folder.iterdir())) == 1


def test_the_oldest_go_where_there_are_too_many(folder: Path) -> None:
    store = RenderedStore(folder, capacity=250)
    store.prune()
    for number in range(4):
        store.get(str(number), "en", Renderer())
        os.utime(next(folder.glob(f"{number}.*")), (number, number))
    store.prune()
    assert sorted(path.name[0] for path in folder.iterdir()) == ["1", "2", "3"]


def test_a_folder_that_takes_nothing_keeps_no_page_from_being_shown(folder: Path) -> None:
    folder.write_text("no folder")
    assert RenderedStore(folder).get("a", "en", Renderer()) == "<div>é</div>".encode()
