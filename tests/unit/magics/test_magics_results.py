"""Looking through a result: pages, charts, and what is held of it."""

from __future__ import annotations

import datetime
import gc
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import matplotlib as mpl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodge_magics.sql.results import held as held_module
from lodge_magics.sql.results.bundle import bundle
from lodge_magics.sql.results.chart import chart_code, free_name
from lodge_magics.sql.results.comm import answer
from lodge_magics.sql.results.held import HeldResults
from lodge_magics.sql.results.pages import Page, Pages, Wanted
from lodge_magics.sql.sources.base import Column

mpl.use("agg")

COLUMNS = [Column("n", "integer"), Column("word", "varchar")]
rows_of_two = st.lists(
    st.tuples(st.none() | st.integers(-50, 50), st.none() | st.text("aBß ", max_size=3))
)


def frame_of(rows: list[tuple[Any, ...]], names: tuple[str, ...] = ("n", "word")) -> pd.DataFrame:
    return pd.DataFrame(
        {name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(names)}
    )


class TestPages:
    @given(rows_of_two, st.sampled_from([0, 1]), st.booleans())
    def test_sorting_agrees_with_pythons_and_nulls_come_last(
        self, rows: list[tuple[Any, ...]], column: int, descending: bool
    ) -> None:
        page = Pages().page(frame_of(rows), Wanted(column, descending, limit=500))
        there = [row[column] for row in rows if row[column] is not None]
        key = (lambda value: value.encode()) if column else None
        expected = sorted(there, key=key, reverse=descending)
        assert [row[column] for row in page.rows] == expected + [None] * (len(rows) - len(there))
        assert page.found == len(rows)

    @given(rows_of_two, st.text("aBß1-", min_size=1, max_size=2))
    def test_a_search_finds_the_rows_that_hold_it_anywhere(
        self, rows: list[tuple[Any, ...]], search: str
    ) -> None:
        page = Pages().page(frame_of(rows), Wanted(search=search, limit=500))
        expected = [
            row
            for row in rows
            if any(v is not None and search.lower() in str(v).lower() for v in row)
        ]
        assert page == Page(expected, len(expected))

    @given(st.integers(0, 60), st.integers(-5, 70), st.integers(-5, 600))
    def test_any_page_of_any_result(self, size: int, offset: int, limit: int) -> None:
        rows = [(n, str(n)) for n in range(size)]
        for wanted in (Wanted(None, False, "", offset, limit), Wanted(0, False, "", offset, limit)):
            page = Pages().page(frame_of(rows), wanted)
            first = max(offset, 0)
            assert page.rows == rows[first : first + max(limit, 0)]
            assert page.found == size

    @pytest.mark.parametrize(
        "values",
        [
            [Decimal("1.50"), None, Decimal(-3)],
            [datetime.time(12), None, datetime.time(1)],
            [b"b", None, b"a"],
            [[2], None, [1]],
            [{"a": 1}, None, "text"],
            [2**70, None, -1],
            [1, None, "mixed"],
            [pd.Timestamp("2020", tz="UTC"), None, pd.Timestamp("2019", tz="UTC")],
            [pd.Timedelta(hours=30), None, pd.Timedelta(hours=-1)],
        ],
    )
    def test_every_kind_of_value_can_be_sorted_and_searched(self, values: list[Any]) -> None:
        frame = pd.DataFrame({"v": pd.Series(values, dtype=object)})
        pages = Pages()
        for descending in (False, True):
            rows = pages.page(frame, Wanted(0, descending)).rows
            assert len(rows) == 3
            assert rows[2][0] is None or rows[2][0] is pd.NaT
        assert pages.page(frame, Wanted(search="no such text")).found == 0

    @pytest.mark.parametrize("make", [pa.table, pl.DataFrame])
    def test_arrow_and_polars_as_well(self, make: Callable[[Any], Any]) -> None:
        table = make({"n": [3, 1, None], "word": ["c", "a", "b"]})
        pages = Pages()
        assert pages.page(table, Wanted(0)).rows == [(1, "a"), (3, "c"), (None, "b")]
        assert pages.page(table, Wanted(search="C")).rows == [(3, "c")]

    def test_columns_of_one_name_are_told_apart(self) -> None:
        frame = pd.DataFrame([[1, 9], [2, 8]], columns=["x", "x"])
        assert Pages().page(frame, Wanted(1)).rows == [(2, 8), (1, 9)]


def drawn(value: Any, code: str) -> Any:
    import matplotlib.pyplot as plt

    names = {"result": value}
    exec(code, names)
    plt.close("all")
    return names["ax"]


DAYS = pd.date_range("2024-01-01", periods=40)
CHARTS: dict[str, tuple[dict[str, Any], str, int]] = {
    "a line over time": ({"day": DAYS, "n": range(40), "m": range(40)}, "lines", 2),
    "means of a time that repeats": ({"day": [*DAYS[:20]] * 2, "n": range(40)}, "lines", 1),
    "bars of a few categories": ({"carrier": ["a", "b", "c"], "n": [1, 2, 3]}, "patches", 3),
    "means of many categories": ({"c": ["a", "b"] * 20, "n": range(40)}, "patches", 2),
    "bars of months": ({"month": range(1, 13), "n": range(12)}, "patches", 12),
    "a line of an increasing number": ({"x": range(100), "y": range(100)}, "lines", 1),
    "points of two measures": ({"x": [3.5, 1, 2, 1], "y": [1, 2, 3, 4]}, "collections", 1),
    "a histogram": ({"x": [1.5, 2.5, 2.5]}, "patches", 30),
    "counts of texts": ({"x": ["a", "b", "b"]}, "patches", 2),
    "counts of times": ({"day": [*DAYS[:3], DAYS[0]]}, "lines", 1),
    "decimals": ({"c": ["a", "b"], "n": [Decimal("1.5"), None]}, "patches", 2),
    "awkward names": ({"it's": ["a", "b"], 'the "n"': [1, 2]}, "patches", 2),
    "keys are no measures": ({"flight_id": [1, 2, 3], "delay": [2.5, 1.5, 3.5]}, "patches", 30),
}


# pandas 2 asks matplotlib for what its latest version calls old.
@pytest.mark.filterwarnings("ignore::matplotlib.MatplotlibDeprecationWarning")
class TestCharts:
    @pytest.mark.parametrize("name", CHARTS)
    def test_the_code_draws(self, name: str) -> None:
        columns, parts, count = CHARTS[name]
        frame = pd.DataFrame(columns)
        for value in (frame, pa.Table.from_pandas(frame), pl.from_pandas(frame)):
            ax = drawn(value, chart_code(value, "result"))
            assert len(getattr(ax, parts)) == count

    def test_a_large_result_draws_a_sample(self) -> None:
        frame = pd.DataFrame({"x": [1.5, 0.5] * 5000, "y": range(10_000)})
        ax = drawn(frame, chart_code(frame, "result"))
        assert len(ax.collections[0].get_offsets()) == 5000

    @pytest.mark.parametrize(
        ("columns", "why"), [({"x": []}, "no rows"), ({"x": [b"a", b"b"]}, "No column")]
    )
    def test_what_cannot_be_drawn_is_told(self, columns: dict[str, Any], why: str) -> None:
        with pytest.raises(ValueError, match=why):
            chart_code(pd.DataFrame(columns), "result")

    def test_a_free_name_takes_no_other(self) -> None:
        assert free_name({}) == "result"
        assert free_name({"result": 1, "result_2": 2}) == "result_3"


def ask(results: HeldResults, name: str | None, **page: Any) -> dict[str, Any]:
    return answer(results, {"request": 7, "id": name, "page": page})


class TestHeldResults:
    def test_a_page_is_told_as_texts(self) -> None:
        results = HeldResults({})
        name = results.hold(frame_of([(2, "b"), (None, "a")]), COLUMNS, None)
        told = ask(results, name, sort=1)
        assert told == {"request": 7, "rows": [[None, "a"], ["2", "b"]], "found": 2}

    def test_what_the_user_lets_go_is_gone(self) -> None:
        names: dict[str, Any] = {"df": frame_of([(1, "a")])}
        results = HeldResults(names)
        name = results.hold(names["df"], COLUMNS, "df")
        assert ask(results, name)["found"] == 1
        del names["df"]
        gc.collect()
        assert ask(results, name)["reason"] == "gone"

    def test_a_result_that_was_changed_is_no_longer_shown_as_it_was(self) -> None:
        frame = frame_of([(1, "a")])
        results = HeldResults({"df": frame})
        name = results.hold(frame, COLUMNS, "df")
        frame["more"] = 1
        assert ask(results, name)["reason"] == "gone"

    def test_only_the_latest_small_results_without_a_variable_are_held(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        results = HeldResults({})
        names = [results.hold(frame_of([(1, "a")]), COLUMNS, None) for _ in range(20)]
        there = [name for name in names if "rows" in ask(results, name)]
        assert there == names[-held_module.HELD :]
        monkeypatch.setattr(held_module, "HELD_BYTES", 10)
        assert results.hold(frame_of([(1, "a")]), COLUMNS, None) is None

    @pytest.mark.parametrize("page", [{"sort": 9}, {"sort": "x"}, {"limit": None}, {"offset": []}])
    def test_a_question_that_makes_no_sense_is_refused(self, page: dict[str, Any]) -> None:
        results = HeldResults({})
        name = results.hold(frame_of([(1, "a")]), COLUMNS, None)
        assert ask(results, name, **page)["reason"] == "refused"
        assert ask(results, "nothing")["reason"] == "gone"

    def test_a_chart_of_a_result_without_a_variable_gives_it_one(self) -> None:
        names: dict[str, Any] = {"result": "taken"}
        results = HeldResults(names)
        frame = frame_of([(1, "a"), (2, "b")])
        name = results.hold(frame, COLUMNS, None)
        told = answer(results, {"request": 1, "id": name, "chart": True})
        assert (told["variable"], told["named"]) == ("result_2", True)
        assert names["result_2"] is frame
        again = answer(results, {"request": 2, "id": name, "chart": True})
        assert (again["variable"], again["named"]) == ("result_2", False)

    def test_a_variable_that_holds_something_else_draws_no_chart(self) -> None:
        frame = frame_of([(1, "a"), (2, "b")])
        names: dict[str, Any] = {"df": frame}
        results = HeldResults(names)
        name = results.hold(frame, COLUMNS, "df")
        names["df"] = "other"
        told = answer(results, {"request": 1, "id": name, "chart": True})
        assert "run the cell again" in told["error"]


def test_the_notebook_keeps_a_bounded_part() -> None:
    rows = [(n, "x" * 1000) for n in range(10_000)]
    kept = bundle(COLUMNS, rows, 10_000, [], None, None)["rows"]
    assert 0 < sum(len(value) for row in kept for value in row) < 110_000
    assert kept[0][1].endswith("…")
    assert bundle(COLUMNS, [(math.nan, None)], 1, [], None, None)["rows"] == [["nan", None]]
