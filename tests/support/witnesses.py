"""What was going on when a test failed: logs, pages, events, told beside its failure.

Whatever a test starts registers what it can tell; a wait that ends in vain need not know of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: How much of a log is told.
_LINES = 40

_witnesses: list[tuple[str, Callable[[], str]]] = []


@contextmanager
def witness(name: str, tell: Callable[[], str] | Path) -> Iterator[None]:
    """Let something be told beside a failure.

    Parameters
    ----------
    name
        What it is.
    tell
        A log, or a folder of logs, whose ends are told, or a function that says more.
    """
    entry = (name, (lambda: tails(tell)) if isinstance(tell, Path) else tell)
    _witnesses.append(entry)
    try:
        yield
    finally:
        _witnesses.remove(entry)


def told() -> list[tuple[str, str]]:
    """Return what everybody who is there tells: a name and a text each."""
    found = []
    for name, tell in _witnesses:
        try:
            text = tell()
        except Exception as error:
            # A witness that is gone must not hide the failure that is told.
            text = f"can't tell: {error!r}"
        found.append((name, text))
    return found


def tails(path: Path) -> str:
    """Return the end of a log, or of each log in a folder."""
    logs = sorted(path.rglob("*.log")) if path.is_dir() else [path]
    parts = []
    for log in logs:
        if log.exists():
            lines = log.read_text(errors="replace").splitlines()[-_LINES:]
            parts.append("\n".join([f"--- {log.name}", *lines]))
    return "\n".join(parts)
