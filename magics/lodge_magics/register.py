"""Hooks the magics into a shell, without importing anything heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import no_var_expand

from lodge_magics.spark.cells import CellJobs
from lodge_magics.spark.comm import listen
from lodge_magics.spark.magic import SparkMagic, spark_cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["register", "unregister"]

_ATTRIBUTE = "_lodge_cell_jobs"


def register(shell: InteractiveShell) -> None:
    """Register `%spark`, `%%spark`, `%sql`, `%%sql` and the events of cells.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    jobs = CellJobs(in_kernel=hasattr(shell, "kernel"))
    spark = SparkMagic(shell, jobs)
    sql: Any = None

    def sql_magic() -> Any:
        nonlocal sql
        if sql is None:
            from lodge_magics.sql.magic import SqlMagic

            sql = SqlMagic(shell, jobs)
        return sql

    # No expansion of $x and {x} in lines: values are bound, never pasted.
    @no_var_expand
    def spark_line(line: str) -> None:
        """Start a Spark session, look into it, or stop it.

        %spark [OPTIONS] | status | jobs | storage | unpersist ID | lineage NAME | stop

        Options are those of %%spark.
        """
        spark.line(line)

    @no_var_expand
    def spark_function(line: str, cell: str) -> None:
        """Start a Spark session, then run the cell as Python, with `spark` and `sc`.

        %%spark [--conf NAME=VALUE]... [--name N] [--master M] [--queue Q] [--executor-memory 4g]
                [--executor-cores 2] [--num-executors N | --min-executors N --max-executors N]
                [--packages GROUP:ARTIFACT:VERSION,...] [--jars PATH,...] [--restart]

        Lines at the top of the cell that begin with -- are options as well.
        """
        spark.cell(line, cell)

    @no_var_expand
    def sql_line(line: str) -> None:
        """Show what there is to ask: %sql sources | tables | columns TABLE [--source NAME]."""
        sql_magic().line(line)

    @no_var_expand
    def sql_function(line: str, cell: str) -> None:
        """Run SQL and show the result, or keep it in a variable.

        %%sql [VAR] [--source NAME] [--preview [N]] [--cache [LEVEL]] [--refresh] [--quiet]
              [--param NAME=EXPR]... [--as pandas|arrow|polars|spark] [--explain]

        :name in the text binds the Python variable `name`; its value is never pasted.
        """
        sql_magic().cell(line, cell)

    listen(shell)
    setattr(shell, _ATTRIBUTE, jobs)
    shell.register_magic_function(spark_line, "line", "spark")
    shell.register_magic_function(spark_function, "cell", "spark")
    shell.register_magic_function(sql_line, "line", "sql")
    shell.register_magic_function(sql_function, "cell", "sql")
    shell.input_transformer_manager.line_transforms.insert(0, spark_cell)
    shell.events.register("pre_run_cell", jobs.begin)
    shell.events.register("post_run_cell", jobs.end)


def unregister(shell: InteractiveShell) -> None:
    """Undo `register`.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    jobs = getattr(shell, _ATTRIBUTE, None)
    if jobs is None:
        return
    shell.events.unregister("pre_run_cell", jobs.begin)
    shell.events.unregister("post_run_cell", jobs.end)
    if spark_cell in shell.input_transformer_manager.line_transforms:
        shell.input_transformer_manager.line_transforms.remove(spark_cell)
    for kind in ("line", "cell"):
        for name in ("spark", "sql"):
            shell.magics_manager.magics[kind].pop(name, None)
    delattr(shell, _ATTRIBUTE)
