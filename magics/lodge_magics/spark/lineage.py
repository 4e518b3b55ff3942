"""The chain behind a DataFrame or an RDD: read from the driver, without running a job.

A DataFrame's chain is its physical plan; a stage is cut where data is exchanged. An RDD's is its
dependencies; a stage is cut at those that shuffle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lodge_magics.errors import SparkError
from lodge_magics.spark.storage import level_name

__all__ = ["Step", "lineage_of", "parse_plan"]

#: Steps that are read at most; a plan of thousands makes no picture.
MOST = 200

_LINE = re.compile(r"^(?P<prefix>[\s:+|-]*)(?:\*(?:\(\d+\))?\s*)?(?P<text>\S.*)$")
_STORAGE = re.compile(r"StorageLevel\(([^)]*)\)")
_CUTS = re.compile(r"^(Exchange|ShuffleExchange|CometExchange)\b")


@dataclass
class Step:
    """One operator of a plan, or one RDD.

    Attributes
    ----------
    name
        What it does, as Spark names it.
    detail
        On what, in Spark's words.
    cached
        The storage level it is kept at; None where it isn't kept.
    cut
        Whether a stage ends between this and what it comes from.
    sources
        What it comes from.
    """

    name: str
    detail: str = ""
    cached: str | None = None
    cut: bool = False
    sources: list[Step] = field(default_factory=list)

    def walk(self) -> list[Step]:
        """Return this step and all behind it, this one first."""
        found, todo = [], [self]
        while todo:
            step = todo.pop()
            found.append(step)
            todo += reversed(step.sources)
        return found


def lineage_of(value: Any, name: str) -> Step:
    """Return the chain behind a DataFrame or an RDD.

    Parameters
    ----------
    value
        The DataFrame or RDD.
    name
        The variable's.

    Raises
    ------
    SparkError
        It is neither, or its plan can't be made.
    """
    if hasattr(value, "_jrdd"):
        return _rdd(value._jrdd.rdd(), {})
    if not hasattr(value, "_jdf"):
        raise SparkError(
            f"{name} is a {type(value).__name__}; %spark lineage shows Spark DataFrames and RDDs."
        )
    return parse_plan(value._jdf.queryExecution().executedPlan().toString())


def parse_plan(text: str) -> Step:
    """Return the operators of a physical plan from Spark's tree of it.

    Parameters
    ----------
    text
        As `SparkPlan.toString` gives it: an operator a line, deeper ones further right.

    Raises
    ------
    SparkError
        There is no operator in the text.
    """
    lines = text.splitlines()
    if any("== Final Plan ==" in line for line in lines):
        begin = next(i for i, line in enumerate(lines) if "== Final Plan ==" in line)
        end = next((i for i, line in enumerate(lines) if "== Initial Plan ==" in line), len(lines))
        lines = lines[begin + 1 : end]
    root: Step | None = None
    above: list[tuple[int, Step]] = []
    for line in lines[:MOST]:
        found = _LINE.match(line)
        if found is None:
            continue
        column, step = len(found["prefix"]), _operator(found["text"])
        while above and above[-1][0] >= column:
            above.pop()
        if above:
            above[-1][1].sources.append(step)
        elif root is None:
            root = step
        above.append((column, step))
    if root is None:
        raise SparkError("Spark gave no plan for it.")
    return _without_wrappers(root)


def _operator(text: str) -> Step:
    name, detail = re.match(r"([^\s(]+)\s?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    if name == "Scan" or detail.startswith(("csv", "parquet", "json", "orc", "text")):
        kind, _, detail = detail.partition(" ")
        name = f"{name} {kind}"
    kept = _STORAGE.search(detail) if name == "InMemoryRelation" else None
    cached = level_name(kept.group(1).replace(",", "").title()) if kept else None
    return Step(name, detail, cached, cut=bool(_CUTS.match(name)))


def _without_wrappers(step: Step) -> Step:
    """Drop what says nothing about the data: the adaptive plan, its query stages."""
    while len(step.sources) == 1 and re.match(
        r"AdaptiveSparkPlan|\w*QueryStage|InputAdapter|WholeStageCodegen|ResultQueryStage",
        step.name,
    ):
        step = step.sources[0]
    step.sources = [_without_wrappers(source) for source in step.sources]
    return step


def _rdd(rdd: Any, seen: dict[int, Step]) -> Step:
    number = rdd.id()
    if number in seen:
        return Step(f"{seen[number].name} (as above)")
    described = re.match(r"(?P<name>\S+)(?: at (?P<place>.*))?", rdd.toString())
    level = rdd.getStorageLevel()
    step = Step(
        described["name"] if described else str(number),
        described["place"] or "" if described else "",
        level_name(level.description()) if level.isValid() else None,
    )
    seen[number] = step
    dependencies = rdd.dependencies()
    for index in range(dependencies.size()):
        if len(seen) >= MOST:
            break
        dependency = dependencies.apply(index)
        step.cut |= dependency.getClass().getSimpleName() == "ShuffleDependency"
        step.sources.append(_rdd(dependency.rdd(), seen))
    return step
