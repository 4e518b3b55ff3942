"""Spark's and Java's errors, told in one sentence."""

from __future__ import annotations

import re
from typing import Any

from lodge_magics.words import one_line

__all__ = ["java_reason", "spark_sentence", "where"]

_CLASS = re.compile(r"^(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)?:\s*")
_CONDITION = re.compile(r"^\[[A-Z0-9_.]+\]\s*")
_SQLSTATE = re.compile(r"\s*SQLSTATE:\s*\w+")
_POSITION = re.compile(r";?\s*\(?line \d+,? pos \d+\)?;?")


def java_reason(error: BaseException) -> str:
    """Return the innermost reason of a Java exception, without class names and stack.

    Parameters
    ----------
    error
        A Py4JJavaError, or any other exception.
    """
    exception: Any = getattr(error, "java_exception", None)
    if exception is None:
        return one_line(str(error).split("\n\n")[0] or type(error).__name__)
    reason = ""
    for _ in range(20):
        message = exception.getMessage()
        if message:
            reason = str(message)
        cause = exception.getCause()
        if cause is None:
            break
        exception = cause
    if not reason:
        reason = str(exception.getClass().getSimpleName())
    first = reason.split("\n\tat ")[0].split("\n")[0]
    return one_line(_CLASS.sub("", _CONDITION.sub("", first)))


def spark_sentence(error: BaseException) -> str:
    """Return an error of pyspark as one sentence, without its condition, state and plan.

    Parameters
    ----------
    error
        A PySparkException or Py4JJavaError.
    """
    if getattr(error, "java_exception", None) is not None:
        return java_reason(error)
    message = str(getattr(error, "getMessage", lambda: None)() or error)
    head = re.split(r"\n== SQL|\n\n|;\n'|\nJVM stacktrace|\n\tat ", message, maxsplit=1)[0]
    head = _SQLSTATE.sub("", _CONDITION.sub("", head))
    told = one_line(_POSITION.sub("", head))
    # Not every exception of Java says something.
    return told if told.strip(". ") else f"{type(error).__name__}."


def where(error: BaseException, text: str) -> str:
    """Return the line of a SQL text an error of pyspark points at, with a caret below it.

    Parameters
    ----------
    error
        A PySparkException.
    text
        The SQL text as the user wrote it.

    Returns
    -------
    str
        Two lines, or nothing when the error names no place in this text.
    """
    found = re.search(r"line (\d+),? pos (\d+)", str(error))
    lines = text.splitlines()
    if not found or not 1 <= int(found[1]) <= len(lines):
        return ""
    line, column = lines[int(found[1]) - 1], int(found[2])
    if column > len(line):
        return ""
    return f"{line}\n{' ' * column}^"
