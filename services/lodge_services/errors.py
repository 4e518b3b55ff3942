# ruff: noqa: N818  (the names are those of HTTP, read as `raise NotFound`)
"""Errors of the services' domain: no HTTP library is known here.

Every error carries the HTTP ``status`` that fits it, a short machine-readable ``reason`` and a
sentence for a person that says what failed, why, and what to do.

    LodgeError
    ├── BadRequest    400
    ├── Unauthorized  401
    ├── Forbidden     403
    ├── NotFound      404
    ├── Conflict      409
    ├── Gone          410
    ├── TooLarge      413
    └── Unavailable   503
"""


class LodgeError(Exception):
    """A request that cannot be fulfilled, told to the one who asked.

    Parameters
    ----------
    reason
        Machine-readable, ``snake_case``; stable across releases.
    message
        One sentence for a person.
    """

    status = 500

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class BadRequest(LodgeError):
    """What was sent is not valid."""

    status = 400


class Unauthorized(LodgeError):
    """Nobody is signed in, or the token is not known."""

    status = 401


class Forbidden(LodgeError):
    """Who asks is known and may not."""

    status = 403


class NotFound(LodgeError):
    """There is no such thing."""

    status = 404


class Conflict(LodgeError):
    """The state of the thing does not allow it."""

    status = 409


class Gone(LodgeError):
    """The thing was there, and is used up or deleted."""

    status = 410


class TooLarge(LodgeError):
    """More was sent than is accepted."""

    status = 413


class Unavailable(LodgeError):
    """Something this service needs does not answer; asking again later may work."""

    status = 503
