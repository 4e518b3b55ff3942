"""The environment with PySpark 3.5, which `make setup-test` makes beside this one."""

from __future__ import annotations

import sys
from pathlib import Path

from support.kernels import Kernel

PYTHON = Path(sys.prefix) / "spark35" / "bin" / "python"


def spark35_home() -> Path:
    """The folder of its Spark."""
    [home] = PYTHON.parents[1].glob("lib/python3*/site-packages/pyspark")
    return home


def spark35_kernel(env: dict[str, str], folder: Path) -> Kernel:
    """A kernel of that environment."""
    assert PYTHON.exists(), f"{PYTHON} is missing; `make setup-test` makes it"
    return Kernel({"PYSPARK_PYTHON": str(PYTHON), **env}, folder, PYTHON)
