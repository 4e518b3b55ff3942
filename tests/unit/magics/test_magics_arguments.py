"""Words and options of a magic's line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.arguments import Option, parse_arguments
from lodge_magics.errors import MagicError, OptionError
from lodge_magics.words import did_you_mean, nearest, one_line, split_words, unquote

OPTIONS = (
    Option("--conf", "NAME=VALUE", repeated=True),
    Option("--name", "NAME"),
    Option("--preview", "[N]", optional=str.isdigit),
    Option("--param", "NAME=EXPR", repeated=True, raw=True),
    Option("--quiet"),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("a  b\tc", ["a", "b", "c"]),
        ("--param days=[1, 2]", ["--param", "days=[1, 2]"]),
        ("--name 'two words' x", ["--name", "'two words'", "x"]),
        ('--param a={"k": (1, ")")} y', ["--param", 'a={"k": (1, ")")}', "y"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize("text", ["'open", "f(1", "[1, 2", '{"a": 1'])
def test_what_is_open_must_be_closed(text: str) -> None:
    with pytest.raises(OptionError, match="close it"):
        split_words(text)


@given(st.lists(st.from_regex(r"[a-z=.\-0-9]{1,8}", fullmatch=True)))
def test_plain_words_come_back(words: list[str]) -> None:
    assert split_words("  ".join(words)) == words


@given(st.text(max_size=40))
def test_no_text_breaks_the_splitting(text: str) -> None:
    try:
        words = split_words(text)
    except OptionError:
        return
    assert "".join("".join(words).split()) == "".join(text.split())


def test_unquote() -> None:
    assert unquote("a='b c'\"d\"") == "a=b cd"


def test_options() -> None:
    given = parse_arguments(
        "%%x", "df --conf a=1 --conf=b=2 --preview 10 --quiet --param d=['x', 1]", OPTIONS
    )
    assert given.words == ["df"]
    assert given.all("--conf") == ["a=1", "b=2"]
    assert given.one("--preview") == "10"
    assert given.one("--name") is None
    assert "--quiet" in given
    assert given.all("--param") == ["d=['x', 1]"]


def test_an_optional_value_may_be_left_out() -> None:
    given = parse_arguments("%%x", "--preview df", OPTIONS)
    assert "--preview" in given
    assert given.one("--preview") is None
    assert given.words == ["df"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("--nam x", "%%x has no option --nam; did you mean --name?"),
        ("--name", "--name of %%x needs a value: --name NAME."),
        ("--name --quiet", "--name of %%x needs a value: --name NAME."),
        ("--name a --name b", "%%x got --name twice; keep one of them."),
        ("--quiet=yes", "--quiet of %%x takes no value; write it alone."),
    ],
)
def test_mistakes_in_options_are_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_arguments("%%x", text, OPTIONS)
    assert str(caught.value) == sentence
    assert caught.value._render_traceback_() == [sentence]


def test_detail_stands_below_the_sentence() -> None:
    assert MagicError("It failed.", "a\nb")._render_traceback_() == ["It failed.", "a", "b"]


def test_nearest() -> None:
    assert nearest("FLIHGTS", ["flights", "planes"]) == "flights"
    assert nearest("xyz", ["flights"]) is None
    assert did_you_mean("xyz", ["flights"]) == "; there is only flights."
    assert did_you_mean("xyz", ["b", "a"]) == "; there are a and b."
    assert did_you_mean("xyz", []) == "."


def test_one_line() -> None:
    assert one_line("a\n b. ") == "a b."
    assert one_line("did you mean x?") == "did you mean x?"
