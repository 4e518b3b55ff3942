"""`%%spark` where the ports that a driver may take are all taken."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from lodge_spawner.ports import free_port, is_free
from support.kernels import DRIVERS, Kernel, environment
from support.lodge import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder: Path = tmp_path_factory.mktemp("ports")
    env = environment(folder)
    kernel = Kernel(env, folder)
    yield kernel
    kernel.close()


@pytest.fixture(scope="module")
def taken() -> Iterator[int]:
    """The first of three ports in a row that somebody listens on."""

    def three() -> int:
        first = free_port()
        return first if all(is_free(first + more) for more in range(3)) else 0

    first: int = wait_for(three, 10, "three free ports in a row")
    with contextlib.ExitStack() as sockets:
        for more in range(3):
            listening = sockets.enter_context(socket.socket())
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(("127.0.0.1", first + more))
            listening.listen()
        yield first


@pytest.mark.parametrize(
    ("settings", "whose"),
    [
        ("--conf spark.driver.port={0}", "the driver needs one of them"),
        ("--conf spark.ui.enabled=true --conf spark.ui.port={0}", "the Spark UI needs one of them"),
    ],
)
def test_a_full_range_of_ports_is_told_with_what_to_do(
    kernel: Kernel, taken: int, settings: str, whose: str
) -> None:
    ran = kernel.run(f"%%spark --conf spark.port.maxRetries=2 {settings.format(taken)}\n")
    assert ran.status == "error"
    assert f"Spark did not start: all ports {taken} to {taken + 2} are taken" in ran.error
    assert whose in ran.error
    assert "spark.port.maxRetries=N" in ran.error
    assert "Traceback" not in ran.error
    assert kernel.run(DRIVERS).shown == "[]"


def test_a_wider_range_starts(kernel: Kernel, taken: int) -> None:
    ran = kernel.run(
        f"%%spark --conf spark.driver.port={taken} --conf spark.port.maxRetries=16\n"
        "spark.range(3).count()"
    )
    assert ran.status == "ok", ran.error
    assert ran.texts[-1] == "3"
