"""For tests of schedules: a clock that is set by hand, and an executor whose runs do as told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lodge_runner.spec import Environment, RunError, RunResult

from ..clock import Clock
from ..db import Database, upgrade
from .blobs import Snapshots
from .core import Schedules
from .engine import Engine, EngineOptions
from .executors.base import Executor, Handle, Order
from .ledger import Ledger


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2027, 1, 4, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, **span: float) -> None:
        """Move on by a span, as `timedelta` takes it."""
        self.now += timedelta(**span)


@dataclass
class FakeRun:
    """A run of `FakeExecutor`."""

    order: Order
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    report: RunResult | None = None
    exit_code: int | None = 0
    stopped_with: float | None = None


@dataclass
class FakeExecutor:
    """Runs that begin at once and end when a test says so.

    It can be handed from one engine to the next, as the processes of a machine are.
    """

    runs: dict[str, FakeRun] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    notebooks: dict[str, bytes] = field(default_factory=dict)
    unfinished_notebooks: dict[str, bytes] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    refuse: Exception | None = None
    rescued: RunResult | None = None
    forget_exit_codes: bool = False
    most_at_once: int = 0

    def end(
        self, run_id: str, state: str = "succeeded", error: RunError | None = None, cells: int = 3
    ) -> None:
        """End a run in a state of `RunResult`."""
        self.tell(run_id, state, cells, error)
        self.runs[run_id].gone.set()

    def tell(
        self, run_id: str, state: str = "running", cells: int = 1, error: RunError | None = None
    ) -> None:
        """Let a run say how far it is."""
        now = datetime.now(UTC)
        self.runs[run_id].report = RunResult.model_validate(
            {
                "state": state,
                "exit_code": None,
                "started_at": now,
                "ended_at": None if state == "running" else now,
                "duration_s": 1.0,
                "cells_total": 3,
                "cells_done": cells,
                "current_cell": None,
                "error": error,
            }
        )

    @property
    def running(self) -> list[str]:
        """The runs that go on."""
        return [run_id for run_id, run in self.runs.items() if not run.gone.is_set()]

    def check(self, owner: str, notebook_path: str, metadata: dict[str, Any]) -> None:
        """Take any notebook."""

    async def start(self, order: Order) -> Handle:
        """Begin a run."""
        if self.refuse is not None:
            raise self.refuse
        if order.run_id in self.started:
            raise AssertionError(f"run {order.run_id} was started twice")
        self.started.append(order.run_id)
        self.runs[order.run_id] = FakeRun(order)
        self.most_at_once = max(self.most_at_once, len(self.running))
        return {"run": order.run_id}

    async def find(self, run_id: str, owner: str) -> Handle | None:  # noqa: ARG002
        """Find a run that goes on."""
        return {"run": run_id} if run_id in self.running else None

    async def alive(self, handle: Handle) -> bool:
        """Tell whether a run goes on."""
        return handle["run"] in self.running

    async def wait(self, handle: Handle, timeout_s: float) -> bool:
        """Wait for the end of a run, a short time whatever is asked."""
        run = self.runs.get(handle["run"])
        if run is None:
            return True
        try:
            async with asyncio.timeout(min(timeout_s, 0.02)):
                await run.gone.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self, run_id: str, handle: Handle, grace_s: float) -> None:  # noqa: ARG002
        """End a run as if it was interrupted."""
        self.runs[run_id].stopped_with = grace_s
        self.end(run_id, "cancelled")

    async def clean(self, run_id: str, handle: Handle | None) -> None:
        """Nothing is left behind."""

    def exit_code(self, handle: Handle) -> int | None:
        """Return what a test has set."""
        run = self.runs.get(handle["run"])
        return None if run is None or self.forget_exit_codes else run.exit_code

    async def report(self, run_id: str) -> RunResult | None:
        """Return what the run told last."""
        run = self.runs.get(run_id)
        if run is None or run.report is None or run_id not in self.environments:
            return None if run is None else run.report
        return run.report.model_copy(update={"environment": self.environments[run_id]})

    async def rescue(self, run_id: str, owner: str) -> RunResult | None:  # noqa: ARG002
        """Return what a test has set."""
        return self.rescued

    async def notebook(self, run_id: str) -> bytes | None:
        """Return what a test has put there."""
        return self.notebooks.get(run_id)

    async def unfinished(self, run_id: str) -> bytes | None:
        """Return what a test has put there."""
        return self.unfinished_notebooks.get(run_id)

    async def log(self, run_id: str, limit: int) -> bytes:
        """Return the end of what a test has put there."""
        return self.logs.get(run_id, b"")[-limit:]

    async def remove(self, run_id: str) -> None:
        """Note that a run is to be forgotten."""
        self.removed.append(run_id)


def make_core(
    folder: Path,
    executor: Executor,
    clock: Clock,
    options: EngineOptions | None = None,
) -> Schedules:
    """Return a core on a database in `folder`; a second one there is like a restart."""
    url = f"sqlite:///{folder / 'schedules.sqlite'}"
    upgrade(url, "schedules")
    database = Database(url)
    snapshots = Snapshots(folder / "notebooks")
    engine = Engine(Ledger(database), executor, snapshots, options, clock)
    return Schedules(database, engine, snapshots, clock)


def notebook(*sources: str, parameters: str | None = None) -> dict[str, Any]:
    """Return a notebook of code cells, the first one tagged ``parameters`` where it is given."""
    cells = [] if parameters is None else [_cell(parameters, "parameters")]
    cells += [_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [{**cell, "id": f"cell-{index}"} for index, cell in enumerate(cells)],
    }


def _cell(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)} if tags else {},
        "execution_count": None,
        "outputs": [],
    }


def new_job(**values: Any) -> dict[str, Any]:
    """Return the fields of a job as `Schedules.create_job` takes them."""
    return {
        "name": "Daily delays",
        "notebook": notebook("print(day)", parameters="day = 1"),
        "notebook_path": "reports/delays.ipynb",
        "cron": None,
        "timezone": "UTC",
        "parameters": {},
        "enabled": True,
        "share_id": None,
        "publish": False,
        "interval": "times",
        "catch_up": "latest",
        "retries": 0,
        "retry_s": 60,
        "timeout_s": None,
        "starts_at": None,
        "ends_at": None,
        "after": [],
        "after_s": 86_400,
        **values,
    }


def as_json(value: Any) -> bytes:
    """Return a value as JSON in bytes."""
    return json.dumps(value).encode()
