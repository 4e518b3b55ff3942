"""The types of ClickHouse: values at their edges, and how it writes them."""

from __future__ import annotations

from support.matrix.kinds import Kind

__all__ = ["CLICKHOUSE"]


def _kind(name: str, *texts: str) -> Kind:
    values = tuple(f"CAST('{text}' AS {name})" for text in texts)
    # It writes moments without their zone.
    text = "concat(toString({}), '+00:00')" if name.startswith("DateTime") else "toString({})"
    return Kind("clickhouse", name, values, text)


def _nested(name: str, *values: str) -> Kind:
    # Lists, maps and tuples take no NULL beside them there.
    return Kind("clickhouse", name, values, "toJSONString({})", "json", nullable=False)


def _whole(bits: int, *, signed: bool) -> Kind:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return _kind(f"{'' if signed else 'U'}Int{bits}", str(low), "1", str(high))


CLICKHOUSE = [
    *(
        _whole(bits, signed=signed)
        for bits in (8, 16, 32, 64, 128, 256)
        for signed in (True, False)
    ),
    _kind("Float32", "0.1", "3.4028235e38", "nan", "inf", "-inf"),
    _kind("Float64", "0.1", "1.7976931348623157e308", "nan", "inf", "-inf"),
    _kind("Bool", "true", "false"),
    _kind("Decimal(9, 2)", "-9999999.99", "0", "9999999.99"),
    _kind("Decimal(38, 10)", "-9999999999999999999999999999.9999999999", "1.5"),
    _kind("Decimal(76, 20)", "12345678901234567890123456789012345678.12345678901234567891"),
    _kind("String", "", "NULL", "it''s", "名字"),
    Kind("clickhouse", "FixedString(3)", ("CAST('abc' AS FixedString(3))",), "hex({})", "hex"),
    _kind("LowCardinality(String)", "a", ""),
    _kind("Date", "1970-01-01", "2149-06-06"),
    _kind("Date32", "1900-01-01", "2299-12-31"),
    _kind("DateTime('UTC')", "1970-01-01 00:00:00", "2106-02-07 06:28:15"),
    _kind("DateTime64(6, 'UTC')", "1900-01-01 00:00:00.000001", "2299-12-31 23:59:59.999999"),
    _kind("UUID", "12151fd2-7586-11e9-8f9e-2a86e4085a59"),
    _kind("IPv4", "0.0.0.0", "255.255.255.255"),
    _kind("IPv6", "::1", "2001:db8::ff00:42:8329"),
    _kind("Enum8('a' = 1, 'b' = 2)", "a", "b"),
    _nested("Array(Int64)", "[9007199254740993, -1]", "[]"),
    _nested("Array(Nullable(Int64))", "[9007199254740993, NULL]"),
    _nested("Array(Array(String))", "[['a', 'NULL'], []]"),
    _nested("Map(String, Int64)", "map('k', 9007199254740993)"),
    _nested(
        "Tuple(a Int64, b String)", "CAST((9007199254740993, 'x') AS Tuple(a Int64, b String))"
    ),
]
