"""Lodge's own words are the same in every room's Chinese: to fork is 派生, and nothing else."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("hub_config", "labextensions", "magics", "runner", "serverextensions", "services")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Other words for it, that of copying a text among them.
OTHERS = re.compile("复制|分叉|复刻|克隆|拷贝|分支|Fork|fork")


def files(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *(f"{room}/*{suffix}" for room in ROOMS for suffix in suffixes)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.splitlines() if "/test/" not in name]


def pairs_of_python(path: Path) -> Iterator[tuple[str, str]]:
    """Give English beside Chinese: keys of a dict and values, or its two languages."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Dict):
            written = {
                key.value: _text(value)
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            if {"en", "zh"} <= written.keys():
                yield written["en"], written["zh"]
            yield from ((str(english), chinese) for english, chinese in written.items())


def _text(node: ast.expr) -> str:
    parts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return " ".join(part for part in parts if isinstance(part, str))


def pairs() -> dict[str, set[tuple[str, str]]]:
    """Return English beside Chinese, by the file that has them."""
    found: dict[str, set[tuple[str, str]]] = {}

    def add(path: Path, english: str, chinese: str) -> None:
        if CHINESE.search(chinese) and not CHINESE.search(english):
            found.setdefault(str(path.relative_to(ROOT)), set()).add((english, chinese))

    for path in files(".py"):
        for english, chinese in pairs_of_python(path):
            add(path, english, chinese)
    for path in files(".html"):
        text = path.read_text(encoding="utf-8")
        for english, chinese in re.findall(r'\("([^"]*)", "([^"]*)"\)', text):
            add(path, english, chinese)
    for path in files("lodge.json"):
        for english, forms in json.loads(path.read_text(encoding="utf-8")).items():
            for chinese in forms if english else ():
                add(path, english, chinese)
    for path in files("skel/*.ipynb"):
        theirs = path.parents[1] / "skel.zh" / path.name
        read = (json.loads(one.read_text(encoding="utf-8"))["cells"] for one in (path, theirs))
        for english, chinese in zip(*read, strict=True):
            add(theirs, "".join(english["source"]), "".join(chinese["source"]))
    return found


def test_every_catalogue_is_looked_at() -> None:
    read = pairs()
    for name in (
        "hub_config/lodge_hub/identity/words.py",
        "hub_config/lodge_hub/skel.zh/Welcome.ipynb",
        "hub_config/lodge_hub/templates/home.html",
        "labextensions/lodge_lab/locale/zh_CN/LC_MESSAGES/lodge.json",
        "magics/lodge_magics/chinese.py",
        "serverextensions/lodge_server/share/fork.py",
        "services/lodge_services/pages/chinese.py",
        "services/lodge_services/render/words.py",
        "services/lodge_services/schedules/chinese.py",
        "services/lodge_services/shares/pages/chinese.py",
    ):
        assert read.get(name), name
    assert sum(map(len, read.values())) > 600


@pytest.mark.parametrize("word", [r"[Ff]orks?\b", r"[Ff]ork(?:ed|ing)\b"])
def test_to_fork_is_one_word(word: str) -> None:
    seen = 0
    for name, both in pairs().items():
        for english, chinese in both:
            if re.search(rf"\b{word}", english):
                seen += 1
                assert "派生" in chinese, (name, english, chinese)
                assert not OTHERS.search(chinese), (name, english, chinese)
    assert seen
