"""Runs tiers, files or what a change can reach, side by side; see `python -m suite --help`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Process

from suite import changed, plan
from suite.plan import Group
from suite.process import Outcome, Testing
from suite.report import Report
from suite.runs import Run, begun
from suite.scheduler import Capacity, next_group

#: Seconds between two looks at what runs.
LOOK = 0.05


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser("python -m suite", description=__doc__)
    parser.add_argument("what", nargs="*", help="tiers, files, or groups; all tiers if none")
    parser.add_argument("--changed", metavar="COMMIT", help="what changes since then can reach")
    parser.add_argument("--list", action="store_true", help="only name the groups")
    parser.add_argument("--times", type=int, default=1, help="how often, one after the other")
    parser.add_argument("--busy", action="store_true", help="keep every core busy beside it")
    parser.add_argument("--alone", action="store_true", help="one group after the other")
    parser.add_argument("--record", action="store_true", help="keep what the groups take")
    parser.add_argument("-k", dest="options", help="tests whose names match, as pytest has it")
    given = parser.parse_args()
    try:
        groups = plan.chosen(given.what or list(plan.EVERYTHING))
    except LookupError as error:
        parser.error(str(error))
    if given.changed:
        groups = plan.complete(changed.reached(groups, changed.since(given.changed)))
    if given.list:
        print(*(group.name for group in groups), sep="\n")
        return 0
    cores = len(os.sched_getaffinity(0))
    capacity = Capacity(0, 1) if given.alone else Capacity(cores * 1.2, cores * 3)
    options = ("-k", given.options) if given.options else ()
    passed = []
    with busy(cores if given.busy else 0), _terminated_as_interrupted():
        for number in range(given.times):
            if given.times > 1:
                print(f"--- {number + 1} of {given.times}", flush=True)
            try:
                with begun() as run:
                    passed.append(_run(run, groups, capacity, options, record=given.record))
            except KeyboardInterrupt:
                print("Interrupted; nothing is left of it.", flush=True)
                return 130
    if given.times > 1:
        print(f"passed {sum(passed)} of {len(passed)} times", flush=True)
    return 0 if all(passed) else 1


def _run(
    run: Run,
    groups: list[Group],
    capacity: Capacity,
    options: tuple[str, ...],
    *,
    record: bool,
) -> bool:
    waiting, report = list(groups), Report(groups)
    running: list[Testing] = []
    number = 0
    try:
        while waiting or running:
            while group := next_group(waiting, [one.group for one in running], capacity):
                waiting.remove(group)
                number += 1
                report.begins(group)
                running.append(Testing(group, run, number, options))
            report.running([one.group for one in running], len(waiting))
            time.sleep(LOOK)
            for ended in [one for one in running if one.process.poll() is not None]:
                running.remove(ended)
                outcome = ended.outcome()
                if not outcome.passed:
                    waiting = _without_those_after(ended.group, waiting, report)
                if record and outcome.passed:
                    _record(outcome)
                report.ended(outcome)
            for one in running:
                one.watch()
    except KeyboardInterrupt:
        _interrupt(running)
        report.interrupted([one.outcome() for one in running], [group.name for group in waiting])
        raise
    return report.passed


def _without_those_after(failed: Group, waiting: list[Group], report: Report) -> list[Group]:
    """Return the groups that need not a failed one; the others have failed as well."""
    for group in waiting:
        if group.after == failed.name:
            report.begins(group)
            report.ended(Outcome(group, 0.0, passed=False, said=f"{failed.name} has failed."))
    return [group for group in waiting if group.after != failed.name]


def _interrupt(running: list[Testing]) -> None:
    """Let all end as by Ctrl-C, so that fixtures end what they started."""
    for one in running:
        one.interrupt()
    while any(one.process.poll() is None for one in running):
        time.sleep(LOOK)
        for one in running:
            one.watch()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Heed SIGTERM and SIGINT alike; a shell starts what it puts into the background deaf."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupt)
    yield


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep so many cores busy with something else."""
    burning = [Process(target=_burn, args=(os.getpid(),), daemon=True) for _ in range(cores)]
    for process in burning:
        process.start()
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.join()


def _burn(parent: int) -> None:
    # Not longer than the run, should that be killed.
    while os.getppid() == parent:
        sum(range(100_000))


def _record(outcome: Outcome) -> None:
    cores = max(outcome.processor / outcome.seconds, 0.1)
    known = plan.weights() | {outcome.group.name: (round(outcome.seconds), round(cores, 1))}
    lines = [f"  {json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known)]
    plan.WEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
