"""Messages become outputs, and the same outputs again from the journal's operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from lodge_runner.outputs import Outputs
from lodge_runner.spill import Spill
from lodge_runner.wire import Message

if TYPE_CHECKING:
    from pathlib import Path


def message(type_: str, **content: Any) -> Message:
    return Message(type_, "parent", "2026-01-01T00:00:00Z", content, [])


def stream(text: str, name: str = "stdout") -> Message:
    return message("stream", name=name, text=text)


def display(text: str, display_id: str | None = None, type_: str = "display_data") -> Message:
    transient = {} if display_id is None else {"display_id": display_id}
    return message(type_, data={"text/plain": text}, metadata={}, transient=transient)


def shown(outputs: Outputs, cell: int = 0) -> list[str]:
    return [
        o["text"] if o["output_type"] == "stream" else o.get("data", {}).get("text/plain", "!")
        for o in outputs.of(cell)
    ]


def test_streams_are_joined_while_nothing_comes_between() -> None:
    outputs = Outputs()
    for one in (stream("a"), stream("b"), stream("c", "stderr"), stream("d"), display("x")):
        outputs.handle(0, one)
    outputs.handle(0, stream("e"))
    assert shown(outputs) == ["ab", "c", "d", "x", "e"]


def test_updates_reach_every_display_of_an_id_in_any_cell() -> None:
    outputs = Outputs()
    outputs.handle(0, display("1", "i"))
    outputs.handle(1, display("2", "i"))
    assert (shown(outputs, 0), shown(outputs, 1)) == (["2"], ["2"])
    outputs.handle(2, display("3", "i", "update_display_data"))
    assert (shown(outputs, 0), shown(outputs, 1), shown(outputs, 2)) == (["3"], ["3"], [])
    outputs.handle(2, display("4", "unknown", "update_display_data"))
    assert shown(outputs, 2) == []


def test_clear_now_and_with_the_next_output() -> None:
    outputs = Outputs()
    outputs.handle(0, display("1", "i"))
    outputs.handle(0, message("clear_output", wait=True))
    outputs.handle(0, display("2", "i", "update_display_data"))
    assert shown(outputs) == ["2"]
    outputs.handle(0, stream("new"))
    assert shown(outputs) == ["new"]
    outputs.handle(0, message("clear_output", wait=False))
    assert shown(outputs) == []


def test_errors_are_kept_but_for_absurd_lengths() -> None:
    outputs = Outputs()
    outputs.handle(
        0, message("error", ename="E", evalue="x" * 2_000_000, traceback=["y" * 2_000_000])
    )
    (error,) = outputs.of(0)
    assert (len(error["evalue"]), len(error["traceback"][0])) == (1_000_000, 1_000_000)


def test_limit_cuts_between_characters_and_counts_kinds_apart(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "out.ipynb")
    outputs = Outputs(10, spill)
    outputs.handle(0, stream("中" * 4))
    outputs.handle(0, stream("tail"))
    outputs.handle(0, display("plot"))
    outputs.close_cell(0)
    spill.close()
    kept, mark, plot = shown(outputs)
    assert (kept, plot) == ("中" * 3, "plot")
    assert "7 bytes" in mark
    assert "out.ipynb.cell-1.txt" in mark


def test_clear_gives_room_again(tmp_path: Path) -> None:
    outputs = Outputs(4, Spill(tmp_path / "out.ipynb"))
    for _ in range(3):
        outputs.handle(0, stream("1234"))
        outputs.handle(0, message("clear_output", wait=True))
    outputs.handle(0, stream("last"))
    assert shown(outputs) == ["last"]
    assert list(tmp_path.iterdir()) == []


def test_large_update_is_spilled(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "out.ipynb")
    outputs = Outputs(10, spill)
    outputs.handle(0, display("small", "i"))
    outputs.handle(0, display("x" * 11, "i", "update_display_data"))
    spill.close()
    assert "out.ipynb.cell-1.jsonl" in shown(outputs)[0]
    line = (tmp_path / "out.ipynb.cell-1.jsonl").read_text(encoding="utf-8")
    assert json.loads(line)["data"] == {"text/plain": "x" * 11}


texts = st.text(max_size=5)
messages = st.one_of(
    st.builds(stream, texts, st.sampled_from(["stdout", "stderr"])),
    st.builds(display, texts, st.sampled_from([None, "i", "j"])),
    st.builds(display, texts, st.sampled_from(["i", "j"]), st.just("update_display_data")),
    st.builds(lambda wait: message("clear_output", wait=wait), st.booleans()),
    st.just(message("error", ename="E", evalue="v", traceback=["t"])),
)
events = st.lists(st.tuples(st.integers(0, 2), messages, st.booleans()))


@given(events)
def test_replaying_operations_gives_the_same_outputs(
    events: list[tuple[int, Message, bool]],
) -> None:
    first, second = Outputs(), Outputs()
    journal: list[str] = []
    for cell, one, flush in events:
        first.handle(cell, one)
        if flush:
            journal.append(json.dumps(first.take()))
    journal.append(json.dumps(first.take()))
    assert first.take() == []
    for line in journal:
        for cell, operation in json.loads(line):
            second.apply(cell, operation)
    assert [first.of(i) for i in range(3)] == [second.of(i) for i in range(3)]


@given(st.lists(st.text(max_size=20)), st.integers(1, 60))
def test_text_kept_and_spilled_is_all_of_it(texts: list[str], limit: int) -> None:
    class Memory(Spill):
        def __init__(self) -> None:
            self.text = ""

        def write_text(self, cell: int | str, text: str) -> None:
            self.text += text

        def notice(self, cell: int | str, kind: str) -> str:
            return "notice"

    spill = Memory()
    outputs = Outputs(limit, spill)
    for text in texts:
        outputs.handle(0, stream(text))
    kept = "".join(o["text"] for o in outputs.of(0) if o["output_type"] == "stream")
    assert kept + spill.text == "".join(texts)
    assert len(kept.encode()) <= limit
