"""What is interactive in a notebook is told in words in every kind of wiki."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from lodge_services.render.reading import read_notebook
from lodge_services.render.words import Words
from lodge_services.shares.wikis.base import Document, Written
from lodge_services.shares.wikis.confluence.storage import StorageWriter
from lodge_services.shares.wikis.git.markdown import write_markdown
from lodge_services.shares.wikis.mediawiki.wikitext import WikitextWriter
from support.interactive import (
    bokeh_outputs,
    controls,
    delays,
    map_output,
    munich,
    notebook,
    widget_notebook,
)
from support.wiki_pages import document


@pytest.mark.parametrize("write", [write_markdown, WikitextWriter().write, StorageWriter().write])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_told_in_words(write: Callable[[Document], Written], language: str) -> None:
    made = widget_notebook(controls())
    made.cells += notebook(bokeh_outputs(delays()), map_output(munich())).cells
    words = Words(language)
    text = write(replace(document(), tree=read_notebook(made, words), words=words)).text
    for part in ("Count: 7", "Colour: blue", "Delays by hour"):
        assert part in text
    for part in ("Scatter: 3 points", "Markers: 1", "in the gallery"):
        assert (part in text) is (language == "en")
    for part in ("Scatter：3 个点", "标记：1", "作品库"):
        assert (part in text) is (language == "zh")
    assert text.count("application/javascript") == 0
    assert "L.map(" not in text
