"""The words of the pages of shares, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_services.pages import chinese
from lodge_services.pages.translation import Translator, choose_language
from lodge_services.shares.chinese_errors import ERRORS
from lodge_services.shares.pages import chinese as shares_chinese
from support.sharing import Browser, Caller, publish

RAISED = {"BadRequest", "Conflict", "Forbidden", "Gone", "NotFound", "Unavailable"}
RAISED |= {"super().__init__"}


def test_every_string_of_the_templates_has_its_chinese() -> None:
    import lodge_services

    package = Path(lodge_services.__file__).parent
    known = {**chinese.MESSAGES, **shares_chinese.MESSAGES}
    strings: set[str] = set()
    for folder in ("pages/templates", "shares/pages/templates"):
        for path in (package / folder).glob("*.html"):
            for call in re.findall(r"_\(((?:\"[^\"]*\"|'[^']*')[^)]*)\)", path.read_text()):
                head = call.split(", ", 1)[0] if " if " not in call else call
                quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", head.split(", count")[0])
                strings |= {a or b for a, b in quoted}
    assert len(strings) > 40
    assert strings - set(known) == set()


def raised() -> Iterator[str]:
    """Give what is raised about shares, with a value in each place for one."""
    import lodge_services

    package = Path(lodge_services.__file__).parent
    # What is wrong with a notebook is told where it is shared, and of wikis to who publishes.
    paths = [path for path in (package / "shares").rglob("*.py") if path.name != "notebooks.py"]
    for path in [*paths, *(package / "comparing").glob("*.py")]:
        if path.parent.name in ("archive", "publications", "publishing", "wikis"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            raises = isinstance(node, ast.Call) and ast.unparse(node.func) in RAISED
            if isinstance(node, ast.Call) and raises and len(node.args) == 2:
                sentence = "".join(_texts(node.args[1]))
                if sentence.endswith("."):
                    yield sentence


def _texts(node: ast.expr) -> Iterator[str]:
    for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
        if isinstance(part, ast.Constant):
            yield str(part.value)
        elif isinstance(part, ast.FormattedValue):
            yield "accepted" if ast.unparse(part.value) == "state" else "<7>"


def test_what_is_not_possible_is_told_in_chinese_too() -> None:
    speak = Translator("zh", {**shares_chinese.MESSAGES, **ERRORS})
    sentences = set(raised())
    assert len(sentences) > 30
    told = {sentence: speak.told(sentence) for sentence in sentences}
    assert [one for one, spoken in told.items() if one == spoken] == []
    for one, spoken in told.items():
        assert spoken.count("<7>") == one.count("<7>"), one


def test_a_sentence_with_values_is_told() -> None:
    speak = Translator("zh", {"No {kind} of {name}.": "{name}：无{kind}。", "{name}": "？"})
    assert speak.told("No page of {x}.\n.") == "{x}.\n：无page。"
    assert speak.told("No page") == "No page"


async def test_a_form_says_in_chinese_what_is_wrong(ada: Caller, browser: Browser) -> None:
    share_id = (await publish(ada))["id"]
    browser.headers["Accept-Language"] = "zh"
    await browser.open(share_id)
    page = (await browser.send(f"{share_id}/transfer", owner="<nobody>")).body.decode()
    assert "Lodge 不认识名为 &#39;&lt;nobody&gt;&#39; 的人" in page
    assert "此分享没有版本 9。" in (await browser.open(f"{share_id}/versions/9")).body.decode()
    # So it does on each page of each service.
    assert "ada 不能执行此操作" in (await browser.open("history")).body.decode()
    assert "此地址没有内容" in (await browser.open("no/such/page")).body.decode()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-TW,en;q=0.5", "zh"),
        ("en,zh;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=oops", "en"),
        ("*;;;,=", "en"),
    ],
)
def test_languages(header: str, language: str) -> None:
    assert choose_language(header) == language
