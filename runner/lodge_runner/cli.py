"""The command ``lodge-run``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import argparse

    from lodge_runner.execute import Plan

_BAD_INPUT = 2
_INTERNAL = 5

_EPILOG = """\
exit codes:
  0    all cells ran, or one ended the run by exit()
  1    a cell failed
  2    the command, the notebook, a parameter or a path can't be used; nothing was written
  3    the kernel died
  4    the run took longer than allowed
  5    the runner itself failed
  130  the run was cancelled (SIGINT, SIGTERM, SIGHUP)
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code.

    Parameters
    ----------
    argv
        Arguments without the program's name. None: those of the process.
    """
    from lodge_runner.errors import InputError, RunnerError
    from lodge_runner.storage import FULL, is_full

    arguments, texts = _split_parameters(sys.argv[1:] if argv is None else argv)
    parser = _parser()
    options = parser.parse_args(arguments)
    say = _silent if options.quiet else _say
    try:
        if options.recover:
            return _recover(parser, options, say)
        plan = _plan(parser, options, texts)
        from lodge_runner.execute import execute

        return _report(execute(plan, say), plan, say)
    except InputError as e:
        _say(str(e))
        return _BAD_INPUT
    except RunnerError as e:
        _say(str(e))
        return _INTERNAL
    except OSError as e:
        if is_full(e):
            _say(FULL)
            return _INTERNAL
        what = f"{e.filename}: {e.strerror}" if e.filename else e.strerror or str(e)
        _say(
            f"The run broke off because a file can't be written ({what}); if a journal is beside "
            "the output, `lodge-run --recover OUT` saves what ran."
        )
        return _INTERNAL


def _plan(
    parser: argparse.ArgumentParser, options: argparse.Namespace, texts: dict[str, str]
) -> Plan:
    from pathlib import Path

    from lodge_runner.execute import Plan

    fields: dict[str, Any] = {}
    if options.spec:
        fields = _read_spec(options.spec)
    given = {
        "notebook": options.notebook and Path(options.notebook),
        "output": options.output and Path(options.output),
        "cwd": options.cwd and Path(options.cwd),
        "result": options.result and Path(options.result),
        "timeout_s": options.timeout,
        "output_limit_bytes": options.output_limit,
    }
    fields |= {name: value for name, value in given.items() if value is not None}
    if "notebook" not in fields or "output" not in fields:
        parser.error("name the notebook and the output: lodge-run IN OUT")
    return Plan(parameter_texts=texts, **fields)


def _read_spec(file: str) -> dict[str, Any]:
    from pathlib import Path

    from lodge_runner.errors import InputError

    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"The spec {file} can't be read: {e}.") from None
    from pydantic import ValidationError

    from lodge_runner.spec import RunSpec

    try:
        spec = RunSpec.model_validate_json(text)
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise InputError(f"The spec {file} is wrong at {where}: {first['msg']}.") from None
    return {name: getattr(spec, name) for name in type(spec).model_fields}


def _recover(parser: argparse.ArgumentParser, options: argparse.Namespace, say: Any) -> int:
    from pathlib import Path

    from lodge_runner.execute import recover

    output = options.notebook
    if not output or options.output:
        parser.error("name the output only: lodge-run --recover OUT")
    result = recover(Path(output))
    done, total = result["cells_done"], result["cells_total"]
    say(f"{output} is recovered: {done} of {total} cells had run.")
    return 0


def _report(result: dict[str, Any], plan: Plan, say: Any) -> int:
    code = int(result["exit_code"])
    if result["error"] is None:
        done, total, seconds = (result[n] for n in ("cells_done", "cells_total", "duration_s"))
        count = total if done == total else f"{done} of {total}"
        say(f"Succeeded: {count} cells in {seconds:.1f} s, written to {plan.output}.")
    else:
        _say(f"{result['error']['message']} (see {plan.output})")
    return code


def _split_parameters(argv: list[str]) -> tuple[list[str], dict[str, str]]:
    """Take ``-p NAME VALUE`` out; argparse would read a VALUE such as ``-1e3`` as an option."""
    rest: list[str] = []
    texts: dict[str, str] = {}
    words = iter(argv)
    for word in words:
        if word not in ("-p", "--parameter"):
            rest.append(word)
            continue
        name, value = next(words, None), next(words, None)
        if name is None or value is None:
            _parser().error(f"{word} needs a name and a value: -p NAME VALUE")
        texts[name] = value
    return rest, texts


def _parser() -> argparse.ArgumentParser:
    import argparse

    class Parser(argparse.ArgumentParser):
        """Says in one sentence what is wrong with the command."""

        def error(self, message: str) -> NoReturn:
            _say(f"{message}; see lodge-run --help")
            raise SystemExit(_BAD_INPUT)

    parser = Parser(
        prog="lodge-run",
        description="Execute a notebook with parameters, and keep what ran whatever happens.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("notebook", metavar="IN", nargs="?", help="the notebook; it is never written to")
    add("output", metavar="OUT", nargs="?", help="where the executed notebook goes")
    add(
        "-p",
        "--parameter",
        nargs=2,
        metavar=("NAME", "VALUE"),
        help="set a parameter; VALUE is read by the type that the notebook declares, as JSON or "
        "Python, or else as text; may be given again",
    )
    add("--spec", metavar="FILE", help="read the run from a JSON file, or from - (standard input)")
    add(
        "--result",
        metavar="FILE",
        help="where progress and the result are kept as JSON (default: OUT.result.json)",
    )
    add("--cwd", metavar="FOLDER", help="the kernel's working folder (default: that of IN)")
    add("--timeout", metavar="SECONDS", type=_seconds, help="the longest the run may take")
    add(
        "--output-limit",
        metavar="BYTES",
        type=_size,
        help="output kept in the notebook for each cell; the rest goes to a file beside OUT "
        "(default: 10 MiB; 0: no limit)",
    )
    add(
        "--recover",
        action="store_true",
        help="write OUT from what a killed lodge-run has left: lodge-run --recover OUT",
    )
    add("-q", "--quiet", action="store_true", help="say nothing but errors")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value


def _size(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def _say(text: str) -> None:
    sys.stderr.write(f"lodge-run: {text}\n")
    sys.stderr.flush()


def _silent(_text: str) -> None:
    pass


if __name__ == "__main__":
    raise SystemExit(main())
