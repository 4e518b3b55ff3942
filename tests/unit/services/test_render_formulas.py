"""Formulas in a notebook become MathML, and what is none stays text."""

from __future__ import annotations

import nbformat
import pytest
from lodge_services.render import limits
from lodge_services.render.formula_pictures import formula_picture
from support.rendering import PNG, code, of, shown

TABLE = "<mtable><mtr><mtd><mi>a</mi></mtd></mtr></mtable>"


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


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        # A script belongs to the whole matrix or coefficient, and bars grow with what they enclose.
        (
            r"\begin{pmatrix}a\end{pmatrix}^{T}",
            f"<msup><mrow><mo>(</mo>{TABLE}<mo>)</mo></mrow><mrow><mi>T</mi></mrow></msup>",
        ),
        (
            r"\begin{vmatrix}a\end{vmatrix}_1^2",
            f'{TABLE}<mo stretchy="true">|</mo></mrow><mn>1</mn><mn>2</mn></msubsup>',
        ),
        (r"\binom{n}{k}^2", "</mo></mrow><mn>2</mn></msup>"),
        # Browsers know letters, and no alphabets.
        (r"\boldsymbol{\beta} \bm{x}", "<mi>𝜷</mi></mrow><mrow><mi>𝒙</mi>"),
        (r"\mathbf{\Sigma} {\cal L} {\bf 1}", "<mi>𝚺</mi></mrow><mrow><mi>ℒ</mi></mrow>"),
        (r"\mathscr{F} \mathscr{K}", "<mi>ℱ</mi></mrow><mrow><mi>𝒦</mi>"),
        (r"\mathrm{d}x \mathrm e", '<mi mathvariant="normal">d</mi></mrow><mi>x</mi>'),
        (r"\bigg\{ x \Big\rangle \big\|", '">{</mo><mi>x</mi>'),
        (r"\color{red}{x}", '<mrow class="nb-fg-500"><mrow><mi>x</mi>'),
        (r"\colorbox{yellow}{x}", '<mrow class="nb-bg-550"><mtext>x</mtext>'),
        (r"\text{for $i_{1}$ of} n", "<mtext>for\xa0</mtext><mrow><msub><mi>i</mi>"),
        (r"\overline{ab}", '</mrow><mo stretchy="true">‾</mo></mover>'),
        (r"\underline{ab}", '</mrow><mo stretchy="true">_</mo></munder>'),
        (r"\widehat{ab}", '</mrow><mo stretchy="true">\u0302</mo></mover>'),
        (r"\overrightarrow{ab}", '</mrow><mo stretchy="true">\u20d7</mo></mover>'),
        (r"\arg\min_x", "<mo>arg</mo><msub><mo>min</mo><mi>x</mi></msub>"),
    ],
)
def test_what_browsers_need_of_a_formula(source: str, shown: str) -> None:
    html = of(nbformat.v4.new_markdown_cell(f"$${source}$$"))
    assert shown in html
    assert "\\" not in html


def test_signs_stand_above_their_letters_in_pictures_too() -> None:
    """Of a formula for a wiki, which shows no MathML."""
    wide, above = (formula_picture(one, display=False) for one in (r"ab", r"\widehat{ab}"))
    assert wide is not None
    assert above is not None
    assert above.width <= wide.width + 2


def test_a_formula_in_code_keeps_its_dollars() -> None:
    html = of(nbformat.v4.new_markdown_cell("- a\n\n      echo $HOME $x_1$ \\\\(a\\\\)\n"))
    assert r"echo $HOME $x_1$ \\(a\\)" in html


def test_many_formulas_are_bounded() -> None:
    html = of(nbformat.v4.new_markdown_cell("$x$ " * (limits.FORMULA_LIMIT + 5)))
    assert html.count("<math") == limits.FORMULA_LIMIT
    assert html.count("<code>x</code>") == 5
