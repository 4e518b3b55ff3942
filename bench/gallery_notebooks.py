"""Notebooks as people share them: text with formulas, code, tables, plots, a log."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from random import Random
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("agg")

from matplotlib import pyplot as plt

_TEXT = """\
## Step {step} of analysis {number}

Delays of carrier **{carrier}** grow towards the evening; the model is
$d_t = \\alpha d_{{t-1}} + \\epsilon_t$, fitted by month. What *remains* unexplained is {share} %:

- weather at the origin, see [the source](https://example.org/{number}),
- aircraft that come in late, `{carrier}` above all.
"""
_CODE = """\
# {number}.{step}
late = flights[(flights.carrier == "{carrier}") & (flights.dep_delay > {share})]
by_hour = late.groupby(["origin", "hour"], as_index=False).agg(
    flights=("flight", "count"), mean=("dep_delay", "mean"), worst=("dep_delay", "max")
)
by_hour.sort_values("mean", ascending=False).head(40)
"""


def write_notebooks(folder: Path, count: int) -> list[Path]:
    """Write notebooks that differ from each other; return their paths."""
    folder.mkdir(parents=True)
    random = Random(1)
    plots = [_plot(seed) for seed in range(24)]
    paths = []
    for number in range(count):
        notebook = _notebook(number, random, plots)
        path = folder / f"{number:04}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        paths.append(path)
    return paths


def _notebook(number: int, random: Random, plots: list[str]) -> dict[str, Any]:
    cells: list[dict[str, Any]] = []
    for step in range(random.randint(5, 12)):
        words = {
            "step": step,
            "number": number,
            "carrier": random.choice(("UA", "B6", "EV", "DL", "AA")),
            "share": random.randint(1, 60),
        }
        log = "".join(f"epoch {i}: loss {random.random():.6f}\n" for i in range(30))
        cells += [
            {"cell_type": "markdown", "metadata": {}, "source": _TEXT.format(**words)},
            _code(_CODE.format(**words), [_data({"text/html": _table(random)})]),
            _code(
                f"plot(by_hour, {step})\nprint(fit.log)",
                [{"output_type": "stream", "name": "stdout", "text": log}]
                + ([_data({"image/png": random.choice(plots)})] if step % 3 == 0 else []),
            ),
        ]
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _code(source: str, outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": outputs,
        "source": source,
    }


def _data(bundle: dict[str, str]) -> dict[str, Any]:
    data = {"text/plain": "…", **bundle}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _table(random: Random) -> str:
    rows = [
        {
            "origin": random.choice(("JFK", "LGA", "EWR")),
            **{name: random.random() for name in ("mean", "median", "worst", "share")},
        }
        for _ in range(random.randint(10, 40))
    ]
    html: str = pd.DataFrame(rows).to_html(notebook=True)
    return html


def _plot(seed: int) -> str:
    values = np.random.default_rng(seed)
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.scatter(values.normal(size=400), values.normal(size=400), c=values.random(400), s=12)
    axes.plot(values.normal(size=60).cumsum())
    axes.set_title(f"Delays, {seed}")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return base64.b64encode(file.getvalue()).decode()
