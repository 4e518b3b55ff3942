"""Runs the script inside an image and reads what it found."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from .contract import Wanted
from .engines import Engine, EngineError

_INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Finding:
    """One thing that Lodge relies on.

    Parameters
    ----------
    name
        What it is.
    found
        What was found of it. Empty: missing, or of a version that doesn't fit.
    remedy
        How to get it.
    needed
        Whether servers can't do without it.
    """

    name: str
    found: str
    remedy: str
    needed: bool


def check_image(engine: Engine, image: str, wanted: Wanted) -> list[Finding]:
    """Try an image, as the user that it names, without a network.

    Raises
    ------
    EngineError
        It can't be run, or has no Python.
    """
    wanted = replace(wanted, entrypoint=engine.entrypoint(image))
    try:
        said = engine.run_python(image, _INSIDE.read_text(encoding="utf-8"), wanted.to_json())
    except EngineError as error:
        raise EngineError(f"{image} can't be tried with its own python3: {error}") from error
    return _read(said, image)


def check_here(wanted: Wanted) -> list[Finding]:
    """Try the environment of this process: for use inside of an image.

    Raises
    ------
    EngineError
        The script ended early.
    """
    command = [sys.executable, str(_INSIDE), wanted.to_json()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return _read(done.stdout, "this environment")


def script(wanted: Wanted) -> str:
    """Return the script as one text that a Python anywhere can be given."""
    source = _INSIDE.read_text(encoding="utf-8")
    return source.replace("sys.argv[1]", repr(wanted.to_json()))


def _read(said: str, where: str) -> list[Finding]:
    # Whatever the image itself prints comes before.
    line = said.strip().rpartition("\n")[2]
    try:
        return [Finding(**each) for each in json.loads(line)]
    except (TypeError, ValueError) as error:
        raise EngineError(f"{where} can't be tried: its Python said {line[:200]!r}.") from error
