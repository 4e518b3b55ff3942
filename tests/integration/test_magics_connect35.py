"""A result of a Spark Connect server in a kernel with PySpark 3.5, by the tests of 4.x."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from integration import test_magics_connect as connect
from support.connect import ConnectServer, connect_server
from support.kernels import Kernel
from support.spark35 import spark35_environment, spark35_kernel

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("connect35")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ConnectServer]:
    with connect_server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def kernel(folder: Path, server: ConnectServer) -> Iterator[Kernel]:
    kernel = spark35_kernel(spark35_environment(folder), folder)
    ran = kernel.run(f"%%spark --master {server.url}\nspark.range(3).count()")
    assert ran.texts[-1:] == ["3"], ran.error
    yield kernel
    kernel.close()


test_pieces = connect.test_a_result_is_fetched_in_pieces
test_too_large = connect.test_a_result_that_does_not_fit_is_stopped_with_its_job
test_interrupted = connect.test_an_interrupted_fetch_is_cancelled_on_the_server
