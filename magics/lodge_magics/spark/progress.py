"""How far the jobs of a cell are, in one line while they run and in one when they are done."""

from __future__ import annotations

import datetime
import html
from dataclasses import dataclass, field
from typing import Any

__all__ = ["CellProgress", "bytes_text", "many", "progress_html", "seconds_text"]

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
        tasks = f"tasks {done:,} of {total:,} done, {self._sum('numActiveTasks'):,} running"
        failed = self._sum("numFailedTasks")
        if failed:
            tasks += f", {failed:,} failed"
        return (
            f"Spark: jobs {ended:,} of {len(self.jobs):,} · stages {stages_done:,} of {stages:,} · "
            f"{tasks} · {seconds_text(seconds)}"
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
        counts = f"{many(len(self.jobs), 'job')}, {many(max(tasks, 0), 'task')}"
        parts = [f"Spark: {counts} in {seconds_text(self._duration())}"]
        broken = sum(job["status"] == "FAILED" for job in self.jobs.values())
        if broken:
            parts.append(f"{many(broken, 'job')} {'cancelled' if interrupted else 'failed'}")
        read, rows = self._stage_sum("inputBytes"), self._stage_sum("inputRecords")
        if rows or read:
            parts.append(f"{many(rows, 'row')} read" + (f" ({bytes_text(read)})" if read else ""))
        written, fetched = self._stage_sum("shuffleWriteBytes"), self._stage_sum("shuffleReadBytes")
        if written or fetched:
            parts.append(f"shuffle {bytes_text(written)} written, {bytes_text(fetched)} read")
        spilled = self._stage_sum("diskBytesSpilled")
        if spilled:
            parts.append(f"{bytes_text(spilled)} spilled to disk")
        failed = self._sum("numFailedTasks")
        if failed:
            parts.append(f"{many(failed, 'failed task')}")
        unknown = len(self.missing_stages())
        if unknown:
            parts.append(f"figures without {many(unknown, 'stage')}")
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


def many(number: int, what: str, several: str = "") -> str:
    """Return a number with its noun: `1 job`, `2 jobs`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {several or what + 's'}"


def seconds_text(seconds: float) -> str:
    """Return a time in a unit that keeps it short."""
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _time(text: str) -> float:
    # As Spark's REST API writes it: 2026-11-21T03:51:14.135GMT
    return datetime.datetime.fromisoformat(text.replace("GMT", "+00:00")).timestamp()
