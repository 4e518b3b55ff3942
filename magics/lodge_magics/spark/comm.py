"""Questions of the Spark panel that only the kernel can answer, over a Jupyter comm.

A question is `{"request": N, "unpersist": RDD}` or `{"request": N, "broadcasts": true}`; the answer
repeats `request` and holds `done`, or `broadcasts` and `total`, or `error`, a sentence.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["TARGET", "answer", "listen"]

TARGET = "lodge.spark"
#: Broadcast variables that are told; the others are Spark's own, small ones.
_MOST = 20


def listen(shell: InteractiveShell) -> None:
    """Answer the panels of a kernel; a shell in a terminal has none.

    Parameters
    ----------
    shell
        The shell of the kernel.
    """
    manager = getattr(getattr(shell, "kernel", None), "comm_manager", None)
    if manager is None:
        return

    def opened(comm: Any, _message: dict[str, Any]) -> None:
        comm.on_msg(lambda message: comm.send(answer(shell.user_ns, message["content"]["data"])))

    manager.register_target(TARGET, opened)


def answer(names: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a question.

    Parameters
    ----------
    names
        The user's variables.
    question
        As described above.
    """
    from lodge_magics.errors import MagicError
    from lodge_magics.spark import session as sessions
    from lodge_magics.spark.connect import is_connect
    from lodge_magics.spark.kept import broadcasts, unpersist

    reply: dict[str, Any] = {"request": question.get("request")}
    session = sessions.current()
    if session is None or is_connect(session):
        return reply | {"error": "This kernel runs no Spark driver.", "reason": "gone"}
    try:
        if "unpersist" in question:
            unpersist(session, int(question["unpersist"]))
            return reply | {"done": True}
        found = broadcasts(session.sparkContext, names)
    except MagicError as error:
        return reply | {"error": str(error), "reason": "gone"}
    except (TypeError, ValueError) as error:
        return reply | {"error": str(error), "reason": "refused"}
    return reply | {"broadcasts": [asdict(one) for one in found[:_MOST]], "total": len(found)}
