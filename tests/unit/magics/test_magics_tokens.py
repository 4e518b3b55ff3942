"""The tokenizer and the splitting of statements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.sql.parse import split_statements
from lodge_magics.sql.tokens import (
    DUCKDB,
    LEXES,
    MYSQL,
    POSTGRES,
    SPARK,
    SQLITE,
    Kind,
    Lexis,
    tokenize,
)

PIECES = st.sampled_from(
    [
        *("'", '"', "`", "\\", "--", "/*", "*/", "#", "$$", "$t$", ":", "::", ":a", ":=", ";", "["),
        *(
            "]",
            "(",
            ")",
            "{",
            "}",
            ",",
            " ",
            "\n",
            "a",
            "IN",
            "e",
            "r",
            "1",
            "12:30",
            "@",
            "%",
            "名",
        ),
    ]
)
LEXIS = st.sampled_from(list(LEXES.values()))


def parameters(text: str, lexis: Lexis = DUCKDB) -> list[str]:
    return [token.text for token in tokenize(text, lexis) if token.kind is Kind.PARAMETER]


@given(st.lists(PIECES).map("".join), LEXIS)
def test_the_tokens_are_the_text(text: str, lexis: Lexis) -> None:
    assert "".join(token.text for token in tokenize(text, lexis)) == text


@given(st.text(), LEXIS)
def test_any_text_can_be_cut(text: str, lexis: Lexis) -> None:
    assert "".join(token.text for token in tokenize(text, lexis)) == text


@given(st.lists(PIECES).map("".join), LEXIS)
def test_parameters_are_names_after_a_colon(text: str, lexis: Lexis) -> None:
    for name in parameters(text, lexis):
        assert name[0] == ":"
        assert name[1:].isidentifier()


@given(st.text().map(lambda text: text.replace("'", "''")))
def test_nothing_in_a_string_is_a_parameter(inside: str) -> None:
    assert parameters(f"SELECT '{inside}', :a", SQLITE) == [":a"]
    assert parameters(f"SELECT '{inside}', :a", DUCKDB) == [":a"]


@given(st.text().map(lambda text: text.replace("\\", "\\\\").replace("'", "\\'")))
def test_nothing_in_an_escaped_string_is_a_parameter(inside: str) -> None:
    assert parameters(f"SELECT '{inside}', :a", MYSQL) == [":a"]
    assert parameters(f"SELECT '{inside}', :a", SPARK) == [":a"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '12:30', '{\"a\":b}', 'a :b c'",
        'SELECT "a:b", x."c :d"',
        "SELECT a::int, b ::date, c:: text",
        "-- :a\nSELECT 1 /* :b */",
        "SELECT payload:field.sub, payload:field:deep FROM t",
        "SELECT {'a':b, \"c\":d, e:f}",
        "SELECT x[1:n], x[:n], x[a:b], x[a :b], f(x)[:n], x[1:n][:m]",
        "SELECT 12:30",
        "SELECT @a := 1, @b:=c",
        "outer_loop: LOOP",
        "SELECT f(x):name",
        "SELECT total:amount FROM t",
        "SELECT :1, : a, :",
        "SELECT $$ :a ' $$, $tag$ :b $$ $tag$",
        "SELECT e'it\\'s :a'",
        "SELECT /* /* :a */ :b */ 1",
    ],
)
def test_these_colons_stay(text: str) -> None:
    assert parameters(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT :a", [":a"]),
        (":a", [":a"]),
        ("WHERE x=:a AND y>= :b OR z<>:c", [":a", ":b", ":c"]),
        ("IN (:a,:b, :c)", [":a", ":b", ":c"]),
        ("IN :days", [":days"]),
        ("SELECT :a::int, -:b, 1+:c", [":a", ":b", ":c"]),
        ("SELECT [:a, :b], ARRAY[:c]", [":a", ":b", ":c"]),
        ("SELECT x[1 + :i], x[f(:j)], {'k': :v}", [":i", ":j", ":v"]),
        ("SELECT :起始日, :ünder_1", [":起始日", ":ünder_1"]),
        ("LIMIT :n;SELECT :m", [":n", ":m"]),
    ],
)
def test_these_are_parameters(text: str, names: list[str]) -> None:
    assert parameters(text) == names


def test_dialects_differ() -> None:
    assert parameters("SELECT 1 # :a", MYSQL) == []
    assert parameters("SELECT 1 # :a", DUCKDB) == [":a"]
    assert parameters("SELECT 5--:a\n", MYSQL) == [":a"]
    assert parameters("SELECT 5--:a\n", SQLITE) == []
    assert parameters("SELECT [a :b] FROM t", SQLITE) == []
    assert parameters("SELECT `a :b`", SPARK) == []
    assert parameters(r"SELECT r'\', :a", SPARK) == [":a"]
    assert parameters(r"SELECT '\', :a", SPARK) == []
    assert parameters(r'SELECT "\" :a"', MYSQL) == []
    assert parameters("/* /* */ :a", MYSQL) == [":a"]


def texts(text: str, lexis: Lexis = DUCKDB) -> list[str]:
    return [statement.text for statement in split_statements(text, lexis)]


def test_statements() -> None:
    assert texts("SELECT 1; ;\n-- only this\n;SELECT ';' ; ") == ["SELECT 1", "SELECT ';'"]
    assert texts("  -- first\nSELECT 1 -- last; one") == ["-- first\nSELECT 1 -- last; one"]
    assert texts("") == []


def test_routines_are_one_statement() -> None:
    trigger = (
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; END"
    )
    assert texts(f"{trigger}; SELECT 1", SQLITE) == [trigger, "SELECT 1"]
    procedure = (
        "CREATE OR REPLACE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; "
        "CASE x WHEN 1 THEN SELECT 2; END CASE; END"
    )
    assert texts(f"{procedure};SELECT 1", MYSQL) == [procedure, "SELECT 1"]
    assert texts("BEGIN; INSERT INTO t VALUES (1); COMMIT; END; SELECT 1") == [
        *("BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "END", "SELECT 1")
    ]


def test_brackets_of_a_rule_hold_statements() -> None:
    rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT ')'; DELETE FROM (SELECT 1) a;)"
    assert texts(f"{rule}; SELECT 1", POSTGRES) == [rule, "SELECT 1"]
    # One that is never closed is a slip, which the database tells of.
    assert texts("SELECT (1; SELECT (2)", POSTGRES) == ["SELECT (1", "SELECT (2)"]


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("WITH a (update, b) AS (SELECT delete(1), update FROM t) SELECT * FROM a", True),
        ("WITH a AS (INSERT INTO t VALUES (1) RETURNING b) SELECT * FROM a", False),
        ("WITH a AS MATERIALIZED (/* x */ delete FROM t RETURNING 1) SELECT * FROM a", False),
        ("WITH a AS (SELECT 1), b AS (UPDATE t SET c = 1) TABLE a", False),
    ],
)
def test_what_changes_something_inside_is_not_run_again(text: str, may: bool) -> None:
    (statement,) = split_statements(text, POSTGRES)
    assert statement.is_select is may


SCRIPT = (
    "BEGIN DECLARE total INT DEFAULT 0; IF total = 0 THEN SELECT 1; ELSE SELECT 2; END IF; "
    "WHILE total < 3 DO SET total = total + 1; END WHILE; l: LOOP LEAVE l; END LOOP; "
    "REPEAT SET x = repeat('a', 2); UNTIL x END REPEAT; FOR r AS SELECT 1 DO SELECT 2; END FOR; "
    "CASE WHEN 1 THEN SELECT CASE x WHEN 1 THEN 2 END; END CASE; BEGIN SELECT 3; END; SELECT 4; END"
)
PROCEDURE = (
    "CREATE OR REPLACE DEFINER=`a`@localhost PROCEDURE p() BEGIN SELECT begin, end FROM shift; "
    "UPDATE shift SET begin = 1, end = 2 WHERE begin BETWEEN 1 AND end; END"
)


@pytest.mark.parametrize(
    ("lexis", "first"),
    [
        (SPARK, SCRIPT),
        (SPARK, f"label: {SCRIPT} label"),
        (MYSQL, SCRIPT.replace("BEGIN DECLARE", "BEGIN NOT ATOMIC DECLARE")),
        (MYSQL, "IF 1 THEN SELECT 1; END IF"),
        (MYSQL, PROCEDURE),
        (MYSQL, "CREATE PROCEDURE p() SELECT begin FROM shift"),
        (MYSQL, "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END"),
        (MYSQL, "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM t; END"),
        (
            MYSQL,
            (
                "CREATE PROCEDURE p() COMMENT 'x' BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION "
                "BEGIN SELECT 1; END; SELECT 2; END"
            ),
        ),
        (MYSQL, "CREATE FUNCTION IF NOT EXISTS f() RETURNS INT RETURN IF(1, 2, 3)"),
        (MYSQL, "CREATE TABLE shift (event VARCHAR(20), begin DATETIME)"),
        (MYSQL, "BEGIN"),
        (POSTGRES, 'CREATE TABLE event (id int, begin timestamp, "end" timestamp)'),
        (POSTGRES, "CREATE INDEX ON event (begin)"),
        (POSTGRES, "CREATE TABLE function (begin int)"),
        (
            POSTGRES,
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
                "SELECT CASE WHEN true THEN 2 END; END"
            ),
        ),
    ],
)
def test_a_block_is_one_statement_and_a_name_is_none(lexis: Lexis, first: str) -> None:
    assert texts(f"{first}; SELECT 1", lexis) == [first, "SELECT 1"]


def test_a_database_that_can_be_asked_tells_where_a_statement_ends() -> None:
    asked = []

    def complete(text: str) -> bool:
        asked.append(text)
        return text.endswith("END")

    parts = split_statements(
        "SELECT 1; CREATE TRIGGER t BEGIN a; b; END; SELECT 2", MYSQL, complete
    )
    assert [part.text for part in parts] == [
        *("SELECT 1", "CREATE TRIGGER t BEGIN a; b; END", "SELECT 2")
    ]
    assert asked == [
        "CREATE TRIGGER t BEGIN a",
        "CREATE TRIGGER t BEGIN a; b",
        "CREATE TRIGGER t BEGIN a; b; END",
    ]
    # What it takes for no statement at all ends where its words say.
    parts = split_statements("IF 1 THEN SELCT; END IF; SELECT 2", MYSQL, lambda text: False)
    assert [part.text for part in parts] == ["IF 1 THEN SELCT; END IF", "SELECT 2"]


@given(st.lists(st.sampled_from(["SELECT 1", "VALUES (';')", "SELECT '--' -- x\n"]), max_size=5))
def test_joined_statements_come_apart(parts: list[str]) -> None:
    assert texts(";".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("text", "asks", "changes"),
    [
        ("SELECT 1", True, False),
        ("(SELECT 1) UNION (SELECT 2)", True, False),
        ("/* x */ with a as (delete from t) select replace(x, 1, 2) from a", True, False),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", False, True),
        ("FROM t", True, False),
        ("insert into t values (1)", False, True),
        ("CREATE TABLE t AS SELECT 1", False, False),
        ("SELECT 1 INTO OUTFILE 'x'", False, False),
        ("EXPLAIN ANALYZE DELETE FROM t", False, False),
        ("SHOW TABLES", True, False),
    ],
)
def test_what_a_statement_does(text: str, asks: bool, changes: bool) -> None:
    (statement,) = split_statements(text, DUCKDB)
    assert (statement.asks, statement.changes) == (asks, changes)
