"""Notebooks' texts as elements: what wikis' pages are written from."""

from __future__ import annotations

from lodge_services.render.elements import Element, elements_of
from lodge_services.render.markdown import read_markdown
from lodge_services.render.tree import Formula
from lodge_services.render.words import Words


def elements(markdown: str) -> Element:
    return elements_of(read_markdown(markdown, {}, Words("en")))


def test_formulas_stand_where_they_belong() -> None:
    (paragraph,) = [
        one for one in elements("a $x<1$ b `$y$` $$z$$").children if isinstance(one, Element)
    ]
    code = Element("code", {}, ["$y$"])
    expected: list[Element | str | Formula] = [
        "a ",
        Formula("x<1", False),
        " b ",
        code,
        " ",
        Formula("z", True),
    ]
    assert paragraph == Element("p", {}, expected)


def test_entities_are_characters_and_tables_have_their_cells() -> None:
    root = elements("| a | b |\n|---|--:|\n| &lt;1 \\| 2 | *x* |\n")
    assert [cell.text() for cell in root.all("th", "td")] == ["a", "b", "<1 | 2", "x"]
    assert [cell.attributes for cell in root.all("td")] == [{}, {"align": "right"}]


def test_what_a_formula_is_named_by_in_an_attribute_is_its_source() -> None:
    (heading,) = elements("# About $x$").all("h2")
    assert heading.attributes["id"] == "nb-h-About-x"
    assert heading.text() == "About x"


def test_depth_is_no_danger() -> None:
    root = elements("> " * 90 + "deep")
    assert root.text().strip() == "deep"
