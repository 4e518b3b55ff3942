"""The types of each source: values at their edges, and how the source itself writes them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["KINDS", "SPARK", "Kind"]


@dataclass(frozen=True)
class Kind:
    """A type of a source.

    Attributes
    ----------
    source
        The type of the source.
    name
        Of the type.
    values
        Expressions of SQL, at least one.
    text
        What makes the source's own text of `{}`.
    form
        What that text is: `plain`, `hex` of bytes, or `json` of something nested.
    nullable
        Whether NULL can stand beside the values.
    """

    source: str
    name: str
    values: tuple[str, ...]
    text: str
    form: str = "plain"
    nullable: bool = True

    def value(self, row: int) -> str:
        """Return one of the values; behind the last NULL, or the last where there can be none."""
        if row < len(self.values):
            return self.values[row]
        return "NULL" if self.nullable else self.values[-1]

    def rows(self, *, null: bool = True) -> str:
        """Return a query for the values, numbered in `n`, as `x`; the last is NULL."""
        values = [*self.values, *(["NULL"] if null and self.nullable else [])]
        return " UNION ALL ".join(
            f"SELECT {number} AS n, {value} AS x" for number, value in enumerate(values)
        )


def _typed(kind: str, *values: str, write: str = "'{}'::{}") -> tuple[str, ...]:
    return tuple(write.format(value, kind) for value in values)


def _duckdb() -> list[Kind]:
    found: list[Kind] = []

    def add(
        kind: str, *values: str, text: str = "CAST({} AS VARCHAR)", form: str = "plain"
    ) -> None:
        found.append(Kind("duckdb", kind, _typed(kind, *values), text, form))

    def raw(kind: str, *values: str, form: str = "json") -> None:
        text = "CAST(to_json({}) AS VARCHAR)" if form == "json" else "CAST({} AS VARCHAR)"
        found.append(Kind("duckdb", kind, values, text, form))

    add("BOOLEAN", "true", "false")
    for bits, kind in ((8, "TINYINT"), (16, "SMALLINT"), (32, "INTEGER"), (64, "BIGINT"),
                       (128, "HUGEINT")):  # fmt: skip
        add(kind, str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1), "0")
        add(f"U{kind}", "0", str(2**bits - 1), str(2 ** (bits - 1)))
    add("BIGNUM", str(-(10**60)), str(10**60))
    add("FLOAT", "0.1", "nan", "inf", "-inf", "3.4028235e38", "1e-45", "16777217")
    add("DOUBLE", "0.30000000000000004", "nan", "inf", "-inf", "1.7976931348623157e308", "5e-324",
        "-0.0", "12345678901.25", "9007199254740993", "100")  # fmt: skip
    add("DECIMAL(4,1)", "-999.9", "999.9", "0")
    add("DECIMAL(18,3)", "-999999999999999.999", "1.5")
    add("DECIMAL(38,10)", "-9999999999999999999999999999.9999999999", "0.0000000001")
    add("VARCHAR", "", "名字😀", "NULL", "it''s", "nan")
    add("BLOB", "\\x00\\xFF", "", text="hex({})", form="hex")
    add("DATE", "2013-01-02", "0001-01-01", "9999-12-31", "infinity", "-infinity",
        "0044-03-15 (BC)", "12024-01-01")  # fmt: skip
    add("TIME", "03:04:05.000006", "00:00:00", "23:59:59.999999", "24:00:00")
    add("TIME_NS", "03:04:05.123456789")
    add("TIMETZ", "03:04:05+08", "03:04:05-15:59")
    add("TIMESTAMP", "2013-01-02 03:04:05.000006", "0001-01-01 00:00:00",
        "9999-12-31 23:59:59.999999", "infinity", "-infinity", "0044-03-15 (BC) 01:02:03",
        "12024-01-01 00:00:00")  # fmt: skip
    add("TIMESTAMP_S", "2013-01-02 03:04:05", "9999-12-31 23:59:59", "infinity")
    add("TIMESTAMP_MS", "2013-01-02 03:04:05.006", "9999-12-31 23:59:59.999", "-infinity")
    add("TIMESTAMP_NS", "2013-01-02 03:04:05.123456789", "1677-09-22 00:00:00", "infinity")
    add("TIMESTAMPTZ", "2013-01-02 03:04:05.000006+08", "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59.999999+00", "infinity", "12024-01-01 00:00:00+00")  # fmt: skip
    add("TIMESTAMPTZ_NS", "2013-01-02 03:04:05.123456789+00")
    add("INTERVAL", "1 month 2 days", "-30 hours", "1 day 02:00:00.000006", "200000000 days")
    add("UUID", "7c1d4d1e-0000-4000-8000-000000000000")
    add("ENUM('a', 'b')", "a", "b")
    add("BIT", "10110", "0", "1010101010")
    add("JSON", '{"a": 1.10}', "null", "[9007199254740993, null]")
    add("GEOMETRY", "POINT(1 2)")
    raw("VARIANT", "42::VARIANT", "'x'::VARIANT", "[1, NULL]::VARIANT", form="plain")
    raw("UNION", "union_value(k := 1)", form="plain")
    raw("NULL", "NULL", form="plain")
    raw("BIGINT[]", "[9007199254740993, NULL]", "[]")
    raw("UBIGINT[]", "[18446744073709551615::UBIGINT, NULL]")
    raw("DOUBLE[]", "[0.1::DOUBLE, NULL]")
    raw("DECIMAL(20,2)[]", "[123456789012345678.90::DECIMAL(20, 2), NULL]")
    raw("DATE[]", "[DATE '2013-01-02', NULL]", "[DATE 'infinity', DATE '0044-03-15 (BC)']")
    raw("TIMESTAMP[]", "[TIMESTAMP '2013-01-02 03:04:05', NULL, TIMESTAMP 'infinity']")
    raw("INTERVAL[]", "[INTERVAL '1 month', NULL]")
    raw("VARCHAR[]", "['NULL', NULL, 'a, b', 'it''s']")
    raw("HUGEINT[]", "[170141183460469231731687303715884105727::HUGEINT, NULL]")
    raw("UHUGEINT[]", "[340282366920938463463374607431768211455::UHUGEINT, NULL]")
    raw("BIGINT[2]", "[9007199254740993, NULL]::BIGINT[2]")
    raw("BIGINT[][]", "[[9007199254740993, NULL], NULL, []]")
    raw("STRUCT", "{'k': 9007199254740993, 'l': NULL}", "{'k': NULL, 'l': NULL}")
    raw("STRUCT of lists", "{'k': [{'m': 9007199254740993}, {'m': NULL}]}")
    raw("STRUCT of others", "{'i': INTERVAL '1 month', 'b': '101'::BIT, 'z': TIMETZ '01:02:03+04'}")
    raw("MAP", "MAP {'a': 9007199254740993, 'b': NULL}", "MAP {}::MAP(VARCHAR, BIGINT)")
    raw("MAP of lists", "MAP {'a': [DATE '2013-01-02', NULL]}")
    return found


def _postgres() -> list[Kind]:
    found: list[Kind] = []

    def add(kind: str, *values: str, text: str = "({})::text", form: str = "plain") -> None:
        written = tuple(f"'{value}'::{kind.removesuffix(', long')}" for value in values)
        found.append(Kind("postgres", kind, written, text, form))

    def array(kind: str, *values: str) -> None:
        written = tuple(f"'{value}'::{kind}" for value in values)
        found.append(Kind("postgres", kind, written, "array_to_json({})::text", "json"))

    add("boolean", "true", "false")
    add("smallint", "-32768", "32767")
    add("integer", "-2147483648", "2147483647")
    add("bigint", "-9223372036854775808", "9223372036854775807", "9007199254740993")
    add("oid", "0", "4294967295")
    add("real", "0.1", "NaN", "Infinity", "-Infinity", "3.4028235e38", "1e-45")
    add("double precision", "0.30000000000000004", "NaN", "Infinity", "-Infinity",
        "1.7976931348623157e308", "5e-324", "12345678901.25")  # fmt: skip
    add("numeric", "1.50", "NaN", "Infinity", "-Infinity", "0.0000001",
        "12345678901234567890.0123456789")  # fmt: skip
    add("numeric(50,2)", "-123456789012345678901234567890123456789012345678.90", "0")
    add("numeric(9,2)", "-9999999.99", "1.50", "NaN")
    add("money", "1234.50")
    add("text", "", "名字😀", "NULL", "it''s", "infinity")
    add("character(3)", "c  ", text="rpad({}, 3)")
    add("bytea", "\\x00ff", "\\x", text="encode({}, 'hex')", form="hex")
    add("date", "2013-01-02", "0001-01-01", "9999-12-31", "infinity", "-infinity",
        "0044-03-15 BC", "12024-01-01")  # fmt: skip
    add("timestamp", "2013-01-02 03:04:05.000006", "0001-01-01 00:00:00",
        "9999-12-31 23:59:59.999999", "infinity", "0044-03-15 01:02:03 BC")  # fmt: skip
    add("timestamptz", "2013-01-02 03:04:05.000006+08", "0001-01-01 00:00:00+00",
        "9999-12-31 23:59:59+00", "infinity", "-infinity", "12024-01-01 00:00:00+00")  # fmt: skip
    add("time", "03:04:05.000006", "24:00:00", "00:00:00")
    add("timetz", "03:04:05+08", "03:04:05.5-15:59")
    add("interval", "1 day 02:00:00", "-30 hours", "00:00:00.000001")
    add("interval year to month", "1 year 2 mons")
    add("interval, long", "200000000 days", "1 day")
    add("uuid", "7c1d4d1e-0000-4000-8000-000000000000")
    add("json", '{"a": 1.10}', "null", "[9007199254740993, null]")
    add("jsonb", '{"a": 1.10}', "null")
    add("xml", "<a>1</a>")
    for kind, value in {
        "inet": "10.0.0.1/8", "cidr": "10.0.0.0/8", "macaddr": "08:00:2b:01:02:03",
        "bit(3)": "101", "bit varying": "10110", "point": "(1,2)", "polygon": "((0,0),(1,1))",
        "tsvector": "'a' 'b'".replace("'", "''"), "int4range": "[1,5)", "numrange": "[1.5,)",
        "tstzrange": "empty", "int8multirange": "{[1,5)}", "daterange": "[2013-01-02,infinity)",
        "name": "abc", "pg_lsn": "16/B374D848", "\"char\"": "c", "regclass": "pg_class",
    }.items():  # fmt: skip
        found.append(Kind("postgres", kind, (f"'{value}'::{kind}",), "({})::text"))
    array("bigint[]", "{9007199254740993,NULL}", "{}")
    array("bigint[][]", "{{9007199254740993,NULL},{1,2}}")
    array("text[]", '{NULL,"NULL","a, b"}')
    array("boolean[]", "{t,NULL}")
    array("double precision[]", "{0.1,NULL}")
    array("numeric[]", "{1.5,NULL,0.0000001}")
    array("date[]", "{2013-01-02,NULL}", "{infinity,2013-01-02}")
    array("timestamptz[]", "{2013-01-02 03:04:05+08,NULL}")
    array("interval[]", "{1 day,NULL}")
    array("uuid[]", "{7c1d4d1e-0000-4000-8000-000000000000,NULL}")
    array("int4range[]", '{"[1,5)",NULL}')
    found.append(Kind("postgres", "record", ("ROW(1, 'a', NULL)",), "({})::text"))
    return found


def _mysql() -> list[Kind]:
    found: list[Kind] = []

    def add(kind: str, *values: str, text: str = "CAST({} AS CHAR)", form: str = "plain") -> None:
        written = tuple(f"CAST('{value}' AS {kind})" for value in values)
        found.append(Kind("mysql", kind, written, text, form))

    add("SIGNED", "-9223372036854775808", "9223372036854775807", "9007199254740993")
    add("UNSIGNED", "0", "18446744073709551615")
    add("DOUBLE", "0.30000000000000004", "1.7976931348623157e308", "5e-324", "12345678901.25")
    add("FLOAT", "0.1", "3.40282e38")
    add("DECIMAL(9,2)", "-9999999.99", "1.50")
    add("DECIMAL(65,30)", "-12345678901234567890123456789012345.012345678901234567890123456789")
    add("CHAR", "", "名字😀", "NULL", "0000-00-00")
    add("DATE", "2013-01-02", "0001-01-01", "9999-12-31", "0000-00-00")
    add("DATETIME(6)", "2013-01-02 03:04:05.000006", "9999-12-31 23:59:59.999999",
        "0000-00-00 00:00:00")  # fmt: skip
    add("TIME(6)", "03:04:05.000006", "-838:59:59", "838:59:59.999999", "00:00:00")
    found += [
        Kind("mysql", "BINARY", ("X'00FF'", "X''"), "HEX({})", "hex"),
        Kind("mysql", "BIT", ("b'101'",), "HEX({})", "hex"),
        Kind("mysql", "JSON", ("JSON_OBJECT('a', 1.10)", "JSON_ARRAY(9007199254740993, NULL)"),
             "CAST({} AS CHAR)"),
        Kind("mysql", "NULL", ("NULL",), "CAST({} AS CHAR)"),
        Kind("mysql", "GEOMETRY", ("ST_GeomFromText('POINT(1 2)')",), "HEX({})", "hex"),
        Kind("mysql", "BOOLEAN", ("true", "false"), "CAST({} AS CHAR)"),
    ]  # fmt: skip
    return found


def _sqlite() -> list[Kind]:
    text = "CAST({} AS TEXT)"
    return [
        Kind("sqlite", "INTEGER", ("-9223372036854775808", "9223372036854775807"), text),
        Kind("sqlite", "REAL", ("0.30000000000000004", "1e308 * 10", "12345678901.25"),
             "CASE WHEN {0} IS NOT NULL THEN printf('%!.17g', {0}) END"),
        Kind("sqlite", "TEXT", ("''", "'名字😀'", "'NULL'"), text),
        Kind("sqlite", "BLOB", ("X'00FF'", "X''"),
             "CASE WHEN {0} IS NOT NULL THEN hex({0}) END", "hex"),
        Kind("sqlite", "INTEGER and TEXT", ("9007199254740993", "'a'"), text),
        Kind("sqlite", "INTEGER and REAL", ("9007199254740993", "1.5"), text),
        Kind("sqlite", "date", ("date('2013-01-02')",), text),
        Kind("sqlite", "json", ("json('{\"a\":1.10}')",), text),
        Kind("sqlite", "NULL", ("NULL",), text),
    ]  # fmt: skip


def _spark() -> list[Kind]:
    found: list[Kind] = []

    def add(kind: str, *values: str, form: str = "plain") -> None:
        written = tuple(f"CAST('{value}' AS {kind})" for value in values)
        found.append(Kind("hive", kind, written, "CAST({} AS STRING)", form))

    def raw(kind: str, *values: str, form: str = "json") -> None:
        options = "map('ignoreNullFields', 'false')"
        text = f"to_json({{}}, {options})" if form == "json" else "CAST({} AS STRING)"
        found.append(Kind("hive", kind, values, text, form))

    add("BOOLEAN", "true", "false")
    for bits, kind in ((8, "TINYINT"), (16, "SMALLINT"), (32, "INT"), (64, "BIGINT")):
        add(kind, str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1), "0")
    add("FLOAT", "0.1", "NaN", "Infinity", "-Infinity", "3.4028235E38")
    add("DOUBLE", "0.30000000000000004", "NaN", "Infinity", "-Infinity", "1.7976931348623157E308",
        "12345678901.25", "4.9E-324")  # fmt: skip
    add("DECIMAL(9,2)", "-9999999.99", "1.50")
    add("DECIMAL(38,10)", "-9999999999999999999999999999.9999999999", "0.0000000001")
    add("STRING", "", "名字😀", "NULL", "it\\'s")
    add("DATE", "2013-01-02", "0001-01-01", "9999-12-31", "-0044-03-15", "+12024-01-01")
    add("TIMESTAMP", "2013-01-02 03:04:05.000006", "2024-07-01 12:00:00", "0001-01-02 00:00:00",
        "9999-12-31 23:59:59.999999", "+12024-01-01 00:00:00", "-0044-03-15 01:02:03")  # fmt: skip
    add("TIMESTAMP_NTZ", "2013-01-02 03:04:05.000006", "0001-01-01 00:00:00",
        "9999-12-31 23:59:59.999999", "+12024-01-01 00:00:00")  # fmt: skip
    raw("TIME", "TIME '03:04:05.000006'", "TIME '23:59:59.999999'", form="plain")
    add("INTERVAL YEAR TO MONTH", "10-8", "-1-1")
    found.append(
        Kind("hive", "BINARY", ("X'00FF'", "X''"), "CASE WHEN {0} IS NOT NULL THEN hex({0}) END",
             "hex")
    )  # fmt: skip
    raw("INTERVAL", "make_interval(1, 2, 3, 4, 5, 6, 7.5)", form="plain")
    raw("VARIANT", """parse_json('{"a": 9007199254740993, "b": null}')""", form="plain")
    raw("void", "NULL", form="plain")
    raw("ARRAY<BIGINT>", "array(9007199254740993, NULL)", "array()")
    raw("ARRAY<DOUBLE>", "array(0.1D, NULL)")
    raw("ARRAY<DATE>", "array(DATE '2013-01-02', NULL)", "array(DATE '-0044-03-15')")
    raw("ARRAY<ARRAY<BIGINT>>", "array(array(9007199254740993, NULL), NULL)")
    raw("STRUCT", "named_struct('k', 9007199254740993, 'l', NULL)")
    raw("STRUCT of lists", "named_struct('k', array(named_struct('m', 9007199254740993)))")
    raw("MAP", "map('k', 9007199254740993, 'n', NULL)")
    raw("MAP of lists", "map('k', array(DATE '2013-01-02', NULL))")
    return found


KINDS: tuple[Kind, ...] = (*_duckdb(), *_postgres(), *_mysql(), *_sqlite())
#: Those of Spark, on a driver in the kernel and on a Spark Connect server.
SPARK: tuple[Kind, ...] = tuple(_spark())
