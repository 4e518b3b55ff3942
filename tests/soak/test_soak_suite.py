"""Runs of the tests are killed at any moment, for long: nothing of them is left."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from support.lodge import wait_for
from support.suite import Suite


def test_nothing_is_left_whenever_a_run_is_ended(tmp_path: Path, rounds: Iterator[int]) -> None:
    for number in rounds:
        choice = random.Random(number)
        suite = Suite(tmp_path / f"log-{number}")
        # Any moment will do: this is no wait for something.
        time.sleep(choice.uniform(0, 60))
        suite.process.send_signal(choice.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL]))
        suite.process.wait(120)
        wait_for(suite.is_gone, 120, f"nothing is left in round {number}")
