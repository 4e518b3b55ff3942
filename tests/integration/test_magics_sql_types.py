"""Every type of Kylin, on a fake, with values at its edges, by every path, as the wire has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.databases import PASSWORD
from support.kylin_fake import running_kylin
from support.matrix.kylin import types_of_kylin
from support.matrix.page import PAGE, section_of
from support.matrix.wide import SINGLE, WHOLE, Wide

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("types")


@pytest.fixture(autouse=True)
def cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))


@pytest.fixture(scope="module")
def types(folder: Path) -> Iterator[Wide]:
    with running_kylin(PASSWORD) as kylin:
        yield types_of_kylin(kylin, PASSWORD, folder)


@pytest.mark.parametrize("path", WHOLE)
def test_a_type_arrives_as_kylin_writes_it(types: Wide, path: str) -> None:
    assert types.wrong(path) == []


@pytest.mark.parametrize("path", SINGLE)
def test_a_value_alone_arrives_as_kylin_writes_it(types: Wide, path: str) -> None:
    assert types.wrong_alone(path) == []


@pytest.mark.parametrize("path", ["pandas", "arrow", "polars", "cached arrow"])
def test_an_empty_result_keeps_its_types(types: Wide, path: str) -> None:
    assert types.changed_if_empty(path, ()) == []


def test_the_page_of_types_is_current(types: Wide) -> None:
    assert section_of("Kylin", types) in PAGE.read_text(encoding="utf-8")
