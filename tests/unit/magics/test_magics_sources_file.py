"""The file of named sources."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lodge_magics.errors import SourceError
from lodge_magics.sql import config

GOOD = """
default = "flights"
[sources.flights]
type = "duckdb"
path = "/data/flights.duckdb"
read_only = true
description = "Flights"
[sources.shop]
type = "mysql"
host = "db"
port = 3306
user = "u"
database = "shop"
password_env = "SHOP_PASSWORD"
[sources.hive]
type = "hive"
"""
KYLIN = "[sources.a]\ntype='kylin'\nuser='u'\nproject='p'\n"


def test_sources() -> None:
    parsed = config.parse(GOOD, "file")
    assert list(parsed.sources) == ["flights", "shop", "hive"]
    assert parsed.find(None).name == "flights"
    assert parsed.find("hive").type == "hive"
    assert parsed.find("flights").description == "Flights"
    with pytest.raises(SourceError, match=r"There is no source shp; did you mean shop\?"):
        parsed.find("shp")


def test_the_only_source_is_the_default() -> None:
    assert config.parse('[sources.h]\ntype="hive"', "file").default == "h"
    two = config.parse('[sources.h]\ntype="hive"\n[sources.i]\ntype="hive"', "file")
    with pytest.raises(SourceError, match="no default source; add --source NAME, one of h, i"):
        two.find(None)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("default = ", "is no TOML"),
        ("defaul = 'x'", "unknown key defaul; did you mean default?"),
        ("sources = 3", "must be tables"),
        ("sources.a = 3", "The source a must be a table"),
        ("[sources.a]\npath='x'", "has no type; give one of duckdb"),
        ("[sources.a]\ntype='duckbd'\npath='x'", "the type duckbd; did you mean duckdb?"),
        ("[sources.a]\ntype='duckdb'", "misses the key path"),
        ("[sources.a]\ntype='duckdb'\npth='x'", "unknown key pth; did you mean path?"),
        ("[sources.a]\ntype='mysql'\nuser='u'\nport='x'", "must be of type int"),
        ("[sources.a]\ntype='mysql'\nuser='u'\nport=true", "must be of type int"),
        ("[sources.a]\ntype='mysql'\nuser='u'\npassword='hush'", "has its password in the file"),
        ("[sources.a]\ntype='kylin'\nuser='u'", "misses the key project"),
        (KYLIN + "projet='p'", "unknown key projet; did you mean project?"),
        (KYLIN + "url='kylin'", "is no address of a Kylin; write it as https://"),
        (KYLIN + "url='http://u:hush@h/kylin'", "has its user in the url"),
        (KYLIN + "url='http://h/kylin'\nport=1", "has a url and a host or port"),
        ("default='b'\n[sources.bb]\ntype='hive'", "default source b in file does not exist"),
    ],
)
def test_mistakes_are_one_sentence(text: str, part: str) -> None:
    with pytest.raises(SourceError) as caught:
        config.parse(text, "file")
    assert part in str(caught.value)
    assert "hush" not in str(caught.value)


def test_the_file_is_read_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sources.toml"
    monkeypatch.setenv("LODGE_SOURCES", str(path))
    with pytest.raises(SourceError, match="cannot be read"):
        config.load()
    path.write_text(GOOD, encoding="utf-8")
    first = config.load()
    assert config.load() is first
    path.write_text('[sources.other]\ntype="hive"', encoding="utf-8")
    assert list(config.load().sources) == ["other"]


def test_without_a_file_there_are_no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LODGE_SOURCES", raising=False)
    with pytest.raises(SourceError, match="There are no SQL sources"):
        config.load().find(None)


def test_passwords_come_from_a_variable_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = config.parse(GOOD, "file").find("shop")
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    with pytest.raises(SourceError, match="variable SHOP_PASSWORD, which is not set"):
        config.password(shop)
    monkeypatch.setenv("SHOP_PASSWORD", "hush")
    assert config.password(shop) == "hush"
    secret = tmp_path / "secret"
    by_file = config.SourceConfig("s", "mysql", {"password_file": str(secret)})
    with pytest.raises(SourceError, match="cannot be read"):
        config.password(by_file)
    secret.write_text("hush hush\n", encoding="utf-8")
    os.chmod(secret, 0o600)  # noqa: PTH101
    assert config.password(by_file) == "hush hush"
    assert config.password(config.SourceConfig("s", "mysql")) == ""
