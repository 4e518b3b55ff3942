"""The list of a notebook's contents."""

from __future__ import annotations

from lodge_services.render import render_notebook
from lodge_services.shares.pages.contents import HEADINGS, Heading, headings
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def listed(*sources: str) -> list[Heading]:
    cells = [new_markdown_cell(source) for source in sources]
    return list(headings(render_notebook(new_notebook(cells=cells))))


def test_headings_are_listed_with_their_depth() -> None:
    found = listed("## Delays & *more*", "text\n\n### `code` <b>x</b>\n\n## 数据", "#### deep")
    assert [(one.level, one.text) for one in found] == [
        (0, "Delays & more"),
        (1, "code x"),
        (0, "数据"),
        (2, "deep"),
    ]
    html = render_notebook(new_notebook(cells=[new_markdown_cell("# a &\n# b\n# ü")]))
    assert all(f'id="{one.anchor}"' in html for one in headings(html))


def test_few_are_no_list_and_many_are_cut() -> None:
    assert listed("# a", "# b") == []
    assert len(listed("\n\n".join(f"# h{n}" for n in range(HEADINGS + 5)))) == HEADINGS
    outputs = [{"output_type": "stream", "name": "stdout", "text": "<h2 id='nb-h-x'>x</h2>" * 5}]
    code = new_code_cell("x", outputs=outputs)
    assert headings(render_notebook(new_notebook(cells=[code]))) == ()
