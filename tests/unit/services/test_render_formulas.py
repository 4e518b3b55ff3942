"""Formulas in a notebook become MathML, and what is none stays text."""

from __future__ import annotations

import nbformat
import pytest
from lodge_services.render import limits
from support.rendering import PNG, code, of, shown


def test_formulas_are_not_mangled() -> None:
    html = of(nbformat.v4.new_markdown_cell("Energy $a_1 * b_2 * c$ is\n\n$$\\frac{1}{2}$$"))
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in html
    assert "<em>" not in html
    assert '<math display="block"><mfrac>' in html.replace("<mrow>", "")


def test_formulas_that_are_not_understood_show_their_source() -> None:
    for source in (r"\unknowncommand{x}", r"\frac{", "{" * 900, "x" * 5000):
        html = of(nbformat.v4.new_markdown_cell(f"${source}$"))
        assert "<math" not in html
        assert f"<code>{source}</code>" in html


def test_formulas_in_headings_and_alternative_texts() -> None:
    html = of(
        nbformat.v4.new_markdown_cell(f"# On $x^2$\n\n![of $y$](data:image/png;base64,{PNG})")
    )
    assert 'id="nb-h-On-x-2"' in html
    assert "<msup>" in html
    assert 'alt="of ' in html
    assert "nbmath" not in html


def test_sympy_output() -> None:
    html = of(code("x", shown(text__latex=r"$\displaystyle \frac{1}{2}$", text__plain="1/2")))
    assert "<mfrac>" in html
    assert "1/2" not in html


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        (r"\begin{align}y_1 &= a x \\ y_2 &= b\end{align}", 2),
        (r"\begin{align*}y_1 &= a x \\ y_2 &= b\end{align*}", 2),
        (r"\begin{equation}[f*g](n) = 1\end{equation}", 0),
        (r"\begin{eqnarray}a &=& b\\c &=& d\end{eqnarray}", 2),
        (r"\begin{gather}a\\b\end{gather}", 2),
        (r"\begin{multline}a\\b\end{multline}", 2),
        (r"\begin{alignat}{2}a &= b & c &= d\end{alignat}", 1),
        (r"\begin{flalign}a &= b\end{flalign}", 1),
        (r"$$\begin{aligned}[t]a &= b\\c &= d\end{aligned}$$", 2),
        (r"$$\begin{split}a &= b\\&= d\end{split}$$", 2),
        (r"$$\begin{gathered}a\\b\end{gathered}$$", 2),
        (r"$$\left\{\begin{alignedat}{2}a &= b\\c &= d\end{alignedat}\right.$$", 2),
        (r"$$f = \begin{cases}a & b\\c & d\end{cases}$$", 2),
        (r"$$\begin{dcases}a\\c\end{dcases} \begin{rcases}a\\b\end{rcases}$$", 4),
        (r"$$\begin{bmatrix}a & b\\c & d\end{bmatrix}$$", 2),
        (r"$$\begin{array}{c|c}a & b\\\hline c & d\end{array}$$", 2),
        ("$$\na\n$$", 0),
        (r"\\(a\\) and \\[b\\]", 0),
        ("loss $a_1\n- b_2$ here", 0),
        ("> $$\n> a\n> $$", 0),
        (r"$\sqrt{x}$ and $\left(\frac{a}{b}\right)$", 0),
    ],
)
def test_formulas_that_jupyterlab_takes(source: str, rows: int) -> None:
    html = of(nbformat.v4.new_markdown_cell(source))
    assert html.count("<math") >= 1
    assert html.count("<mtr>") == rows
    assert "&amp;" not in html
    assert "\\" not in html
    assert "$" not in html
    assert "&gt;" not in html


@pytest.mark.parametrize(
    "source",
    [
        "$5 and 10 dollars",
        "between $5 and $10 or $ 20",
        "`$x$` is code",
        "```\n$x$ $$y$$\n```",
        "~~~tex\n\\begin{align}a\\end{align}\n~~~",
        r"a price of \$5 and \$6",
        "one $a\n\nb$ paragraph",
        "\\begin{align} never ends",
        "<pre>$x$</pre>",
    ],
)
def test_what_is_no_formula(source: str) -> None:
    assert "<math" not in of(nbformat.v4.new_markdown_cell(source))


def test_many_formulas_are_bounded() -> None:
    html = of(nbformat.v4.new_markdown_cell("$x$ " * (limits.FORMULA_LIMIT + 5)))
    assert html.count("<math") == limits.FORMULA_LIMIT
    assert html.count("<code>x</code>") == 5
