"""Reading an answer of Kylin while it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lodge_magics.sql.sources.kylin.answer import BrokenAnswerError, read_answer

ROWS = [["1", None, 'a"],[b\\'], ["-2", "名字😀", ""]]
ANSWERS = [
    {"code": "000", "data": {"columnMetas": [{"label": "a"}], "results": ROWS, "duration": 12}},
    {"data": {"results": ROWS, "results2": [1], "columnMetas": []}, "msg": "", "n": 1.5},
    {"data": {"results": []}, "code": "000"},
    {"data": {"results": None, "isException": True}, "results": [1]},
    {"data": "", "code": "000"},
    {},
]


def read(text: bytes, size: int) -> tuple[dict[str, Any], list[Any]]:
    rows: list[Any] = []
    pieces = (text[at : at + size] for at in range(0, len(text), size))
    return read_answer(pieces, rows.extend), rows


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_rows_go_on_and_the_rest_is_kept(answer: dict[str, Any], size: int) -> None:
    text = json.dumps(answer, ensure_ascii=False, indent=1).encode()
    found, rows = read(text, size)
    data = answer.get("data")
    expected = dict(answer)
    if isinstance(data, dict):
        assert rows == (data["results"] or [])
        gone = isinstance(data["results"], list)
        expected["data"] = {k: v for k, v in data.items() if k != "results" or not gone}
    assert found == expected


@pytest.mark.parametrize("size", [1, 1000])
def test_what_breaks_off_is_told(size: int) -> None:
    whole = json.dumps(ANSWERS[0], ensure_ascii=False).encode()
    for text in (*(whole[:length] for length in range(len(whole))), b"<html>", b"[]", b'{"a"}'):
        with pytest.raises(BrokenAnswerError):
            read(text, size)
