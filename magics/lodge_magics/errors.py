"""What a user sees when a magic cannot do what it was asked.

MagicError: one sentence instead of a traceback; the cell fails

- OptionError: the line of the magic is wrong
- SparkError: Spark did not start, or is not there
- SourceError: a SQL source is missing, misconfigured or unreachable
- SqlError: a statement failed, or could not be prepared
- TooLargeError: a result does not fit into memory (an SqlError as well)
- InterruptedCellError: the user interrupted the cell (a KeyboardInterrupt as well)
"""

from __future__ import annotations

from IPython.core.error import UsageError

__all__ = [
    "InterruptedCellError",
    "MagicError",
    "OptionError",
    "SourceError",
    "SparkError",
    "SqlError",
    "TooLargeError",
]


class MagicError(UsageError):
    """A mistake or failure that is told in one sentence.

    IPython prints a plain `UsageError` on stderr; a subclass that renders its own traceback is sent
    as an error output, so that notebooks, nbclient and runs see a cell that failed.

    Parameters
    ----------
    message
        One sentence: what failed, why, what to do.
    detail
        Lines shown below the sentence, for example the place in the SQL text.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail

    def _render_traceback_(self) -> list[str]:
        """Return the lines IPython shows in place of a traceback."""
        return [self.message, *self.detail.splitlines()]


class OptionError(MagicError):
    """The options of a magic are wrong."""


class SparkError(MagicError):
    """Spark did not start, or there is no session to work with."""


class SourceError(MagicError):
    """A SQL source is missing, misconfigured or unreachable."""


class SqlError(MagicError):
    """A SQL statement failed or could not be prepared."""


class TooLargeError(SqlError):
    """A result does not fit into the kernel's memory, and has been stopped."""


class InterruptedCellError(MagicError, KeyboardInterrupt):
    """The user interrupted the cell, and what it ran has been stopped."""
