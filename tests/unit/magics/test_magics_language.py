"""The lines below cells are in the language of the user's JupyterLab."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_magics.chinese import MESSAGES, NOUNS
from lodge_magics.errors import MagicError
from lodge_magics.language import in_chinese, many, say
from lodge_magics.sql.bind import resolve
from lodge_magics.sql.config import parse
from lodge_magics.sql.sources.base import RelationalSource
from lodge_magics.sql.sources.connect import Connections
from support.sources import configured, run

PACKAGE = Path(__file__).parents[3] / "magics" / "lodge_magics"
SETTING = "@jupyterlab/translation-extension/plugin.jupyterlab-settings"


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path))
    file = tmp_path / SETTING
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelationalSource]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    connections = Connections()
    yield connections.get(configured('type = "duckdb"\npath = ":memory:"'))
    connections.close()


def literals() -> list[tuple[str, str]]:
    """The texts given to `say` and `many` in the package."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            place = {"say": 0, "many": 1}.get(call.func.id)
            text = call.args[place] if place is not None and len(call.args) > place else None
            if isinstance(text, ast.Constant):
                found.append((call.func.id, str(text.value)))
    return found


def test_every_text_has_its_chinese() -> None:
    said = literals()
    assert len(said) > 40
    for name, text in said:
        assert text in (MESSAGES if name == "say" else NOUNS), text
    for english, chinese in MESSAGES.items():
        values = [sorted(re.findall(r"{\w+", text)) for text in (english, chinese)]
        assert values[0] == values[1], english


def test_it_is_that_of_jupyterlab(chosen: Path) -> None:
    assert not in_chinese()
    assert many(2, "row") == "2 rows"
    chosen.write_text('{\n    // Language\n    "locale": "zh_CN"\n}')
    assert many(2, "row") == "2 行"
    assert say("Cached.") == "已缓存。"
    chosen.write_text('{"locale": "en"}\n')
    assert many(1, "row") == "1 row"


def test_the_lines_of_a_result_are_in_chinese(chosen: Path, source: RelationalSource) -> None:
    chosen.write_text('{"locale": "zh_CN"}')
    assert (
        run(source, "CREATE TABLE t AS SELECT 1 AS a", "df")
        .table.notes[0]
        .endswith("没有结果，df 保持不变。")
    )
    notes = run(source, "SELECT * FROM t", "--cache").table.notes
    assert notes[0] == "已缓存。"
    assert notes[1].startswith("1 行 × 1 列 · shop · ")
    line = run(source, "SELECT * FROM t", "df --cache").table.notes[-1]
    assert line.startswith("df：1 行 × 1 列 · shop · 来自缓存，")
    line = run(source, "SELECT * FROM t", "--preview 5").table.notes[-1]
    assert "预览：在数据库中限制为 5 行" in line


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("SELECT * FROM nosuch", "", "查询在 shop 上失败：Table"),
        ("SELECT 1; SELECT nosuch", "", "第 2 条语句（共 2 条）在 shop 上失败：Referenced"),
        (" -- nothing", "", "此单元格中没有 SQL；请写在 %%sql 行的下面。"),
        ("SELECT :thing", "", "object 不能绑定到 :thing；"),
        ("SELECT 1 IN (2, :none)", "", "列表 :none 为空；"),
        ("SELECT :few", "--param fev=1", "SQL 中没有用到 --param fev；是否指 few？"),
        ("SELECT 1", "--previw", "%%sql 没有选项 --previw；是否指 --preview？"),
        ("DROP TABLE t", "--preview", "--preview 只能限制只读取数据的 SELECT，而此 DROP"),
        ("DROP TABLE t", "--explain", "--explain 显示查询或更改的执行计划，而 DROP 语句没有；"),
        ("SELECT 1", "--source", "%%sql 的 --source 需要一个值：--source NAME。"),
        ("SELECT 1", "a b", "%%sql 只接受一个变量，而不是 a b；请把 SQL 写在下面的行中。"),
    ],
)  # fmt: skip
def test_the_errors_that_are_met_most_are_in_chinese(
    chosen: Path, source: RelationalSource, text: str, line: str, told: str
) -> None:
    chosen.write_text('{"locale": "zh_CN"}')
    with pytest.raises(MagicError) as caught:
        run(source, text, line, thing=object(), none=[], few=[1])
    assert str(caught.value).startswith(told)


def test_what_is_not_there_is_told_in_chinese(chosen: Path) -> None:
    chosen.write_text('{"locale": "zh_CN"}')
    lookup: dict[str, object] = {}
    with pytest.raises(MagicError, match="没有可绑定到 :dya 的 Python 变量 dya；是否指 day？"):
        resolve("dya", lookup.__getitem__, lambda: ["day"])
    with pytest.raises(MagicError, match=r"；请先定义它，或写 --param x=\.\.\."):
        resolve("x", lookup.__getitem__, list)
    sources = parse('[sources.a]\ntype = "hive"\n[sources.b]\ntype = "hive"', "sources.toml")
    with pytest.raises(MagicError, match="没有数据源 shop；可用的有 a 和 b。"):
        sources.find("shop")
    with pytest.raises(MagicError, match="没有默认数据源；请加上 --source NAME，可选 a, b。"):
        sources.find(None)
    with pytest.raises(MagicError, match="无法打开数据源 shop：Cannot open"):
        Connections().get(configured('type = "duckdb"\npath = "/no/such/folder/x"'))
