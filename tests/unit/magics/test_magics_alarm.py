"""An interrupt is heard at once, whatever the main thread waits for."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time

import pytest
from lodge_magics.spark.alarm import Alarm


def test_it_rings_while_the_main_thread_is_in_native_code() -> None:
    rung = threading.Event()
    times: list[float] = []

    def ring() -> None:
        times.append(time.monotonic())
        rung.set()

    alarm = Alarm(ring)
    alarm.set()
    alarm.set()
    sender = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    sender.start()

    def work() -> None:
        # A while in which no handler of Python runs.
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 1_000_000)
        rung.wait(30)

    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        ended = time.monotonic()
    finally:
        sender.join()
        alarm.clear()
    assert rung.wait(30)
    assert times[0] < ended


def test_whoever_listened_before_still_hears() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer)
    rung = threading.Event()
    alarm = Alarm(rung.set)
    try:
        alarm.set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert rung.wait(30)
        assert os.read(reader, 1) == bytes([signal.SIGINT])
        alarm.clear()
        alarm.clear()
        assert signal.set_wakeup_fd(writer) == writer
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def test_a_thread_sets_none() -> None:
    alarm = Alarm(lambda: None)
    thread = threading.Thread(target=alarm.set)
    thread.start()
    thread.join()
    assert signal.set_wakeup_fd(-1) == -1
