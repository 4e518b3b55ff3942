"""The engine: fires what is due, starts what waits, watches what runs.

Everything that must survive is in the ledger; the engine itself can be killed at any time. Runs
go on without it, and the next engine takes them over by what their executor wrote down.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, cast

from lodge_runner.spec import RunResult
from lodge_spawner.accounts import AccountError
from sqlalchemy.exc import SQLAlchemyError

from ..clock import Clock, utc_now
from ..errors import LodgeError
from ..storage import is_full
from .blobs import Snapshots
from .executors import processes
from .executors.base import Executor, Handle, Order
from .fairness import choose
from .ledger import Lease, Ledger, Waiting
from .models import Run
from .outcome import clamp, failure, judge
from .owners import Everybody, Owners

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)

#: Longest sleep of the engine: how soon it notices that the clock was set, or an owner is gone, in
#: seconds. Runs of people who are gone are to end before the hub ends all that is left of them.
LONGEST_SLEEP_S = 10.0
#: How often a running run is asked how far it is, in seconds.
POLL_S = 1.0
#: How long others keep their hands off a run whose engine is silent.
LEASE = timedelta(seconds=60)
#: After so many failures to watch it a run is given up.
FAILURES = 3
#: What is told of a run of which the database has damaged what it needs.
UNREADABLE = (
    "The run could not be started, because its parameters can't be read; "
    "set the job's parameters anew."
)
FULL = (
    "The run could not be started, because Lodge's disk is full; ask your administrator to make "
    "room, then run it again."
)
LOST_SIGHT = (
    "The run was given up, because Lodge can't read what it knew of it; run it again, "
    "and tell your administrator if it happens again."
)


@dataclass(frozen=True)
class EngineOptions:
    """How the engine behaves.

    Parameters
    ----------
    max_runs
        How many runs may run at a time.
    keep_runs
        How many ended runs of each job are kept.
    stop_runs
        Whether running runs end with the engine. By default they go on, and the next engine
        takes them over.
    cancel_grace_s
        Seconds that a cancelled run has to end in order before it is killed.
    stop_grace_s
        The same where the engine ends.
    """

    max_runs: int = 2
    keep_runs: int = 100
    stop_runs: bool = False
    cancel_grace_s: float = 10.0
    stop_grace_s: float = 1.0


class Engine:
    """Runs jobs at their times.

    Parameters
    ----------
    ledger
        The runs and times in the database.
    executor
        Where runs happen.
    snapshots
        The notebooks of jobs.
    options
        See `EngineOptions`.
    clock
        Gives the time.
    owners
        Knows who is there: for others nothing starts, and what runs ends.
    """

    def __init__(
        self,
        ledger: Ledger,
        executor: Executor,
        snapshots: Snapshots,
        options: EngineOptions | None = None,
        clock: Clock = utc_now,
        owners: Owners | None = None,
    ) -> None:
        self.owners = owners or Everybody()
        self.ledger = ledger
        self.executor = executor
        self.snapshots = snapshots
        self.options = options or EngineOptions()
        self.clock = clock
        self.name = _lease_name()
        self._wakeup = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._home: asyncio.AbstractEventLoop | None = None
        self._watched: dict[str, asyncio.Task[None]] = {}
        self._handles: dict[str, Handle] = {}
        self._stops: dict[str, asyncio.Task[None]] = {}
        self._failures: Counter[str] = Counter()
        self._stopping = False

    # Life

    async def start(self) -> None:
        """Take over the runs of an engine before this one, and begin to fire."""
        self._home = asyncio.get_running_loop()
        await self._adopt()
        await self._forget_old(None)
        self._loop = asyncio.create_task(self._run(), name="schedules engine")

    async def stop(self) -> None:
        """Fire nothing more; end running runs only where the options say so."""
        self._stopping = True
        if self._loop is not None:
            self._loop.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop
        if self.options.stop_runs:
            for run_id, handle in list(self._handles.items()):
                self._end(run_id, handle, self.options.stop_grace_s)
            if self._watched:
                await asyncio.wait(self._watched.values(), timeout=self.options.stop_grace_s + 1.5)
        for run_id, task in list(self._watched.items()):
            task.cancel()
            await asyncio.wait([task])
            await self._call(self.ledger.release, run_id)
        for task in list(self._stops.values()):
            task.cancel()
        await asyncio.gather(*self._stops.values(), return_exceptions=True)

    def wake(self) -> None:
        """Look at once for what to do."""
        self._wakeup.set()

    def wake_threadsafe(self) -> None:
        """As `wake`, from another thread."""
        if self._home is not None and not self._home.is_closed():
            self._home.call_soon_threadsafe(self._wakeup.set)

    async def _run(self) -> None:
        while not self._stopping:
            self._wakeup.clear()
            pause = POLL_S
            try:
                await self.step()
                pause = await self._pause()
            except Exception:
                # The engine must outlive a database that is away for a while; it tries again.
                log.exception("The engine could not do its step; it tries again in %s s", pause)
            with suppress(TimeoutError):
                # Not wait_for(): it may lose a cancellation that comes with the wake-up.
                async with asyncio.timeout(pause):
                    await self._wakeup.wait()

    async def _pause(self) -> float:
        due = await self._call(self.ledger.next_due, self.clock())
        if due is None:
            return LONGEST_SLEEP_S
        ahead = (due - self.clock()).total_seconds()
        return min(ahead, LONGEST_SLEEP_S) if ahead > 0 else POLL_S

    # Steps

    async def step(self) -> None:
        """Fire what is due, take over what nobody watches, start what waits."""
        await self._call(self.ledger.fire_due, self.clock())
        await self._adopt()
        queued = await self._call(self.ledger.ready, self.clock())
        running = await self._call(self.ledger.in_state, "running")
        owners = {run.owner for run in queued} | {run.owner for run in running}
        there = {owner: await self.owners.is_there(owner) for owner in owners}
        for run in running:
            if not there[run.owner] and not run.cancel_requested:
                log.info("Run %s ends: %s is gone", run.id, run.owner)
                await self.cancel(run.id)
        # Runs that are being started count as running.
        active: list[Run | Waiting] = [*running]
        active += [run for run in queued if run.id in self._watched]
        waiting = [run for run in queued if run.id not in self._watched and there[run.owner]]
        for run_id in choose(waiting, active, self.options.max_runs - len(active)):
            self._watch(run_id, self._begin(run_id))

    async def _begin(self, run_id: str) -> None:
        if self._stopping:
            return
        run = await self._call(self.ledger.claim, run_id, self._lease(), self.clock())
        if run is None:
            return
        if not isinstance(cast("object", run.parameters), dict):
            await self._fail(run, UNREADABLE)
            return
        try:
            order = Order(
                run_id=run.id,
                owner=run.owner,
                notebook=await self._call(self.snapshots.get, run.notebook_digest),
                notebook_path=run.notebook_path,
                parameters=run.parameters,
            )
            handle = await self.executor.start(order)
        except (LodgeError, AccountError) as error:
            await self._fail(run, str(error))
            return
        except Exception as error:
            log.exception("Run %s could not be started", run.id)
            if is_full(error):
                await self._fail(run, FULL)
                return
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            await self._fail(
                run,
                f"The run could not be started: {reason.rstrip('.')}; "
                "tell your administrator if it happens again.",
            )
            return
        await self._call(self.ledger.started, run.id, handle)
        await self._follow(run, handle)

    async def _fail(self, run: Run, message: str) -> None:
        await self._call(self.ledger.finish, run.id, failure(message, self.clock()))
        await self._forget_old(run.job_id)

    async def _adopt(self) -> None:
        """Take over running runs whose engine is gone."""
        for run in await self._call(self.ledger.in_state, "running"):
            if run.id not in self._watched and self._abandoned(run):
                lease = self._lease()
                if await self._call(self.ledger.take, run, lease):
                    log.info("Run %s is taken over", run.id)
                    self._watch(run.id, self._resume(run))

    def _abandoned(self, run: Run) -> bool:
        if run.lease_by is None or run.lease_until is None or run.lease_until < self.clock():
            return True
        try:
            host, pid, started = run.lease_by.split("|", 2)
            number = int(pid)
        except ValueError:
            return True  # nobody of ours wrote that
        own_host = self.name.split("|", 1)[0]
        return host == own_host and processes.identity(number) != started.rpartition("|")[0]

    async def _resume(self, run: Run) -> None:
        handle = run.handle or await self._find(run)
        if handle is not None and run.handle is None:
            await self._call(self.ledger.started, run.id, handle)
        await self._follow(run, handle)

    async def _find(self, run: Run) -> Handle | None:
        try:
            return await self.executor.find(run.id, run.owner)
        except AccountError as error:
            log.warning("Run %s can't be looked for: %s", run.id, error)
            return None

    # One run

    def _watch(self, run_id: str, work: Any) -> None:
        async def watched() -> None:
            try:
                await work
                self._failures.pop(run_id, None)
            except Exception as error:
                # A run that nobody watches would stay "running": the next step takes it over.
                log.exception("Run %s is not watched for the moment", run_id)
                # A database that is away says nothing about the run.
                self._failures[run_id] += not isinstance(error, SQLAlchemyError)
                await asyncio.sleep(POLL_S)
                with suppress(SQLAlchemyError):  # else it is free when the lease is over
                    await self._give_up_or_release(run_id)
            finally:
                self._watched.pop(run_id, None)
                self._handles.pop(run_id, None)
                self.wake()

        self._watched[run_id] = asyncio.create_task(watched(), name=f"run {run_id}")

    async def _give_up_or_release(self, run_id: str) -> None:
        if self._failures[run_id] < FAILURES:
            await self._call(self.ledger.release, run_id)
        else:
            log.error("Run %s can't be watched and is given up", run_id)
            del self._failures[run_id]
            await self._call(self.ledger.finish, run_id, failure(LOST_SIGHT, self.clock()))

    async def _follow(self, run: Run, handle: Handle | None) -> None:
        """Watch a run to its end, and write the end down."""
        if handle is not None:
            self._handles[run.id] = handle
            fresh = await self._call(self.ledger.get, run.id)
            if self._stopping and self.options.stop_runs:
                self._end(run.id, handle, self.options.stop_grace_s)
            elif fresh is None or fresh.cancel_requested or fresh.timed_out:
                self._end(run.id, handle, self.options.cancel_grace_s)
            await self._until_gone(run, handle)
        await self._conclude(run, handle)

    async def _until_gone(self, run: Run, handle: Handle) -> None:
        run_id, late = run.id, None
        if run.timeout_s is not None and not run.timed_out:
            late = (run.started_at or self.clock()) + timedelta(seconds=run.timeout_s)
        told: tuple[int | None, int | None] = (None, None)
        renew = self.clock() + LEASE / 3
        while not await self.executor.wait(handle, POLL_S):
            progress = _progress(await self.executor.report(run_id))
            if progress != told or self.clock() >= renew:
                told, renew = progress, self.clock() + LEASE / 3
                await self._call(self.ledger.beat, run_id, self._lease(), *progress)
            if late is not None and self.clock() >= late:
                late = None
                log.info("Run %s is ended: it took longer than %s s", run_id, run.timeout_s)
                await self._call(self.ledger.time_out, run_id)
                self._end(run_id, handle, self.options.cancel_grace_s)

    async def _conclude(self, run: Run, handle: Handle | None) -> None:
        exit_code = None if handle is None else self.executor.exit_code(handle)
        await self.executor.clean(run.id, handle)
        fresh = await self._call(self.ledger.get, run.id)
        if fresh is None:
            # Its job was deleted with it.
            await self.remove(run.id)
            return
        report, rescued = await self._last_words(run)
        outcome = judge(
            report,
            exit_code,
            rescued=rescued,
            started_at=fresh.started_at or fresh.created_at,
            now=self.clock(),
            cancelled=fresh.cancel_requested,
            timed_out_s=fresh.timeout_s if fresh.timed_out else None,
            stopped=self._stopping and self.options.stop_runs,
        )
        if await self._call(self.ledger.finish, run.id, outcome):
            log.info("Run %s of job %s: %s", run.id, run.job_id, outcome.state)
        await self._forget_old(run.job_id)

    async def _last_words(self, run: Run) -> tuple[RunResult | None, RunResult | None]:
        """Return what a run that is over says of itself, and what was saved of one that was killed.

        Whatever its user left there in its place, the run has ended.
        """
        try:
            report = await self.executor.report(run.id)
            if report is not None and report.state != "running":
                return report, None
            return report, await self.executor.rescue(run.id, run.owner)
        except Exception:
            log.exception("What run %s left can't be read", run.id)
            return None, None

    # Wishes

    async def cancel(self, run_id: str) -> Run | None:
        """Cancel a run: at once where it waits, soon where it runs. Return the run."""
        run = await self._call(self.ledger.request_cancel, run_id, self.clock())
        # A run that is being started has no handle yet; `_follow` reads the wish once it has.
        handle = self._handles.get(run_id)
        if handle is not None and run is not None and run.state == "running":
            self._end(run_id, handle, self.options.cancel_grace_s)
        self.wake()
        return run

    async def ended(self, run_id: str, timeout_s: float) -> bool:
        """Wait until a run of this engine is over, at most `timeout_s` seconds."""
        task = self._watched.get(run_id)
        if task is None:
            return True
        done, _ = await asyncio.wait([task], timeout=timeout_s)
        return bool(done)

    def _end(self, run_id: str, handle: Handle, grace_s: float) -> None:
        if run_id in self._stops and not self._stopping:
            return
        task = asyncio.create_task(self.executor.stop(run_id, handle, grace_s))
        self._stops[run_id] = task
        task.add_done_callback(lambda _: self._stops.pop(run_id, None))

    async def remove(self, run_id: str) -> None:
        """Delete all that is kept of a run; what can't be deleted is named in the log and left."""
        try:
            await self.executor.remove(run_id)
        except Exception:
            log.exception("What run %s left can't be removed", run_id)

    async def _forget_old(self, job_id: str | None) -> None:
        run_ids = await self._call(self.ledger.beyond, self.options.keep_runs, job_id)
        # First the folders, then the rows: a kill in between leaves nothing that nobody knows of.
        for run_id in run_ids:
            await self.remove(run_id)
        if run_ids:
            await self._call(self.ledger.forget, run_ids)

    def _lease(self) -> Lease:
        return Lease(self.name, self.clock() + LEASE)

    async def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(function, *args, **kwargs)


def _progress(report: RunResult | None) -> tuple[int | None, int | None]:
    if report is None:
        return None, None
    return clamp(report.cells_total), clamp(report.cells_done)


def _lease_name() -> str:
    """Return a name that tells, on this host, whether the process that holds a lease lives."""
    pid = os.getpid()
    return f"{socket.gethostname()}|{pid}|{processes.identity(pid)}|{secrets.token_hex(4)}"
