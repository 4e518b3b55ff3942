"""The environment with PySpark 3.5, which `make setup-test` makes beside this one."""

from __future__ import annotations

import sys
from pathlib import Path

from support.kernels import Kernel, environment

PYTHON = Path(sys.prefix) / "spark35" / "bin" / "python"


def spark35_environment(folder: Path) -> dict[str, str]:
    """The variables of a kernel of that environment."""
    assert PYTHON.exists(), f"{PYTHON} is missing; `make setup-test` makes it"
    return environment(folder, str(PYTHON.parents[1])) | {"PYSPARK_PYTHON": str(PYTHON)}


def spark35_kernel(env: dict[str, str], folder: Path) -> Kernel:
    """A kernel of that environment."""
    return Kernel(env, folder, PYTHON)
