"""From a click to a link: sharing a notebook, and bringing it to a wiki.

A notebook of 2 MB with 20 plots, as people share them. Sharing it is what the service does for a
request: it checks the notebook and keeps it, its page is made when it is first read. What users
have without Lodge is a file of HTML by nbconvert. The wiki is a real MediaWiki on this machine.
"""

from __future__ import annotations

import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from lodge_services.render.styles import has_colours
from lodge_services.shares.models import Actor
from lodge_services.shares.publishing.deliveries import Deliveries
from lodge_services.shares.publishing.settings import WikiSettings, targets
from lodge_services.shares.service import SharesService
from support.mediawiki import running_mediawiki, token

from bench.gallery_notebooks import write_notebooks
from bench.harness import load, tool, write_section

ADA = Actor("ada")
PLOTS, BYTES = 20, 2_000_000
PACKAGES = ("nbconvert", "httpx", "sqlalchemy")


def run(repeats: int) -> None:
    """Measure, and write the results.

    Parameters
    ----------
    repeats
        How often each is done after once that is not counted.
    """
    with tempfile.TemporaryDirectory(prefix="lodge-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        os.environ["LODGE_BENCH_WIKI"] = token()
        server = stack.enter_context(running_mediawiki())
        wiki = WikiSettings(
            "mediawiki", server.url, user="Lodge@shares", token_env="LODGE_BENCH_WIKI"
        )
        service = SharesService.open(
            f"sqlite:///{folder}/shares.sqlite",
            folder / "store",
            wikis=targets({"team": wiki}, folder / "wikis"),
            address="https://lodge.example/services/shares/",
        )
        stack.callback(service.close)
        notebook = _notebook(folder)
        path = folder / "notebook.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        times: dict[str, list[float]] = {name: [] for name in ("html", "share", "page", "1", "2")}
        for number in range(repeats + 1):
            taken = _round(service, folder, path, notebook, number)
            for key, seconds in taken.items():
                # The first round warms what is warm for users, too.
                times[key] += [seconds] if number else []
        found = {key: statistics.median(each) for key, each in times.items()}
        _write(found, _weights(service, folder), path.stat().st_size, repeats)


def _round(
    service: SharesService, folder: Path, path: Path, notebook: dict[str, Any], number: int
) -> dict[str, float]:
    said = {**notebook, "metadata": {**notebook["metadata"], "round": number}}
    html = folder / "notebook.html"
    command = [tool("jupyter"), "nbconvert", "--to", "html", "--output", str(html), str(path)]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    taken = {"html": _timed(lambda: subprocess.run(command, **quiet))}  # type: ignore[call-overload]
    ids: list[str] = []
    share = service.shares.create

    def click() -> None:
        ids.append(share(ADA, title=f"Delays {number}", notebook=json.loads(json.dumps(said))).id)

    taken["share"] = _timed(click)
    (share_id,) = ids
    digest = service.shares.get(ADA, share_id).digest
    taken["page"] = _timed(lambda: service.rendered_notebook(share_id, 1, digest, "en"))
    deliveries = Deliveries(service.publishing)

    def deliver() -> None:
        done = deliveries.deliver(share_id, "team")
        assert done is not None
        assert done.state == "published", done.message

    # Plots of no other round: each is sent.
    _new_plots(said, number, PLOTS)
    service.shares.update(ADA, share_id, notebook=said)
    service.publishing.publish(ADA, share_id, "team")
    taken["1"] = _timed(deliver)
    _new_plots(said, -number - 1, 1)
    service.shares.update(ADA, share_id, notebook=said)
    taken["2"] = _timed(deliver)
    return taken


def _timed(does: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    does()
    return time.perf_counter() - begun


def _notebook(folder: Path) -> dict[str, Any]:
    """Return a notebook of the wanted size and number of plots."""
    notebooks = [json.loads(one.read_text()) for one in write_notebooks(folder / "notebooks", 40)]
    made: dict[str, Any] = notebooks[0]
    for other in notebooks[1:]:
        if len(json.dumps(made)) > BYTES * 0.6:
            break
        made["cells"] += other["cells"]
    made["cells"] = [cell for cell in made["cells"] if not _plots([cell])]
    each = (BYTES - len(json.dumps(made))) // PLOTS * 3 // 4
    for number in range(PLOTS):
        data = {"image/png": _png(number, each), "text/plain": "a plot"}
        output = {"output_type": "display_data", "metadata": {}, "data": data}
        cell = {"cell_type": "code", "metadata": {}, "source": "plot()", "execution_count": 1}
        made["cells"].insert(number * 3, {**cell, "outputs": [output]})
    for number, cell in enumerate(made["cells"]):
        cell["id"] = f"cell-{number}"
    return made


def _png(seed: int, size: int) -> str:
    """Return a picture of about that many bytes, which no compression makes smaller."""
    import io

    from PIL import Image

    side = max(8, int((size / 3) ** 0.5))
    picture = Image.frombytes("RGB", (side, side), Random(seed).randbytes(side * side * 3))
    with io.BytesIO() as into:
        picture.save(into, "PNG")
        return base64.b64encode(into.getvalue()).decode()


def _plots(cells: list[Any]) -> list[Any]:
    outputs = (one for cell in cells for one in cell.get("outputs", ()))
    return [one["data"] for one in outputs if "image/png" in one.get("data", {})]


def _new_plots(notebook: dict[str, Any], seed: int, count: int) -> None:
    for number, data in enumerate(_plots(notebook["cells"])[:count]):
        size = len(data["image/png"]) * 3 // 4
        data["image/png"] = _png(1_000 * seed + number + 50, size)


def _weights(service: SharesService, folder: Path) -> tuple[int, int]:
    """Return the bytes of a page of text and tables as Lodge and as nbconvert make it."""
    notebook = _notebook(folder / "weights")
    notebook["cells"] = [cell for cell in notebook["cells"][:40] if not _plots([cell])]
    path = folder / "plain.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    share = service.shares.create(ADA, title="Plain", notebook=notebook)
    ours = service.rendered_notebook(share.id, 1, share.digest, "en")
    static = Path(sys.modules[SharesService.__module__].__file__ or "").parent / "pages" / "static"
    sheets = [*static.glob("*.[cj]s*"), *static.parents[2].glob("pages/static/*.[cj]s*")]
    # Asked for by a chart alone, and by colours of tables.
    apart = {"chart-frame.js", *(() if has_colours(ours.decode()) else ("render-colours.css",))}
    styles = sum(one.stat().st_size for one in sheets if one.name not in apart)
    command = [tool("jupyter"), "nbconvert", "--to", "html", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    theirs = path.with_suffix(".html").read_bytes()
    assert not re.search(rb"https?://", re.sub(rb"<a [^>]*>", b"", ours))
    return len(ours) + styles, len(theirs)


def _write(times: dict[str, float], weights: tuple[int, int], size: int, repeats: int) -> None:
    def row(name: str, ours: float, yardstick: str, theirs: float, goal: str, unit: str) -> str:
        ratio = f"**{ours / theirs:.2f}x**"
        took, others = (f"{value:,.3g} {unit}" for value in (ours, theirs))
        return f"| {name} | {took} | {yardstick}: {others} | {ratio} | {goal} |"

    rows = [
        row("click to link", times["share"], "nbconvert to HTML", times["html"], "0.15x", "s"),
        row(
            "click to link, and the page made", times["share"] + times["page"],
            "nbconvert to HTML", times["html"], "–", "s",
        ),
        row("second version, one new plot", times["2"], "first version", times["1"], "0.3x", "s"),
        row(
            "a page without pictures, with its styles and scripts", weights[0] / 1e3,
            "nbconvert's HTML", weights[1] / 1e3, "0.3x", "kB",
        ),
    ]  # fmt: skip
    body = f"""
A notebook of {size / 1e6:.1f} MB with {PLOTS} plots: shared (checked and kept, without the way over
the network), and brought to a real MediaWiki 1.39 on this machine, with new plots each time.
Medians of {repeats} rounds after one that is not counted. {load()}

| | Lodge | yardstick | ratio | goal |
|---|---|---|---|---|
{chr(10).join(rows)}
"""
    write_section("publishing", "Sharing a notebook to the gallery and a wiki", body, PACKAGES)
