"""What is printed of a run."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterable

from suite.plan import TIERS, Group
from suite.process import Outcome

SLOWEST = 10
#: Lines of a group that was interrupted: pytest says there where it was.
LAST_WORDS = 30


class Report:
    """Prints each tier when it is done, what failed at once, and on a terminal how far it is.

    Parameters
    ----------
    groups
        All that is going to run.
    """

    def __init__(self, groups: Iterable[Group]) -> None:
        self._waiting = {tier: [g for g in groups if g.tier == tier] for tier in TIERS}
        self._outcomes: dict[str, list[Outcome]] = {tier: [] for tier in TIERS}
        self._began: dict[str, float] = {}
        self._live = sys.stdout.isatty()
        self.passed = True

    def begins(self, group: Group) -> None:
        """Note that a group begins."""
        self._began.setdefault(group.tier, time.monotonic())

    def ended(self, outcome: Outcome) -> None:
        """Note what came of a group; print it if it failed, and its tier if it was the last."""
        tier = outcome.group.tier
        outcomes = self._outcomes[tier]
        outcomes.append(outcome)
        if not outcome.passed:
            self.passed = False
            self._print(failure(outcome))
        if len(outcomes) == len(self._waiting[tier]):
            self._print(tier_line(tier, outcomes, time.monotonic() - self._began[tier]))

    def interrupted(self, outcomes: Collection[Outcome], waiting: Collection[str]) -> None:
        """Print what ran when the run was interrupted, and what had not begun."""
        for outcome in outcomes:
            said = "\n".join(outcome.said.rstrip().splitlines()[-LAST_WORDS:])
            self._print(f"=== {outcome.group.name} ran for {outcome.seconds:.0f} s\n{said}\n===")
        if waiting:
            self._print(f"not begun: {', '.join(waiting)}")

    def running(self, groups: Collection[Group], waiting: int) -> None:
        """Show how far it is, where somebody looks on."""
        if self._live:
            names = ", ".join(sorted(group.name for group in groups))
            print(f"\r\033[K{names}; {waiting} to go"[:110], end="", flush=True)

    def _print(self, text: str) -> None:
        print(f"\r\033[K{text}" if self._live else text, flush=True)


def tier_line(tier: str, outcomes: list[Outcome], seconds: float) -> str:
    """Return the line of a tier, and its slowest files."""
    tests = sum(outcome.tests for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    budget = TIERS[tier].budget
    counted = f"{tests:5d} tests" if tests else f"{len(outcomes):5d} checks"
    words = [
        f"{tier:12}{counted}",
        f"{seconds:4.0f} s of {budget} s" + (" OVER" if seconds > budget else ""),
        f"{len(failed)} of {len(outcomes)} groups FAILED" if failed else "passed",
    ]
    if skipped:
        words.append(f"{skipped} skipped")
    files: dict[str, float] = {}
    for outcome in outcomes:
        files |= outcome.files or {outcome.group.name: outcome.seconds}
    slowest = sorted(files.items(), key=lambda one: -one[1])[:SLOWEST]
    named = ", ".join(f"{name.rpartition('.')[2]} {taken:.0f}" for name, taken in slowest)
    return f"{', '.join(words)}\n             slowest: {named}"


def failure(outcome: Outcome) -> str:
    """Return what failed, whole."""
    head = f"=== {outcome.group.name} failed after {outcome.seconds:.0f} s"
    left = [f"left behind: {one}" for one in outcome.left]
    return "\n".join([head, outcome.said.rstrip(), *left, "==="])
