"""Every type of every source, with values at its edges, by every path, as the source writes it."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest
from lodge_magics.sql.sources.mysql.columns import columns_of
from support.matrix.agree import agrees, shown_agrees
from support.matrix.clickhouse import CLICKHOUSE
from support.matrix.databases import Databases, running_databases
from support.matrix.kinds import KINDS, Kind
from support.matrix.page import PAGE, sections
from support.matrix.paths import PATHS, SHOWN, come

# Types of which the values tell what they are here: numbers of 128 bits or without digits, maps,
# spans of time with or without months, arrays of several dimensions.
VALUES_TELL = (
    *("HUGEINT", "UHUGEINT", "numeric", "interval", "bigint[][]"),
    *("Int128", "Int256", "UInt128", "UInt256", "Map(", "Tuple("),
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with running_databases(tmp_path_factory.mktemp("matrix")) as running:
        yield running


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "matrix-cache"))


def _name(kind: Kind) -> str:
    return f"{kind.source}-{kind.name}"


@pytest.mark.parametrize("kind", [*KINDS, *CLICKHOUSE], ids=_name)
def test_a_type_arrives_as_its_source_writes_it(databases: Databases, kind: Kind) -> None:
    source, expected = databases.sources[kind.source], databases.texts(kind)
    wrong = []
    for path in (*PATHS, *SHOWN):
        came = come(source, kind.rows(), path)
        same = shown_agrees if path in SHOWN else agrees
        assert len(came.values) == len(expected)
        wrong += [
            f"{path}: {text!r} came as {value!r} ({came.kind})"
            for value, text in zip(came.values, expected, strict=True)
            if not same(value, text, kind.form, came.said)
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", [*KINDS, *CLICKHOUSE], ids=_name)
def test_a_value_alone_arrives_as_its_source_writes_it(databases: Databases, kind: Kind) -> None:
    """Of several values in a column one may change what comes of another, and hide a fault."""
    source = databases.sources[kind.source]
    wrong = []
    for value, text in zip(kind.values, databases.texts(kind), strict=False):
        for path in ("pandas", "arrow", "shown"):
            came = come(source, f"SELECT 1 AS n, {value} AS x", path)
            same = shown_agrees if path in SHOWN else agrees
            if not same(came.values[0], text, kind.form, came.said):
                wrong.append(f"{path}: {text!r} came as {came.values[0]!r} ({came.kind})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.source in ("mysql", "postgres")], ids=_name
)
def test_a_large_result_arrives_as_its_source_writes_it(
    databases: Databases, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large results come by ways of their own, which are taken for these few rows here."""
    monkeypatch.setattr("lodge_magics.sql.sources.postgres.source._LARGE", 0)
    monkeypatch.setattr(
        "lodge_magics.sql.sources.mysql.source.columns_of", functools.partial(columns_of, few=0)
    )
    source, expected = databases.sources[kind.source], databases.texts(kind)
    wrong = []
    for path in ("pandas", "arrow", "shown"):
        came = come(source, kind.rows(), path)
        same = shown_agrees if path in SHOWN else agrees
        wrong += [
            f"{path}: {text!r} came as {value!r} ({came.kind})"
            for value, text in zip(came.values, expected, strict=True)
            if not same(value, text, kind.form, came.said)
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", [*KINDS, *CLICKHOUSE], ids=_name)
def test_an_empty_result_keeps_the_type(databases: Databases, kind: Kind) -> None:
    source = databases.sources[kind.source]
    first = f"SELECT 1 AS n, {kind.values[0]} AS x"
    empty = f"SELECT * FROM ({first}) AS e WHERE n = 0"
    for path in ("pandas", "arrow", "polars", "cached arrow"):
        full, none = come(source, first, path), come(source, empty, path)
        assert none.values == []
        if kind.source == "sqlite" or kind.name.startswith(VALUES_TELL):
            continue
        assert none.kind.lower() == full.kind.lower(), path


def test_the_page_of_types_is_current(databases: Databases) -> None:
    written = PAGE.read_text(encoding="utf-8")
    for title, section in sections(databases).items():
        assert section in written, f"{title}: make {PAGE.name} anew, as {sections.__module__} says"
