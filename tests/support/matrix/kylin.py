"""The types of Kylin: values at their edges, compared with the texts that came over the wire."""

from __future__ import annotations

from pathlib import Path

from lodge_magics.sql.config import SourceConfig
from lodge_magics.sql.sources.connect import Connections

from support.kylin_fake import USER, FakeKylin
from support.matrix.kinds import Kind
from support.matrix.wide import Wide

__all__ = ["KYLIN", "types_of_kylin"]


def _kind(name: str, *texts: str) -> Kind:
    return Kind("kylin", name, tuple(f"CAST('{text}' AS {name})" for text in texts), "{}")


KYLIN = [
    _kind("BOOLEAN", "true", "false"),
    *(
        _kind(name, str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1), "0")
        for name, bits in (("TINYINT", 8), ("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64))
    ),
    _kind("REAL", "0.1", "NaN", "Infinity", "-Infinity", "3.4028235E38"),
    _kind("DOUBLE", "0.30000000000000004", "NaN", "Infinity", "-Infinity",
          "1.7976931348623157E308", "4.9E-324", "12345678901.25"),
    _kind("DECIMAL(9, 2)", "-9999999.99", "1.50"),
    _kind("DECIMAL(38, 10)", "-9999999999999999999999999999.9999999999", "0.0000000001"),
    _kind("VARCHAR", "", "名字😀", "NULL", "it''s", "null"),
    _kind("DATE", "2013-01-02", "0001-01-01", "9999-12-31"),
    _kind("TIMESTAMP", "2013-01-02 03:04:05.006", "0001-01-01 00:00:00",
          "9999-12-31 23:59:59.999"),
    _kind("TIME", "03:04:05", "00:00:00", "23:59:59"),
]  # fmt: skip


def types_of_kylin(kylin: FakeKylin, password: str, folder: Path) -> Wide:
    """The types by a source of its own."""
    secret = folder / "password"
    secret.write_text(password)
    settings = {
        "url": f"http://127.0.0.1:{kylin.port}",
        "user": USER,
        "project": "learn_kylin",
        "password_file": str(secret),
    }
    source = Connections().get(SourceConfig("kylin", "kylin", settings))
    return Wide(source, KYLIN, kylin.ask)
