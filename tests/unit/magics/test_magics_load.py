"""Loading the extension: cheap, once, and undone."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import lodge_magics
import pytest
from IPython.core.interactiveshell import InteractiveShell
from lodge_magics.spark.magic import spark_cell

HEAVY = ["pandas", "numpy", "pyspark", "py4j", "duckdb", "sqlglot", "pyarrow", "pymysql"]

LOAD = """
import json, sys
import ipykernel.zmqshell
shell = ipykernel.zmqshell.ZMQInteractiveShell.instance()
before = set(sys.modules)
shell.extension_manager.load_extension("lodge_magics")
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_loading_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, timeout=60
    )
    new = json.loads(done.stdout.splitlines()[-1])
    assert not {name.partition(".")[0] for name in new} & set(HEAVY)


def test_the_environment_tells_kernels_to_load_it() -> None:
    config = Path(sysconfig.get_path("data")) / "etc" / "ipython" / "ipython_kernel_config.py"
    assert "lodge_magics" in config.read_text(encoding="utf-8")


@pytest.fixture
def shell() -> InteractiveShell:
    return InteractiveShell()


def test_unloading_takes_everything_away(shell: InteractiveShell) -> None:
    lodge_magics.load_ipython_extension(shell)
    assert spark_cell in shell.input_transformer_manager.line_transforms
    assert shell.find_magic("sql", "cell") is not None
    lodge_magics.unload_ipython_extension(shell)
    assert spark_cell not in shell.input_transformer_manager.line_transforms
    assert shell.find_magic("sql", "cell") is None
    assert shell.find_magic("spark", "line") is None
    lodge_magics.unload_ipython_extension(shell)


def test_values_of_lines_are_not_expanded(shell: InteractiveShell) -> None:
    lodge_magics.load_ipython_extension(shell)
    shell.user_ns["secret"] = "pasted"
    result = shell.run_cell("%sql {secret}", store_history=False)
    assert "{secret}" in str(result.error_in_exec)
    assert "pasted" not in str(result.error_in_exec)
