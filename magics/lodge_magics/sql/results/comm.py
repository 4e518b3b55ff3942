"""Questions of a front end about a result, over a Jupyter comm.

A question is `{"request": N, "page": {...}}` with the fields of `Wanted`, or `{"request": N,
"chart": true}`, both with the result's `id`. The answer repeats `request`, and holds `rows` and
`found`; or `code`, `variable` and `named`; or `error`, a sentence, with `reason` `gone` when the
result is no longer there, else `refused`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lodge_magics.sql.results.held import GoneError
from lodge_magics.sql.results.pages import Wanted

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from lodge_magics.sql.results.held import HeldResults

__all__ = ["TARGET", "answer", "listen"]

TARGET = "lodge.result"


def listen(shell: InteractiveShell, held: HeldResults) -> None:
    """Answer the front ends of a kernel; a shell in a terminal has none.

    Parameters
    ----------
    shell
        The shell of the kernel.
    held
        The results that may be asked for.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return

    def opened(comm: Any, _message: dict[str, Any]) -> None:
        def asked(message: dict[str, Any]) -> None:
            comm.send(answer(held, message["content"]["data"]))

        comm.on_msg(asked)

    kernel.comm_manager.register_target(TARGET, opened)


def answer(held: HeldResults, question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a question.

    Parameters
    ----------
    held
        The results that may be asked for.
    question
        As described above.
    """
    reply: dict[str, Any] = {"request": question.get("request")}
    name = str(question.get("id"))
    try:
        if question.get("chart"):
            chart = held.chart(name)
            return reply | {"code": chart.code, "variable": chart.variable, "named": chart.named}
        rows, found = held.page(name, _wanted(question.get("page") or {}))
    except GoneError as error:
        return reply | {"error": str(error), "reason": "gone"}
    except (IndexError, TypeError, ValueError) as error:
        return reply | {"error": str(error), "reason": "refused"}
    return reply | {"rows": rows, "found": found}


def _wanted(page: dict[str, Any]) -> Wanted:
    sort = page.get("sort")
    return Wanted(
        None if sort is None else int(sort),
        bool(page.get("descending", False)),
        str(page.get("search", "")),
        int(page.get("offset", 0)),
        int(page.get("limit", 20)),
    )
