"""What the magics show of Spark stays legible on the page of a shared notebook."""

from __future__ import annotations

import nbformat
from lodge_magics.live import line_html
from lodge_magics.spark.lineage import Step
from lodge_magics.spark.lineage_picture import lineage_svg, lineage_text
from lodge_services.render.notebook import render_notebook

LINE = "Spark: 1 job, 12 tasks in 3.2 s · 1,000 rows read"


def page(data: dict[str, str]) -> str:
    output = nbformat.v4.new_output("display_data", data)
    cell = nbformat.v4.new_code_cell("df.count()", outputs=[output], execution_count=1)
    return render_notebook(nbformat.v4.new_notebook(cells=[cell]))


def test_the_line_about_jobs_is_on_the_page() -> None:
    assert LINE in page({"text/html": line_html(LINE), "text/plain": LINE})


def test_a_lineage_is_a_picture_that_runs_nothing() -> None:
    root = Step("Project", sources=[Step("<script>alert(1)</script>", cached="DISK_ONLY")])
    shown = page({"image/svg+xml": lineage_svg(root, "a"), "text/plain": lineage_text(root)})
    assert "data:image/svg+xml;base64," in shown
    assert "<script" not in shown
