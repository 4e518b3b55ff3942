"""Which shares were forked from which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lodge_services.errors import NotFound
from lodge_services.shares.lineage import Lines
from lodge_services.shares.models import Actor, Readers
from lodge_services.shares.service import SharesService
from nbformat.v4 import new_code_cell, new_notebook
from support.sharing import Clock

ADA, BOB, CEM = Actor("ada"), Actor("bob"), Actor("cem")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SharesService]:
    opened = SharesService.open(f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "store", Clock())
    yield opened
    opened.close()


def fork(service: SharesService, actor: Actor, title: str, of: str, source: str, **kw: Any) -> str:
    lodge = {"lodge": {"forked_from": {"id": of, "version": 1}}} if of else {}
    notebook = new_notebook(cells=[new_code_cell(source, id="a")], metadata=lodge)
    return service.shares.create(actor, title=title, notebook=notebook, **kw).id


def tree(service: SharesService, actor: Actor, share_id: str) -> list[tuple[str, int, Any]]:
    found = service.lineage.tree(actor, share_id)
    return [(one.share.title, one.depth, one.lines) for one in found]


def test_a_tree_of_forks(service: SharesService) -> None:
    first = fork(service, ADA, "first", "", "a\nb")
    one = fork(service, BOB, "one", first, "a\nc\nd")
    two = fork(service, CEM, "two", first, "b\na")
    deep = fork(service, ADA, "deep", one, "a")
    assert tree(service, ADA, first) == [
        ("first", 0, None),
        ("one", 1, Lines(2, 1)),
        ("deep", 2, Lines(0, 2)),
        ("two", 1, Lines(0, 0)),
    ]
    assert tree(service, ADA, two) == [("two", 0, None)]
    origins = service.lineage.origins(ADA, service.shares.get(ADA, deep))
    assert [share.title for share in origins] == ["first", "one"]
    service.shares.delete(BOB, one)
    assert [title for title, _, _ in tree(service, ADA, first)] == ["first", "two"]
    assert service.lineage.origins(ADA, service.shares.get(ADA, deep)) == []


def test_a_tree_that_was_made_before_is_made_without_its_notebooks(
    service: SharesService, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fork(service, ADA, "first", "", "a\nb")
    one = fork(service, BOB, "one", first, "a\nc\nd")
    before = tree(service, ADA, first)
    read: list[str] = []

    def notebook(_actor: Actor, share_id: str, _number: int) -> dict[str, Any]:
        read.append(share_id)
        return {}

    monkeypatch.setattr(service.shares, "notebook", notebook)
    service.shares.update(BOB, one, title="one, renamed")
    assert [row[2] for row in tree(service, ADA, first)] == [row[2] for row in before]
    assert read == []
    # A new version is another thing.
    other = new_notebook(cells=[new_code_cell("z", id="a")])
    service.shares.update(BOB, one, notebook=other)
    assert tree(service, ADA, first)
    assert read == [first, one]


def test_what_one_may_not_read_is_not_in_it(service: SharesService) -> None:
    first = fork(service, ADA, "first", "", "a")
    closed = fork(service, BOB, "closed", first, "b", readers=Readers(everyone=False))
    fork(service, CEM, "open", first, "b")
    assert [title for title, _, _ in tree(service, CEM, first)] == ["first", "open"]
    assert [title for title, _, _ in tree(service, BOB, first)] == ["first", "closed", "open"]
    with pytest.raises(NotFound):
        service.lineage.tree(CEM, closed)
