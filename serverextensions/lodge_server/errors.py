"""Errors of the server extension: no HTTP library is known here.

Every error carries the HTTP ``status`` that fits it, a short machine-readable ``reason`` and a
sentence for a person.

    LodgeServerError
    ├── BadInput        400
    ├── NotFound        404
    ├── ServiceError    the status that a hub service answered with
    └── Unavailable     502, 503, 504
"""

from __future__ import annotations


class LodgeServerError(Exception):
    """A request that cannot be fulfilled, told to the one who asked.

    Parameters
    ----------
    reason
        Machine-readable, ``snake_case``.
    message
        One sentence for a person.
    """

    status = 500

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class BadInput(LodgeServerError):  # noqa: N818
    """What was sent, or the notebook it names, is not valid."""

    status = 400


class NotFound(LodgeServerError):  # noqa: N818
    """There is no such notebook."""

    status = 404


class ServiceError(LodgeServerError):
    """A hub service refused: its own status, reason and sentence, passed on."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.status = status


class Unavailable(LodgeServerError):  # noqa: N818
    """A hub service is not configured or silent (503, 504), or answers nonsense (502)."""

    def __init__(self, reason: str, message: str, status: int = 503) -> None:
        super().__init__(reason, message)
        self.status = status
