"""What a kernel's reply to a cell says of how the cell ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lodge_runner.forms import text_of

#: What a user is told of a cell that asks, for the kernel speaks of its frontend.
ASKED = "Nobody answers a question in a run: make what the cell asks for a parameter."
_ASKS = "StdinNotImplementedError"
_NO_NAME = ("", "NoneType")  # the kernel names no error when IPython has shown it already


@dataclass(frozen=True)
class Ending:
    """How a cell ended.

    Attributes
    ----------
    ok
        Whether it raised nothing.
    ename, evalue
        Name and text of what it raised.
    exits
        Whether the run ends here: the cell called ``exit()`` or raised ``SystemExit``.
    status
        What it gave as its exit status, as ``sys.exit`` understands it; "" for success.
    """

    ok: bool
    ename: str = ""
    evalue: str = ""
    exits: bool = False
    status: str = ""


def ending_of(reply: dict[str, Any], shown: dict[str, Any]) -> Ending:
    """Return how a cell ended.

    Parameters
    ----------
    reply
        Content of the kernel's reply; empty without one.
    shown
        Content of the last error that the cell has shown; empty without one.
    """
    if reply.get("status") == "ok":
        asked = _asks_to_end(reply)
        return Ending(True, "", "", asked is not None, asked or "")
    if reply.get("status") != "error":
        return Ending(False)
    named = reply if text_of(reply.get("ename", "")) not in _NO_NAME else shown
    ename, evalue = text_of(named.get("ename", "")) or "Error", text_of(named.get("evalue", ""))
    if ename == _ASKS:
        evalue = ASKED
    exits = ename == "SystemExit"
    return Ending(False, ename, evalue, exits, _status(evalue) if exits else "")


def _asks_to_end(reply: dict[str, Any]) -> str | None:
    """Return the status that ``exit(status)`` was given; None when it was not called."""
    payload = reply.get("payload")
    for item in payload if isinstance(payload, list) else ():
        if isinstance(item, dict) and item.get("source") == "ask_exit":
            # IPython takes the status for a flag, whether the kernel is to stay.
            given = item.get("keepkernel")
            return "" if given is None or isinstance(given, bool) else _status(text_of(given))
    return None


def _status(text: str) -> str:
    return "" if text.strip() in ("", "0", "None", "False") else text
