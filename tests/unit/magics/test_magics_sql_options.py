"""The options of %%sql and %sql, and the limit of a preview."""

from __future__ import annotations

import duckdb
import pytest
from lodge_magics.errors import OptionError, SqlError
from lodge_magics.sql.options import CatalogOptions, SqlOptions, parse_catalog, parse_options
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.preview import limited
from lodge_magics.sql.tokens import LEXES


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", SqlOptions()),
        ("df --source shop --quiet", SqlOptions("df", "shop", quiet=True)),
        ("--preview df", SqlOptions("df", preview=100)),
        ("--preview 5 df", SqlOptions("df", preview=5)),
        ("df --cache", SqlOptions("df", cache="")),
        ("df --cache refresh", SqlOptions("df", cache="refresh")),
        ("--cache memory_only df", SqlOptions("df", cache="MEMORY_ONLY")),
        ("--cache df", SqlOptions("df", cache="")),
        ("--refresh", SqlOptions(cache="refresh")),
        ("df --cache --refresh", SqlOptions("df", cache="refresh")),
        ("df --as arrow --explain", SqlOptions("df", shape="arrow", explain=True)),
        (
            "--param d=['a', 'b'] --param n=len( 'x' )",
            SqlOptions(params={"d": "['a', 'b']", "n": "len( 'x' )"}),
        ),
    ],
)
def test_options(line: str, expected: SqlOptions) -> None:
    assert parse_options(line) == expected


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("a b", "takes one variable, not a b"),
        ("1a", "1a is no Python name"),
        ("--sorce x", "did you mean --source?"),
        ("--param x", "needs NAME=EXPR"),
        ("--param 1=2", "needs NAME=EXPR"),
        ("--preview=0", "needs a number of rows, not 0"),
        ("--preview=x", "needs a number of rows, not x"),
        ("--as pandsa", "--as of %%sql knows no pandsa; did you mean pandas?"),
        ("--as", "--as"),
        ("--cache=MEMORY_ONLY --refresh", "--refresh asks a database anew"),
        ("--cache=MEMORY_ONYL", "did you mean MEMORY_ONLY?"),
    ],
)
def test_mistakes_are_one_sentence(line: str, part: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(line)
    assert part in str(caught.value)


def test_catalog() -> None:
    assert parse_catalog("sources") == CatalogOptions("sources")
    assert parse_catalog("tables --source x") == CatalogOptions("tables", None, "x")
    assert parse_catalog("columns t") == CatalogOptions("columns", "t")
    for line, part in [
        ("", "%sql shows sources, tables or columns TABLE"),
        ("tabels", "did you mean tables?"),
        ("columns", "needs one table"),
        ("tables x", "drop x"),
    ]:
        with pytest.raises(OptionError, match=part.replace("?", r"\?")):
            parse_catalog(line)


def preview(text: str, kind: str = "duckdb", rows: int = 10) -> str:
    (statement,) = split_statements(text, LEXES[kind])
    return limited(statement, kind, rows).text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("SELECT 1", "SELECT 1\nLIMIT 10"),
        ("SELECT 1 -- end", "SELECT 1 -- end\nLIMIT 10"),
        ("SELECT :a WHERE x IN (:b)", "SELECT :a WHERE x IN (:b)\nLIMIT 10"),
        ("SELECT 1 UNION ALL SELECT 2", "SELECT 1 UNION ALL SELECT 2\nLIMIT 10"),
        ("WITH a AS (SELECT 1) SELECT * FROM a", None),
        ("SELECT 1 LIMIT 5", "SELECT 1 LIMIT 5"),
        ("SELECT 1 LIMIT 50", "SELECT 1 LIMIT 10"),
        ("SELECT 1 LIMIT 50 OFFSET 3 -- end", "SELECT 1 LIMIT 10 OFFSET 3 -- end"),
        ("SELECT (SELECT 1 LIMIT 50) LIMIT 60", "SELECT (SELECT 1 LIMIT 50) LIMIT 10"),
        (
            "SELECT 1 LIMIT 50%",
            "SELECT * FROM (\nSELECT 1 LIMIT 50%\n) AS lodge_preview\nLIMIT 10",
        ),
        ("SELECT 1 LIMIT :n", "SELECT * FROM (\nSELECT 1 LIMIT :n\n) AS lodge_preview\nLIMIT 10"),
    ],
)
def test_a_limit_is_put_into_the_query(text: str, result: str | None) -> None:
    assert preview(text) == (result or f"{text}\nLIMIT 10")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT range FROM range(1000)",
        "FROM range(1000)",
        "SELECT range FROM range(1000) LIMIT 200",
        "SELECT range FROM range(1000) LIMIT 200 OFFSET 3",
        "SELECT range FROM range(1000) ORDER BY 1 DESC -- last",
        "SELECT range FROM range(1000) OFFSET 3",
        "(SELECT range FROM range(1000)) UNION ALL SELECT 1",
        "VALUES " + ", ".join("(1)" for _ in range(30)),
        "WITH a AS (SELECT range FROM range(1000)) SELECT * FROM a",
        "SELECT range FROM range(1000) USING SAMPLE 500 ROWS",
        "SELECT a.range, b.range FROM range(100) a JOIN range(100) b USING (range)",
    ],
)
def test_the_limited_query_gives_the_rows_asked_for(text: str) -> None:
    with duckdb.connect() as connection:
        assert len(connection.execute(preview(text)).fetchall()) == 10


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("INSERT INTO t VALUES (1)", "only reads, and this INSERT is none"),
        ("CREATE TABLE t AS SELECT 1", "only reads, and this CREATE is none"),
        ("SHOW TABLES", "only reads, and this SHOW is none"),
        ("WITH a AS (SELECT 1) DELETE FROM t", "only reads, and this WITH is none"),
        ("SELECT 1 INTO OUTFILE 'x'", "only reads, and this SELECT is none"),
    ],
)
def test_what_is_no_select_is_refused(text: str, part: str) -> None:
    with pytest.raises(SqlError, match=part):
        preview(text, "mysql")
