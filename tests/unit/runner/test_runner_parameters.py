"""Reading and setting a notebook's parameters."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lodge_runner.errors import ParameterError
from lodge_runner.parameters import (
    Parameter,
    apply_parameters,
    check_values,
    inspect_parameters,
    parse_texts,
    to_source,
)
from lodge_runner.values import to_json
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


def notebook(source: str) -> Any:
    tagged = new_code_cell(source, metadata={"tags": ["parameters"]})
    return new_notebook(cells=[new_markdown_cell("# Title"), tagged, new_code_cell("print(1)")])


def one(source: str) -> Parameter:
    (found,) = inspect_parameters(notebook(source))
    return found


@pytest.mark.parametrize(
    ("source", "type_", "default"),
    [
        ("a = 1", "int", 1),
        ("a = -1.5", "float", -1.5),
        ("a = 'x'", "str", "x"),
        ("a = True", "bool", True),
        ("a = [1, (2, 'b')]", "list", [1, [2, "b"]]),
        ("a = {'k': [None]}", "dict", {"k": [None]}),
        ("a = None", "none", None),
        ("a = f(1)", "other", None),
        ("a = (1, 2)", "other", [1, 2]),
        ("a = {1: 2}", "dict", None),
        ("a = 1e999", "float", None),
        ("a = float('nan')", "float", None),
        ("a = -float('inf')", "float", None),
        ("a = f'{x}'", "str", None),
        ("a = [x for x in y]", "list", None),
        ("a = b'x'", "other", None),
        ("a: int = None", "int", None),
        ("a: float = 1", "float", 1),
        ("a: str", "str", None),
        ("a: int | None = 3", "int", 3),
        ("a: 'Optional[str]' = None", "str", None),
        ("a: typing.Optional[list[int]] = None", "list", None),
        ("a: Union[int, float] = 1", "float", 1),
        ("a: Union[int, str] = 1", "other", 1),
        ("a: Literal['x', 'y'] = 'x'", "str", "x"),
        ("a: Annotated[dict, 'help'] = {}", "dict", {}),
        ("a: date = None", "other", None),
        ("a = None  # type: int", "int", None),
        ("a = [  # first\n 1,\n]", "list", [1]),
        ("%matplotlib inline\na = 1", "int", 1),
    ],
)
def test_type_and_default(source: str, type_: str, default: Any) -> None:
    found = one(source)
    assert (found.name, found.type, found.default) == ("a", type_, default)


def test_help_and_source_of_default() -> None:
    assert one("a = [1,\n     2]  # two numbers") == Parameter(
        "a", "list", [1, 2], "[1,\n     2]", "two numbers"
    )
    assert one("a = '#x'  # real help").help == "real help"
    assert one("a = None  # type: str  the name").help == "the name"
    assert one("a = 1").help == ""


def test_order_unpacking_and_last_assignment() -> None:
    found = inspect_parameters(notebook("b = 1; a, (c, *d) = 'x', (2, 3)\nb = 'late'\nimport os"))
    assert [(p.name, p.type) for p in found] == [("b", "str"), ("a", "str"), ("c", "int")]


def test_nothing_runs_and_no_cell_is_no_parameters() -> None:
    assert one("a = __import__('os')._exit(1)").type == "other"
    assert inspect_parameters(new_notebook(cells=[new_code_cell("a = 1")])) == []


def test_cell_that_is_no_python() -> None:
    with pytest.raises(ParameterError, match=r"line 2: .*plain Python"):
        inspect_parameters(notebook("a = 1\nb = = 2"))


def test_plain_json_is_read_too() -> None:
    nb = json.loads(nbformat.writes(notebook("a = 1\nb = 2")))
    assert [p.name for p in inspect_parameters(nb)] == ["a", "b"]
    assert type(apply_parameters(nb, {"a": 2})["cells"][2]) is dict


def test_injected_after_the_parameters_and_valid() -> None:
    nb = notebook("a = 1\nb = 'x'")
    applied = apply_parameters(nb, {"b": "y", "a": 2})
    nbformat.validate(applied)
    assert applied.cells[2].source == "# Parameters\nb = 'y'\na = 2"
    assert applied.cells[2].metadata.tags == ["injected-parameters"]
    assert len(nb.cells) == 3


def test_injected_again_replaces() -> None:
    once = apply_parameters(notebook("a = 1"), {"a": 2})
    twice = apply_parameters(once, {"a": 3})
    assert [c.source for c in twice.cells] == [
        "# Title",
        "a = 1",
        "# Parameters\na = 3",
        "print(1)",
    ]
    assert twice.cells[2].id == once.cells[2].id


def test_without_a_parameters_cell_it_comes_first_and_takes_any_name() -> None:
    nb = new_notebook(cells=[new_code_cell("print(a)")])
    applied = apply_parameters(nb, {"a": 1})
    assert [c.source for c in applied.cells] == ["# Parameters\na = 1", "print(a)"]


def test_older_minor_gets_no_id() -> None:
    nb = notebook("a = 1")
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    applied = apply_parameters(nb, {"a": 2})
    assert "id" not in applied.cells[2]


def test_unknown_name_names_the_nearest() -> None:
    with pytest.raises(ParameterError, match="no parameter 'montth': did you mean 'month'"):
        apply_parameters(notebook("month = 1\nyear = 2"), {"montth": 1})
    with pytest.raises(ParameterError, match="it has month, year"):
        apply_parameters(notebook("month = 1\nyear = 2"), {"zzz": 1})
    with pytest.raises(ParameterError, match="assigns none"):
        apply_parameters(notebook("pass"), {"a": 1})


@pytest.mark.parametrize("name", ["a b", "1a", "class", "a;b", ""])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ParameterError, match="isn't a Python name"):
        apply_parameters(new_notebook(), {name: 1})


def test_other_language() -> None:
    nb = notebook("a <- 1")
    nb.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    with pytest.raises(ParameterError, match="this one is in r"):
        apply_parameters(nb, {"a": 1})


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("a = 1", "abc"),
        ("a = 1", True),
        ("a = 1", 1.5),
        ("a = 1", None),
        ("a = 1.0", "x"),
        ("a = 1.0", False),
        ("a = 1.0", 10**400),
        ("a = 'x'", 1),
        ("a = True", 1),
        ("a = []", {}),
        ("a = {}", []),
    ],
)
def test_value_of_another_type(declared: str, value: Any) -> None:
    with pytest.raises(ParameterError, match="Parameter 'a'"):
        apply_parameters(notebook(declared), {"a": value})


@pytest.mark.parametrize(
    ("declared", "value", "source"),
    [
        ("a = 1", 3.0, "a = 3"),
        ("a = 1.0", 3, "a = 3.0"),
        ("a: int | None = 1", None, "a = None"),
        ("a: int = None", None, "a = None"),
        ("a = None", {"x": [1]}, "a = {'x': [1]}"),
        ("a = f()", "text", "a = 'text'"),
    ],
)
def test_value_that_fits(declared: str, value: Any, source: str) -> None:
    cell = apply_parameters(notebook(declared), {"a": value}).cells[2]
    assert cell.source == f"# Parameters\n{source}"


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        ("a = 1", " 7 ", 7),
        ("a = 1", "-7", -7),
        ("a = 1.0", "1e3", 1000.0),
        ("a = 1.0", "2", 2.0),
        ("a = 'x'", "7", "7"),
        ("a = 'x'", "", ""),
        ("a = 'x'", "null", "null"),
        ("a: str | None = 'x'", "null", None),
        ("a = True", "false", False),
        ("a = True", "True", True),
        ("a = []", "[1, 'b']", [1, "b"]),
        ("a = {}", '{"k": true}', {"k": True}),
        ("a = None", "12", 12),
        ("a = None", "2026-01-01", "2026-01-01"),
        ("a = f()", "(1, 2)", (1, 2)),
        ("a = f()", "{1, 2}", {1, 2}),
    ],
)
def test_text_read_by_declared_type(declared: str, text: str, value: Any) -> None:
    assert parse_texts(notebook(declared), {"a": text}) == {"a": value}


@pytest.mark.parametrize(
    ("declared", "text"),
    [("a = 1", "abc"), ("a = 1", "1.5"), ("a = True", "yes"), ("a = []", "x"), ("a = {}", "[]")],
)
def test_text_that_does_not_fit(declared: str, text: str) -> None:
    with pytest.raises(ParameterError, match="must be"):
        parse_texts(notebook(declared), {"a": text})


@pytest.mark.parametrize(
    ("declared", "value", "taken"),
    [
        ("a: tuple[int, int] = (3, 4)", [5, 6.0], (5, 6)),
        ("a = (3, 4)", [5, 6], (5, 6)),
        ("a: tuple[str, ...] = ()", ["x"], ("x",)),
        ("a = [(1, 2)]", [[3, 4], 5], [(3, 4), 5]),
        ("a = {1, 2}", [2, 3], {2, 3}),
        ("a: frozenset[str] = frozenset()", ["x"], frozenset({"x"})),
        ("a = b'x'", "é", "é".encode()),
        ("a = 1 + 2j", "3+4j", 3 + 4j),
        ("a: complex = 1", 2, 2 + 0j),
        ("a: dt.date = dt.date(2024, 1, 31)", "2024-02-01", dt.date(2024, 2, 1)),
        ("a = date.today()", "2024-02-01", dt.date(2024, 2, 1)),
        ("a: datetime.datetime | None = None", "2024-02-01T08:30", dt.datetime(2024, 2, 1, 8, 30)),
        ("a: datetime.datetime | None = None", None, None),
        ("a: list[dt.date] = []", ["2024-02-01"], [dt.date(2024, 2, 1)]),
        ("a: Decimal = Decimal('1')", 0.1, Decimal("0.1")),
        ("a: Path = Path('x')", "y/z", PurePath("y/z")),
        ("a: Literal['x', 3] = 'x'", 3, 3),
        ("a: dict[int, tuple[int, int]] = {}", {"1": [2, 3]}, {1: (2, 3)}),
        ("a = {1: 'x'}", {"2": "y", "z": "w"}, {2: "y", "z": "w"}),
        ("a: dict = {}", {"1": "x"}, {"1": "x"}),
        ("a: Union[int, float] = 1", 1, 1),
        ("a: Region = 'north'", "south", "south"),
        ("a = [1, 2]", [1.0, "x"], [1.0, "x"]),
    ],
)
def test_types_that_json_lacks_are_kept(declared: str, value: Any, taken: Any) -> None:
    source = apply_parameters(notebook(declared), {"a": value}).cells[2].source
    scope: dict[str, Any] = {}
    exec(source, scope)
    assert scope["a"] == taken
    assert repr(scope["a"]) == repr(taken).replace("Pure", "")


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ("a: dt.date = dt.date(2024, 1, 31)", "31.1.24"),
        ("a = dt.date(2024, 1, 31)", "2024-13-01"),
        ("a: tuple[int, int] = (3, 4)", "(5, 6, 7)"),
        ("a: tuple[int, int] = (3, 4)", "(5, 'x')"),
        ("a: list[int] = []", '["x"]'),
        ("a: set = set()", "[[1]]"),
        ("a: Literal['x', 'y'] = 'x'", "z"),
        ("a: Literal[1, 2] = 1", "true"),
        ("a: dict[int, str] = {}", '{"x": "y"}'),
        ("a: pd.Timestamp = pd.Timestamp('2024')", "2025"),
    ],
)
def test_what_would_become_another_type_is_refused(declared: str, text: str) -> None:
    with pytest.raises(ParameterError, match="Parameter 'a' must be"):
        parse_texts(notebook(declared), {"a": text})


@pytest.mark.parametrize(
    "text", ["{'a': 1, 2: 3}", "{None: 1, 'a': 2}", "{'m': {1: 2, 'x': 3}}", "{(1, 2): b'x'}"]
)
def test_keys_of_several_kinds(text: str) -> None:
    value = ast.literal_eval(text)
    for nb in (notebook("a = {'a': 1}"), new_notebook()):
        assert parse_texts(nb, {"a": text}) == {"a": value}
        assert check_values(nb, {"a": value}) == {"a": value}
    assert ast.literal_eval(to_source(value)) == value
    json.dumps(to_json(value), sort_keys=True)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(json_values)
def test_source_evaluates_to_the_value(value: Any) -> None:
    assert eval(to_source(value)) == value


@given(st.text(), st.text())
def test_injected_source_stays_one_assignment_a_line(first: str, second: str) -> None:
    nb = notebook("a = ''\nb = ''")
    source = apply_parameters(nb, {"a": first, "b": second}).cells[2].source
    scope: dict[str, Any] = {}
    exec(source, scope)
    assert (scope["a"], scope["b"]) == (first, second)
    assert len(source.split("\n")) == 3


@settings(deadline=None)
@given(json_values)
def test_json_text_reads_back(value: Any) -> None:
    assert parse_texts(new_notebook(), {"a": json.dumps(value)}) == {"a": value}


@settings(deadline=None)
@given(json_values)
def test_default_reads_back(value: Any) -> None:
    found = one(f"a = {to_source(value)}")
    if value == found.default:
        return
    assert "inf" in to_source(value)


@given(st.text())
def test_any_cell_text_gives_parameters_or_a_sentence(source: str) -> None:
    with contextlib.suppress(ParameterError):
        assert all(isinstance(p, Parameter) for p in inspect_parameters(notebook(source)))


def test_not_a_number() -> None:
    assert math.isnan(eval(to_source(float("nan"))))
    assert eval(to_source([float("-inf")])) == [float("-inf")]
    with pytest.raises(ParameterError, match="type object"):
        to_source(object())
