"""`%spark` and `%%spark`.

A `%%spark` cell is turned into Python before it runs: the magic's line becomes a call that starts
the session, option lines become blank lines, the rest stays as it is. So the body is an ordinary
cell: tracebacks name the right lines, the last expression is displayed, `await` works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lodge_magics.errors import MagicError, OptionError
from lodge_magics.words import did_you_mean

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from lodge_magics.spark.cells import CellJobs

__all__ = ["COMMANDS", "SparkMagic", "spark_cell"]

#: Commands of `%spark` with what follows them, and what they do, for the reference.
COMMANDS = {
    "status": (
        "",
        "application, master, version, time since the start, executors, a link to the Spark UI",
    ),
    "jobs": ("", "the last 20 jobs, the latest first: how they ended, tasks, failed tasks"),
    "storage": (
        "",
        "what is cached with level, partitions and sizes, a mark where only a part is; broadcasts",
    ),
    "unpersist": ("ID", "lets go what is cached as `rdd_ID`; its next use computes it anew"),
    "lineage": (
        "NAME",
        "a picture of the chain behind a DataFrame or an RDD: stages, what is cached; runs no job",
    ),
    "stop": ("", "stops the session, ends its JVM and takes `spark` and `sc` away"),
}


def spark_cell(lines: list[str]) -> list[str]:
    """Turn a `%%spark` cell into Python; a line transform of IPython.

    Parameters
    ----------
    lines
        The lines of any cell, line ends kept.
    """
    if not lines:
        return lines
    words = lines[0].split(maxsplit=1)
    if not words or words[0] != "%%spark":
        return lines
    from lodge_magics.spark.options import split_body

    options, body = split_body("".join(lines[1:]))
    given = [words[1].strip() if len(words) > 1 else ""]
    given += [line.strip() for line in options if line.strip().startswith("--")]
    call = f"get_ipython().run_line_magic('spark', {' '.join(['--', *given]).rstrip()!r})\n"
    return [call, *("\n" for _ in options), *body]


class SparkMagic:
    """The magic function of `%spark` and `%%spark`.

    Parameters
    ----------
    shell
        The shell of the kernel.
    jobs
        The jobs of the running cell.
    """

    def __init__(self, shell: InteractiveShell, jobs: CellJobs) -> None:
        self._shell = shell
        self._jobs = jobs

    def line(self, line: str) -> None:
        """Run `%spark`: a command, or options that start a session.

        Parameters
        ----------
        line
            The rest of the line. `--` in front of it says that a `%%spark` cell was meant.

        Raises
        ------
        MagicError
            The line is wrong, or Spark did not start.
        """
        words = line.split()
        if words and words[0] in COMMANDS:
            self._command(words[0], words[1:])
            return
        if words and words[0] == "--":
            line = line.strip()[2:]
        elif words and not words[0].startswith("--"):
            raise OptionError(f"%spark has no command {words[0]}{did_you_mean(words[0], COMMANDS)}")
        self._ensure(line)

    def cell(self, line: str, cell: str) -> None:
        """Run `%%spark` when something calls it as a function; a cell comes by `spark_cell`.

        Parameters
        ----------
        line
            The options.
        cell
            The body.

        Raises
        ------
        MagicError
            The options are wrong, or Spark did not start.
        """
        transformed = spark_cell([f"%%spark {line}\n", *cell.splitlines(keepends=True)])
        result = self._shell.run_cell("".join(transformed))
        if not result.success:
            raise MagicError("The body of %%spark failed; its error is above.")

    def _ensure(self, line: str) -> None:
        from lodge_magics.spark.limits import check_limits, limits_of_platform
        from lodge_magics.spark.options import parse_options

        options = parse_options(line)
        check_limits(options.settings, limits_of_platform())

        from lodge_magics.spark.start import ensure_session

        ensure_session(self._shell, options)
        self._jobs.begin()

    def _command(self, command: str, words: list[str]) -> None:
        if command == "lineage":
            if len(words) != 1:
                raise OptionError("%spark lineage takes the name of a DataFrame or an RDD.")
            self._lineage(words[0])
            return
        if command == "unpersist":
            if len(words) != 1 or not words[0].isdecimal():
                raise OptionError(
                    "%spark unpersist takes the number of an RDD, which %spark storage shows."
                )
        elif words:
            raise OptionError(f"%spark {command} takes nothing more; drop {words[0]}.")
        if command == "stop":
            from lodge_magics.spark.start import stop_session

            stop_session(self._shell)
            return
        from lodge_magics.language import say
        from lodge_magics.live import notice
        from lodge_magics.spark import session as sessions
        from lodge_magics.spark.status import show_status
        from lodge_magics.spark.storage import broadcast_rows, job_rows, storage_rows

        session = sessions.current()
        if session is None:
            notice(say("No Spark session is running; %%spark starts one."))
            return
        if command == "status":
            show_status(sessions.describe(session))
            return
        _needs_context(session, command)
        if command == "unpersist":
            from lodge_magics.spark.kept import unpersist

            unpersist(session, int(words[0]))
            told = "RDD {number} is no longer cached; its next use computes it anew."
            notice(say(told, number=words[0]))
            return
        context = session.sparkContext
        if command == "jobs":
            rows, empty = job_rows(context), "No job has run in this session."
        else:
            rows = storage_rows(context) + broadcast_rows(context, self._shell.user_ns)
            empty = "Nothing is cached in this session."
        if rows:
            show_status(rows)
        else:
            notice(empty)

    def _lineage(self, name: str) -> None:
        from IPython.display import display

        from lodge_magics.spark import session as sessions
        from lodge_magics.spark.lineage import lineage_of
        from lodge_magics.spark.lineage_picture import lineage_svg, lineage_text

        session = sessions.current()
        if session is not None:
            _needs_context(session, "lineage")
        if name not in self._shell.user_ns:
            raise OptionError(
                f"There is no variable {name}{did_you_mean(name, list(self._shell.user_ns))}"
            )
        root = lineage_of(self._shell.user_ns[name], name)
        picture = lineage_svg(root, f"Lineage of {name}")
        display({"image/svg+xml": picture, "text/plain": lineage_text(root)}, raw=True)


def _needs_context(session: Any, command: str) -> None:
    from lodge_magics.errors import SparkError
    from lodge_magics.spark.connect import is_connect

    if is_connect(session):
        raise SparkError(
            f"%spark {command} needs the driver, and with Spark Connect that is on the server; "
            "look into the server's Spark UI instead."
        )
