"""%%sql on Kylin's REST protocol, as a fake speaks it."""

from __future__ import annotations

import datetime
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lodge_magics.errors import InterruptedCellError, SourceError, SqlError
from lodge_magics.interrupt import run_interruptible
from lodge_magics.sql import catalog
from lodge_magics.sql.config import parse
from lodge_magics.sql.memory import used
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.databases import PASSWORD, until
from support.kylin_fake import USER, FakeKylin, running_kylin
from support.sources import run

pytestmark = pytest.mark.integration

SLOW = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT 1 FROM c) SELECT sum(x) FROM c"


@pytest.fixture(scope="module")
def kylin() -> Iterator[FakeKylin]:
    with running_kylin(PASSWORD) as fake:
        yield fake


def settings(port: int, project: str = "learn_kylin") -> str:
    return (
        f'[sources.olap]\ntype = "kylin"\nhost = "127.0.0.1"\nport = {port}\nuser = "{USER}"\n'
        f'project = "{project}"\npassword_env = "OLAP_PASSWORD"\n'
    )


def connect(text: str) -> RelationalSource:
    return Connections().get(parse(text, "sources.toml").find("olap"))


@pytest.fixture
def source(kylin: FakeKylin, monkeypatch: pytest.MonkeyPatch) -> RelationalSource:
    monkeypatch.setenv("OLAP_PASSWORD", PASSWORD)
    return connect(settings(kylin.port))


def test_a_result_has_the_types_of_its_columns(source: RelationalSource) -> None:
    frame = run(source, "SELECT * FROM sales ORDER BY price").value
    assert frame.PRICE.tolist() == [Decimal("1.5000"), Decimal("3.0000"), None]
    assert frame.ID.tolist()[::2] == [1, 2]
    assert [str(dtype) for dtype in frame.dtypes] == [
        "Int64", "object", "object", "boolean", "datetime64[us]",
    ]  # fmt: skip
    assert frame.DAY[1] == pd.Timestamp("2013-01-04")
    assert run(source, "SELECT 1 AS a, 2 AS a").value.columns.tolist() == ["a", "a"]


@pytest.mark.parametrize(
    "value",
    [
        "ann", "", "?", "%s", ":a", '"', "-- x", "/* */", "; DROP TABLE sales", "名字 😀\n",
        None, True, 7, -(2**62), 0.5, 1e300, Decimal("1.50"),
        datetime.date(2013, 1, 2), datetime.datetime(2013, 1, 2, 3, 4, 5, 6000),
    ],
)  # fmt: skip
def test_what_is_bound_comes_back_as_it_was(source: RelationalSource, value: Any) -> None:
    text = (
        "-- isn't it?\nSELECT ID, :v AS v, 'it''s ? \"' AS \"w\" /* ? ' */ FROM sales "
        "WHERE seller IN :names AND (SELLER <> :v OR 1 = 1 OR :v = SELLER)"
    )
    text = text if isinstance(value, str) else text.partition(" AND ")[0]
    frame = run(source, text, v=value, names=["ann", "x"]).value
    assert frame.w.tolist() == ["it's ? \""]
    got = frame.v[0]
    assert (
        got is None
        if value is None
        else got == (pd.Timestamp(value) if isinstance(value, datetime.date) else value)
    )


@pytest.mark.parametrize("value", ["'", "' OR '1'='1", "a\\", "${env:HOME}"])
def test_a_text_that_kylin_would_not_escape_is_not_sent(
    source: RelationalSource, kylin: FakeKylin, value: str
) -> None:
    before = len(kylin.requests)
    with pytest.raises(SqlError, match="without escaping it") as caught:
        run(source, "SELECT * FROM sales WHERE seller = :v", v=value)
    assert value not in str(caught.value)
    with pytest.raises(SqlError, match="look for a value"):
        run(source, "SELECT * FROM sales WHERE seller = ? OR seller = :v", v="x")
    with pytest.raises(SqlError, match="look for a value"):
        run(source, 'SELECT "it\'s" FROM sales WHERE seller = :v', v="x")
    for wrong in (float("nan"), b"x", datetime.datetime(2013, 1, 2, 3, 4, 5, 6)):
        with pytest.raises(SqlError, match=r"Kylin (cannot )?takes?"):
            run(source, "SELECT :v AS v", v=wrong)
    assert len(kylin.requests) == before


def test_lists_previews_and_plans(source: RelationalSource, kylin: FakeKylin) -> None:
    assert run(source, "SELECT * FROM sales WHERE id IN :ids", ids=[]).value.empty
    assert len(run(source, "SELECT * FROM sales WHERE id NOT IN :ids", ids=[]).value) == 3
    assert len(run(source, "SELECT * FROM sales", "--preview 2").value) == 2
    assert kylin.requests[-1]["sql"].endswith("\nLIMIT 2")
    assert len(run(source, "SELECT * FROM sales LIMIT 3", "--preview 2").value) == 2
    assert "SALES" in run(source, "SELECT * FROM sales", "--explain").plan


def test_a_long_list_is_taken(source: RelationalSource) -> None:
    text = "SELECT * FROM sales WHERE id IN :ids"
    assert set(run(source, text, ids=list(range(70_000))).value.ID) == {1, 2}


def test_a_large_result_is_one_request(source: RelationalSource, kylin: FakeKylin) -> None:
    before = len(kylin.requests)
    frame = run(source, "SELECT range AS n, 'x' || range AS t FROM range(30000)").value
    assert frame.n.tolist() == list(range(30000))
    assert frame.t[29999] == "x29999"
    assert len(kylin.requests) == before + 1


def test_a_failed_query_is_one_sentence(source: RelationalSource) -> None:
    with pytest.raises(SqlError) as caught:
        run(source, "SELECT * FROM salse")
    assert str(caught.value).startswith("The query failed on olap: From line 1")
    assert "Object 'SALSE' not found within 'DEFAULT'; did you mean DEFAULT.SALES?" in str(
        caught.value
    )
    assert "while executing" not in str(caught.value)
    with pytest.raises(SqlError, match="Conversion Error"):
        run(source, "SELECT CAST('x' AS INTEGER)")


def test_tables_and_columns(
    source: RelationalSource,
    kylin: FakeKylin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [(table.name, table.kind) for table in source.tables()] == [("DEFAULT.SALES", "table")]
    for name in ("DEFAULT.SALES", "sales"):
        assert [(c.name, c.type) for c in source.columns(name)][:3] == [
            ("ID", "bigint"), ("SELLER", "varchar(4096)"), ("PRICE", "decimal(19,4)"),
        ]  # fmt: skip
    assert source.columns("nosuch") == []
    path = tmp_path / "sources.toml"
    path.write_text(settings(kylin.port), encoding="utf-8")
    monkeypatch.setenv("LODGE_SOURCES", str(path))
    assert catalog.main(["tables"]) == 0
    assert json.loads(capsys.readouterr().out)["items"][0]["sql"] == '"DEFAULT".SALES'
    assert catalog.main(["preview", "--table", "DEFAULT.SALES", "--limit", "2"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 2


@pytest.mark.parametrize("deaf", [False, True])
def test_an_interrupt_stops_the_query(
    source: RelationalSource, kylin: FakeKylin, monkeypatch: pytest.MonkeyPatch, deaf: bool
) -> None:
    monkeypatch.setattr(kylin, "deaf", deaf)

    def interrupt() -> None:
        until(lambda: next(iter(kylin.running)), StopIteration)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(InterruptedCellError):
        run(source, SLOW)
    assert time.monotonic() - began < 20
    thread.join()

    def gone() -> None:
        assert not kylin.running

    if deaf:
        for cursor in list(kylin.running.values()):
            cursor.interrupt()
    until(gone)
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_a_result_that_does_not_fit_is_stopped_while_it_comes(
    source: RelationalSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LODGE_SQL_MEMORY_LIMIT", str(used() + (100 << 20)))
    with pytest.raises(SqlError, match=r"was stopped: [\d,]+ rows so far"):
        run(source, "SELECT 'some text of a row that is long ' || range AS t FROM range(9000000)")
    monkeypatch.delenv("LODGE_SQL_MEMORY_LIMIT")
    assert run(source, "SELECT 1 AS a").value.a.tolist() == [1]


def test_what_cannot_be_reached_is_told(kylin: FakeKylin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLAP_PASSWORD", "wrong-secret")
    with pytest.raises(SourceError, match=rf"olap cannot be reached: the user {USER}") as caught:
        connect(settings(kylin.port))
    assert "wrong-secret" not in str(caught.value)
    monkeypatch.setenv("OLAP_PASSWORD", PASSWORD)
    with pytest.raises(SourceError, match=r"does not have .* did you mean learn_kylin\?"):
        connect(settings(kylin.port, "learn_kyln"))
    connect(settings(kylin.port, "LEARN_KYLIN"))
    with pytest.raises(SourceError, match=r"no answer from http://127.0.0.1:1/kylin \(Connection"):
        connect(settings(1))
    url = settings(kylin.port).replace(
        f'host = "127.0.0.1"\nport = {kylin.port}', f'url = "http://127.0.0.1:{kylin.port}/other"'
    )
    with pytest.raises(SourceError, match=r"there is no Kylin 5 at http://.*/other \(404\)"):
        connect(url)
    connect(url.replace("/other", ""))
    connect(url.replace("/other", "/kylin/api/"))


def test_an_interrupt_of_the_catalog_hangs_up(
    source: RelationalSource, kylin: FakeKylin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, over = threading.Event(), threading.Event()

    def slow() -> list[dict[str, Any]]:
        asked.set()
        assert over.wait(60)
        return []

    monkeypatch.setattr(kylin, "tables", slow)

    def interrupt() -> None:
        assert asked.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(InterruptedCellError):
        run_interruptible(source.tables, source.cancel)

    def gone() -> None:
        assert all(one.name != "lodge-work" for one in threading.enumerate())

    # While the fake still holds its answer back.
    until(gone)
    over.set()
    thread.join()
