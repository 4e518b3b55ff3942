"""Requests that a browser makes for a page of another origin get no use of the reader's sign-in.

Users' servers are of the same *site* as the services, so `SameSite` keeps no cookie back from what
their pages ask for: the browser's own word on who asks decides.
"""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from ..errors import Forbidden

_READ = ("GET", "HEAD")


def refuse_foreign(request: HTTPServerRequest, public_url: str) -> None:
    """Refuse what does not come from the services' own pages, or from the reader themself.

    A link that a reader follows is let through from anywhere: the page opens for itself, and who
    linked it can't look inside.

    Parameters
    ----------
    request
        A request without a token of its own.
    public_url
        The origin of the services' pages; empty: the one that is asked for.

    Raises
    ------
    Forbidden
        It comes from elsewhere.
    """
    headers = request.headers
    opened = headers.get("Sec-Fetch-Mode") == "navigate" and (
        headers.get("Sec-Fetch-Dest") == "document"
    )
    followed = opened and request.method in _READ
    site = headers.get("Sec-Fetch-Site")
    foreign = site is not None and site not in ("same-origin", "none") and not followed
    if request.method not in _READ and (origin := headers.get("Origin")) is not None:
        foreign = foreign or origin != (public_url or f"{request.protocol}://{request.host}")
    if foreign:
        raise Forbidden(
            "foreign_page",
            "A page of another origin asked for this with your sign-in, which it may not use; "
            "open Lodge's own page for it, or show a token.",
        )
