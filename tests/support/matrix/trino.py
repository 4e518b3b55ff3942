"""The types of Trino: values at their edges, and how it writes them."""

from __future__ import annotations

from lodge_magics.sql.sources.base import RelationalSource

from support.matrix.kinds import Kind
from support.matrix.wide import Wide
from support.trino import Trino

__all__ = ["TRINO", "types_of_trino"]


def _kind(name: str, *values: str, text: str = "CAST({} AS varchar)", form: str = "plain") -> Kind:
    return Kind("trino", name, values, text, form)


def _typed(name: str, *texts: str, kind: str = "") -> Kind:
    values = [f"{kind or name.upper()} '{text}'" for text in texts]
    if not name.startswith("timestamp") or not name.endswith("with time zone") or "12" in name:
        return _kind(name, *values)
    # As pandas has them.
    text = "replace(CAST({} AT TIME ZONE 'UTC' AS varchar), ' UTC', '+00:00')"
    return _kind(name, *values, text=text)


def _cast(name: str, *values: str) -> Kind:
    return _kind(name, *(f"CAST('{value}' AS {name})" for value in values))


def _nested(name: str, *values: str) -> Kind:
    return _kind(name, *values, text="json_format(CAST({} AS json))", form="json")


def _listed(name: str, values: str, element: str) -> Kind:
    """Of types that have no JSON: a list, and what makes a text of an element `e`."""
    text = f"json_format(CAST(transform({{}}, e -> {element}) AS json))"
    return _kind(f"array({name})", values, text=text, form="json")


TRINO = [
    _cast("boolean", "true", "false"),
    *(
        _cast(name, str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1), "0")
        for name, bits in (("tinyint", 8), ("smallint", 16), ("integer", 32), ("bigint", 64))
    ),
    # As `varchar` a real loses digits.
    _kind("real", "REAL '0.1'", "REAL '3.4028235e38'", "CAST(nan() AS real)",
          "CAST(-infinity() AS real)",
          text="trim(BOTH '\"' FROM json_format(CAST({} AS json)))"),
    _kind("double", "DOUBLE '0.30000000000000004'", "nan()", "infinity()", "-infinity()",
          "DOUBLE '1.7976931348623157e308'", "DOUBLE '4.9E-324'", "DOUBLE '12345678901.25'"),
    _cast("decimal(9, 2)", "-9999999.99", "1.50"),
    _cast("decimal(38, 10)", "-9999999999999999999999999999.9999999999", "0.0000000001"),
    _cast("varchar", "", "名字😀", "NULL", "it''s"),
    _kind("char(3)", "CAST('c' AS char(3))", text="CAST({} AS varchar)"),
    _kind("varbinary", "X'00FF'", "X''", text="to_hex({})", form="hex"),
    _typed("date", "2013-01-02", "0001-01-01", "9999-12-31", "-0044-03-15", "12024-01-01"),
    _typed("time(6)", "03:04:05.000006", "00:00:00.000000", "23:59:59.999999", kind="TIME"),
    _typed("time(9)", "03:04:05.123456789", kind="TIME"),
    _typed("time(3) with time zone", "03:04:05.500+08:00", "03:04:05.500-13:59", kind="TIME"),
    _typed("timestamp(6)", "2013-01-02 03:04:05.000006", "0001-01-01 00:00:00.000000",
           "9999-12-31 23:59:59.999999", "-0044-03-15 01:02:03.000000",
           "12024-01-01 00:00:00.000000", kind="TIMESTAMP"),
    _typed("timestamp(0)", "2013-01-02 03:04:05", kind="TIMESTAMP"),
    _typed("timestamp(9)", "2013-01-02 03:04:05.123456789", "1678-01-01 00:00:00.000000001",
           kind="TIMESTAMP"),
    _typed("timestamp(9), long", "9999-12-31 23:59:59.123456789", "2013-01-02 03:04:05.123456789",
           kind="TIMESTAMP"),
    _typed("timestamp(12)", "2013-01-02 03:04:05.123456789012", kind="TIMESTAMP"),
    _typed("timestamp(6) with time zone", "2013-01-02 03:04:05.000006 +08:00",
           "0001-01-01 00:00:00.000000 UTC", "9999-12-31 23:59:59.999999 UTC",
           "0001-01-01 00:00:00.000000 +08:00", "9999-12-31 23:59:59.999999 -05:30",
           "12024-01-01 00:00:00.000000 UTC", kind="TIMESTAMP"),
    _typed("timestamp(0) with time zone", "2013-01-02 03:04:05 Asia/Shanghai", kind="TIMESTAMP"),
    _typed("timestamp(9) with time zone", "2013-01-02 03:04:05.123456789 -05:30",
           kind="TIMESTAMP"),
    _typed("timestamp(12) with time zone", "2013-01-02 03:04:05.123456789012 +08:00",
           kind="TIMESTAMP"),
    _kind("interval day to second", "INTERVAL '1' DAY", "INTERVAL '-30' HOUR",
          "INTERVAL '-0.006' SECOND", "INTERVAL '200000 02:00:00.006' DAY TO SECOND"),
    _kind("interval year to month", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '-1' MONTH"),
    _typed("uuid", "12151fd2-7586-11e9-8f9e-2a86e4085a59"),
    _typed("ipaddress", "10.0.0.1", "2001:db8::ff00:42:8329"),
    _kind("json", "JSON '{\"a\": 1.10}'", "JSON 'null'", "JSON '[9007199254740993, null]'",
          text="json_format({})"),
    _kind("unknown", "NULL"),
    _nested("array(bigint)", "ARRAY[9007199254740993, NULL]", "ARRAY[]"),
    _nested("array(array(bigint))", "ARRAY[ARRAY[9007199254740993, NULL], NULL, ARRAY[]]"),
    _nested("array(varchar)", "ARRAY['NULL', NULL, 'a, b', 'it''s']"),
    _nested("array(boolean)", "ARRAY[true, NULL]"),
    _nested("array(double)", "ARRAY[0.1e0, NULL]"),
    _nested("array(real)", "ARRAY[REAL '0.1', NULL]"),
    _nested("array(decimal)", "ARRAY[DECIMAL '12345678901234567890.10', NULL]"),
    _nested("array(date)", "ARRAY[DATE '2013-01-02', NULL]",
            "ARRAY[DATE '-0044-03-15', DATE '2013-01-02']"),
    _nested("array(timestamp)", "ARRAY[TIMESTAMP '2013-01-02 03:04:05.123456', NULL]"),
    _nested("array(timestamp(9))", "ARRAY[TIMESTAMP '2013-01-02 03:04:05.123456789', NULL]"),
    _listed("timestamp(0) with time zone", "ARRAY[TIMESTAMP '2013-01-02 03:04:05 +08:00', NULL]",
            "replace(CAST(e AS varchar), ' +', '+')"),
    _listed("time(0)", "ARRAY[TIME '03:04:05', NULL]", "CAST(e AS varchar)"),
    _listed("uuid", "ARRAY[UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', NULL]",
            "CAST(e AS varchar)"),
    _listed("interval day to second", "ARRAY[INTERVAL '1' DAY, NULL]",
            "concat(CAST(day(e) AS varchar), ' day')"),
    _nested("map(varchar, bigint)", "MAP(ARRAY['a', 'b'], ARRAY[9007199254740993, NULL])",
            "CAST(MAP() AS map(varchar, bigint))"),
    _nested("map(bigint, date)", "MAP(ARRAY[1, 2], ARRAY[DATE '2013-01-02', NULL])"),
    _nested("map(varchar, array)", "MAP(ARRAY['k'], ARRAY[ARRAY[1, NULL]])"),
    _nested("row", "CAST(ROW(9007199254740993, NULL) AS ROW(a bigint, \"b c\" varchar))"),
    _nested("row of rows",
            "CAST(ROW(1, ARRAY[ROW(DATE '2013-01-02')]) AS ROW(a integer, b array(row(c date))))"),
]  # fmt: skip


def types_of_trino(trino: Trino, source: RelationalSource) -> Wide:
    """The types by a source of that server."""
    return Wide(source, TRINO, trino.ask)
