"""The words of the pages of shares, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lodge_services.pages import chinese
from lodge_services.pages.translation import choose_language
from lodge_services.shares import chinese as shares_chinese


def test_every_string_of_the_templates_has_its_chinese() -> None:
    import lodge_services

    package = Path(lodge_services.__file__).parent
    known = {**chinese.MESSAGES, **shares_chinese.MESSAGES}
    strings: set[str] = set()
    for folder in ("pages/templates", "shares/templates"):
        for path in (package / folder).glob("*.html"):
            for call in re.findall(r"_\(((?:\"[^\"]*\"|'[^']*')[^)]*)\)", path.read_text()):
                head = call.split(", ", 1)[0] if " if " not in call else call
                quoted = re.findall(r"\"([^\"]*)\"|'([^']*)'", head.split(", count")[0])
                strings |= {a or b for a, b in quoted}
    assert len(strings) > 40
    assert strings - set(known) == set()


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
