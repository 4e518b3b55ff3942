"""lodge-run and what kernels and libraries send: no message costs the run, each keeps its place."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

WIDGETS = "application/vnd.jupyter.widget-state+json"


class Done:
    """A notebook of the given sources, as it was run."""

    def __init__(self, folder: Path, *sources: str, timeout: str = "60") -> None:
        nb = nbformat.v4.new_notebook()
        nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        nbformat.write(nb, folder / "in.ipynb")
        command = [sys.executable, "-m", "lodge_runner.cli", "in.ipynb", "out.ipynb"]
        done = subprocess.run(
            [*command, "--timeout", timeout],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=90,
            stdin=subprocess.DEVNULL,
        )
        self.code, self.said = done.returncode, done.stderr
        self.nb: Any = nbformat.read(folder / "out.ipynb", as_version=4)
        nbformat.validate(self.nb)
        self.result = json.loads((folder / "out.ipynb.result.json").read_text(encoding="utf-8"))
        self.states = [cell["state"] for cell in self.nb.metadata.lodge.run.cells]

    def texts(self, cell: int) -> list[str]:
        return [
            o.text if o.output_type == "stream" else o.get("data", {}).get("text/plain", "!")
            for o in self.nb.cells[cell].outputs
        ]

    def widgets(self, model: str) -> list[Any]:
        states = self.nb.metadata.widgets[WIDGETS].state.values()
        return [widget.state for widget in states if widget.model_name == model]


def test_messages_of_odd_forms_pass(tmp_path: Path) -> None:
    done = Done(
        tmp_path,
        "from comm import create_comm\n"
        "comm = create_comm(target_name='my.channel', data={})\n"
        "comm.send(data='[1, 2]')\n"
        "k = get_ipython().kernel\n"
        "def send(type_, content):\n"
        "    k.session.send(k.iopub_socket, type_, content=content, parent=k.get_parent('shell'))\n"
        "send('display_data', {'data': [], 'metadata': {}})\n"
        "send('display_data', {'data': {'text/plain': 7}, 'transient': {'display_id': [1]}})\n"
        "send('display_data', {'data': {'text/plain': ['a', 'b']}, 'metadata': None})\n"
        "send('execute_result', {'data': {'text/plain': 'r'}, 'execution_count': 'x'})\n"
        "send('update_display_data', {'data': None, 'transient': 5})\n"
        "send('error', {'ename': 'E', 'evalue': 'v', 'traceback': None})\n"
        "send('stream', {'text': ['s', 't']})\n"
        "for depth in (100, 300, 900):\n"
        "    deep = []\n"
        "    for _ in range(depth):\n"
        "        deep = [deep]\n"
        "    try:\n"
        "        data = {'text/plain': str(depth), 'application/json': deep}\n"
        "        send('display_data', {'data': data})\n"
        "    except RecursionError:\n"
        "        pass\n",
        "raise ValueError('half \\ud83d')",
    )
    assert done.texts(0) == ["7", "ab", "r", "!", "st", "100", "300"]
    assert (done.code, done.result["error"]["ename"]) == (1, "ValueError")
    assert done.result["error"]["evalue"] == "half \ufffd"


def test_an_output_widget_keeps_what_ran_within_it(tmp_path: Path) -> None:
    done = Done(
        tmp_path,
        "import ipywidgets as w\n"
        "from IPython.display import clear_output\n"
        "print('Revenue 1234')\n"
        "out = w.Output()\n"
        "display(out)\n"
        "for word in ('loading', 'loaded'):\n"
        "    with out:\n"
        "        clear_output(wait=True)\n"
        "        print(word)\n"
        "print('end')",
        "inner = w.Output()\n"
        "with out:\n"
        "    print('outer')\n"
        "    with inner:\n"
        "        print('inner')\n"
        "    1 / 0\n"
        "print([o['text'] for o in out.outputs])",
        "print(len(out.outputs), inner.outputs[0]['text'])\ninner.append_stdout('more')",
        "def double(x):\n    print(2 * x)\nw.interact(double, x=4);",
    )
    assert done.code == 0, done.said
    assert done.texts(0) == ["Revenue 1234\n", "Output()", "end\n"]
    assert done.texts(1) == ["['loaded\\n']\n"]
    assert done.texts(2) == ["2 inner\n\n"]
    assert len(done.texts(3)) == 1
    held = [[o.get("text", o.get("ename")) for o in w.outputs] for w in done.widgets("OutputModel")]
    assert sorted(held) == [
        ["8\n"],
        ["inner\nmore"],
        ["loaded\nouter\n", "ZeroDivisionError"],
    ]


def test_a_progress_bar_says_what_its_state_says(tmp_path: Path) -> None:
    done = Done(
        tmp_path,
        "from tqdm.auto import tqdm\nfor _ in tqdm(range(40), desc='rows'):\n    pass",
    )
    assert "rows: 100%|██████████| 40/40 [" in done.texts(0)[0]


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("exit()", 0, None),
        ("quit(3)", 1, "Cell 1 failed: it called exit(3)"),
        ("import sys; sys.exit(0)", 0, None),
        ("raise SystemExit", 0, None),
        ("import sys; sys.exit('no rows')", 1, "Cell 1 failed: SystemExit: no rows"),
    ],
)
def test_a_cell_that_exits_ends_the_run(
    tmp_path: Path, source: str, code: int, message: str | None
) -> None:
    done = Done(tmp_path, source, "print('after')", "import time; time.sleep(0.5)")
    assert done.code == code, done.said
    assert done.states == ["done" if code == 0 else "failed", "not_run", "not_run"]
    assert (done.result["error"] or {}).get("message") == message
    assert done.texts(1) == []


def test_a_question_on_a_terminal_ends_at_once(tmp_path: Path) -> None:
    done = Done(
        tmp_path,
        '!bash -c \'read -p "Proceed (y/n)? " a; echo "got <$a>"\'\n'
        "!read a < /dev/tty; echo tty\n"
        "!touch f; rm -i f\n"
        "!exit 3\n"
        "print(_exit_code)\n"
        "!printf '\\344\\270'; printf '\\255\\n'; (sleep 60 &) ; echo left\n"
        "!kill -9 $$\n"
        "print(_exit_code)\n"
        "files = !ls\n"
        "print(files)",
    )
    assert done.code == 0, done.said
    text = "".join(done.texts(0)).replace("\r\n", "\n")
    assert "got <>\n" in text
    assert "tty\n" in text
    assert "3\n中\nleft\n-9\n['f', 'in.ipynb', " in text


def test_a_command_that_takes_too_long_ends_with_the_run(tmp_path: Path) -> None:
    done = Done(tmp_path, "!echo begun; sleep 617 | cat", "print('after')", timeout="3")
    assert (done.code, done.result["state"]) == (4, "timed_out"), done.said
    assert done.texts(0)[0].startswith("begun")
    assert done.states == ["killed", "not_run"]
    shown = subprocess.run(["ps", "ax"], capture_output=True, text=True, check=True)
    assert "sleep 617" not in shown.stdout


def test_the_error_named_is_the_error(tmp_path: Path) -> None:
    done = Done(
        tmp_path, "class Frame:\n    def __repr__(self):\n        raise KeyError('unit')\nFrame()"
    )
    assert done.result["error"]["message"] == "Cell 1 failed: KeyError: 'unit'"
    assert (done.result["error"]["ename"], done.result["error"]["evalue"]) == ("KeyError", "'unit'")
