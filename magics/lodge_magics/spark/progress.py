"""How far the jobs of a cell are, in one line while they run and in one when they are done."""

from __future__ import annotations

import datetime
import html
from dataclasses import dataclass, field
from typing import Any

from lodge_magics.language import many, say

__all__ = ["CellProgress", "bytes_text", "progress_html", "seconds_text", "tasks_text"]

_STYLE = "font-size:13px;line-height:1.5;color:var(--jp-ui-font-color2,inherit)"
_TRACK = "height:4px;max-width:480px;border-radius:2px;background:var(--jp-border-color2,#ddd)"
_FILL = "height:4px;border-radius:2px;background:var(--jp-brand-color1,#0d6efd)"
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")

Record = dict[str, Any]


@dataclass
class CellProgress:
    """Jobs and stages of a cell, as Spark's REST API has them.

    Attributes
    ----------
    jobs
        By id.
    stages
        Those that have ended and are known, by id.
    """

    jobs: dict[int, Record] = field(default_factory=dict)
    stages: dict[int, Record] = field(default_factory=dict)

    def unfinished(self, ids: list[int]) -> list[int]:
        """Return those ids whose job is not known to have ended."""
        return [
            number
            for number in ids
            if self.jobs.get(number, {}).get("status", "RUNNING") in ("RUNNING", "UNKNOWN")
        ]

    def missing_stages(self) -> list[int]:
        """Return the stages of ended jobs that are not known yet."""
        return sorted(
            {
                stage
                for job in self.jobs.values()
                if job["status"] != "RUNNING"
                for stage in job["stageIds"]
            }
            - set(self.stages)
        )

    def done_and_total(self) -> tuple[int, int]:
        """Return how many tasks are done, skipped ones counted, and how many there are."""
        done = self._sum("numCompletedTasks") + self._sum("numSkippedTasks")
        total = self._sum("numTasks")
        return min(done, total), total

    def running_text(self, seconds: float) -> str:
        """Return the line shown while jobs run.

        Parameters
        ----------
        seconds
            Since the cell began.
        """
        ended = sum(job["status"] not in ("RUNNING", "UNKNOWN") for job in self.jobs.values())
        stages = sum(len(job["stageIds"]) for job in self.jobs.values())
        stages_done = self._sum("numCompletedStages") + self._sum("numSkippedStages")
        done, total = self.done_and_total()
        tasks = tasks_text(done, total, self._sum("numActiveTasks"))
        failed = self._sum("numFailedTasks")
        if failed:
            tasks = say("{tasks}, {failed:,} failed", tasks=tasks, failed=failed)
        return say(
            "Spark: jobs {ended:,} of {jobs:,} · stages {done:,} of {stages:,} · {tasks} · {time}",
            ended=ended,
            jobs=len(self.jobs),
            done=stages_done,
            stages=stages,
            tasks=tasks,
            time=seconds_text(seconds),
        )

    def final_text(self, *, interrupted: bool = False) -> str:
        """Return the line that stays.

        Parameters
        ----------
        interrupted
            Whether the user interrupted the cell; default False.
        """
        done, _ = self.done_and_total()
        tasks = done - self._sum("numSkippedTasks")
        jobs, ran = many(len(self.jobs), "job"), many(max(tasks, 0), "task")
        counts, time = say("{one}, {other}", one=jobs, other=ran), seconds_text(self._duration())
        parts = [say("Spark: {counts} in {time}", counts=counts, time=time)]
        broken = sum(job["status"] == "FAILED" for job in self.jobs.values())
        if broken:
            told = "{jobs} cancelled" if interrupted else "{jobs} failed"
            parts.append(say(told, jobs=many(broken, "job")))
        read, rows = self._stage_sum("inputBytes"), self._stage_sum("inputRecords")
        if rows or read:
            amount = many(rows, "row")
            told = say("{amount} read", amount=amount)
            parts.append(told + (f" ({bytes_text(read)})" if read else ""))
        written, fetched = self._stage_sum("shuffleWriteBytes"), self._stage_sum("shuffleReadBytes")
        if written or fetched:
            parts.append(
                say(
                    "shuffle {written} written, {fetched} read",
                    written=bytes_text(written),
                    fetched=bytes_text(fetched),
                )
            )
        spilled = self._stage_sum("diskBytesSpilled")
        if spilled:
            parts.append(say("{amount} spilled to disk", amount=bytes_text(spilled)))
        failed = self._sum("numFailedTasks")
        if failed:
            parts.append(f"{many(failed, 'failed task')}")
        unknown = len(self.missing_stages())
        if unknown:
            parts.append(say("figures without {stages}", stages=many(unknown, "stage")))
        return " · ".join(parts)

    def _sum(self, name: str) -> int:
        return sum(int(job.get(name, 0)) for job in self.jobs.values())

    def _stage_sum(self, name: str) -> int:
        return sum(int(stage.get(name, 0)) for stage in self.stages.values())

    def _duration(self) -> float:
        began = [
            _time(job["submissionTime"]) for job in self.jobs.values() if "submissionTime" in job
        ]
        ended = [
            _time(job["completionTime"]) for job in self.jobs.values() if "completionTime" in job
        ]
        return max(ended) - min(began) if began and ended else 0.0


def progress_html(text: str, done: int, total: int) -> str:
    """Return a bar with a line below it, as HTML that needs no style sheet and no script.

    Parameters
    ----------
    text
        The line, not yet escaped.
    done, total
        Tasks.
    """
    share = 100 * done // total if total else 0
    return (
        f'<div style="{_STYLE}">'
        f'<div role="progressbar" aria-label="Spark" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share}" style="{_TRACK}"><div style="{_FILL};width:{share}%"></div></div>'
        f"{html.escape(text)}</div>"
    )


def bytes_text(number: int) -> str:
    """Return a size in a unit that keeps it short."""
    size, unit = float(number), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{number:,} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def tasks_text(done: int, total: int, running: int) -> str:
    """Return how far tasks are."""
    told = "tasks {done:,} of {total:,} done, {running:,} running"
    return say(told, done=done, total=total, running=running)


def seconds_text(seconds: float) -> str:
    """Return a time in a unit that keeps it short."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _time(text: str) -> float:
    # As Spark's REST API writes it: 2026-11-21T03:51:14.135GMT
    return datetime.datetime.fromisoformat(text.replace("GMT", "+00:00")).timestamp()
