"""lodge-run against papermill, nbclient's command and nbconvert."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.harness import Contender, compare, details, table, tool, write_section

if TYPE_CHECKING:
    from collections.abc import Callable

CELLS = (1, 50, 200)
LINES = 100_000
PACKAGES = ("papermill", "nbclient", "nbconvert", "ipykernel", "jupyter-client")


def run(repeats: int) -> None:
    """Run the benchmark and write its section."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rows = {}
        for count in CELLS:
            notebook = write_notebook(
                Path(folder, f"{count}.ipynb"), [f"x = {i}\nx" for i in range(count)]
            )
            rows[str(count)] = compare(_contenders(notebook), repeats)
        flood = write_notebook(
            Path(folder, "flood.ipynb"),
            [f"for i in range({LINES}):\n    print(i, flush=True)"],
        )
        kept = {one.name: _lines_kept(one, flood) for one in _contenders(flood)}
    body = (
        "The same notebook of small cells, executed into another file.\n\n"
        + table("cells", rows)
        + f"\n\nOf {LINES:,} lines that one cell prints and flushes, the output notebook holds:\n\n"
        + "| "
        + " | ".join(kept)
        + " |\n|"
        + "---|" * len(kept)
        + "\n| "
        + " | ".join(f"{n:,}" for n in kept.values())
        + " |\n\n"
        + details("cells", rows)
    )
    write_section("runner", "Executing a notebook", body, PACKAGES)


def _contenders(notebook: Path) -> list[Contender]:
    out = notebook.with_name(f"{notebook.stem}-out.ipynb")
    clear = _clear(out)
    nbconvert = [
        tool("jupyter-nbconvert"), "--to", "notebook", "--execute", "--log-level", "ERROR",
        "--output", out.name, str(notebook),
    ]  # fmt: skip
    nbclient = [tool("jupyter-execute"), str(notebook), "--output", str(out.with_suffix(""))]
    return [
        Contender("lodge-run", [tool("lodge-run"), str(notebook), str(out)], clear),
        Contender(
            "papermill", [tool("papermill"), "--no-progress-bar", str(notebook), str(out)], clear
        ),
        Contender("jupyter execute", nbclient, clear),
        Contender("nbconvert --execute", nbconvert, clear),
    ]


def _clear(out: Path) -> Callable[[], None]:
    def clear() -> None:
        out.unlink(missing_ok=True)

    return clear


def write_notebook(path: Path, sources: list[str]) -> Path:
    """Write a notebook of code cells; return its path."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{index}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for index, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(nb), encoding="utf-8")
    return path


def _lines_kept(one: Contender, notebook: Path) -> int:
    one.before()
    subprocess.run(one.command, check=False, capture_output=True, timeout=600)
    out = notebook.with_name(f"{notebook.stem}-out.ipynb")
    if not out.exists():
        return 0
    nb = json.loads(out.read_text(encoding="utf-8"))
    out.unlink()
    texts = ["".join(o.get("text", [])) for o in nb["cells"][-1]["outputs"]]
    return len(set("".join(texts).split()) & {str(i) for i in range(LINES)})
