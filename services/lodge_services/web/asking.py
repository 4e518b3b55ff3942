"""What a service asks the hub for itself, by its own token."""

from __future__ import annotations

import json
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from .settings import HubSettings

#: How long the hub may take to answer: seconds.
PATIENCE_S = 10.0


async def hub_says(hub: HubSettings, path: str) -> tuple[int, Any]:
    """Return the status of the hub's answer, and the answer itself.

    Parameters
    ----------
    hub
        The hub.
    path
        Below its API, without the slash.

    Returns
    -------
    tuple[int, Any]
        599 and None where it does not answer, and None for what is no JSON.
    """
    request = HTTPRequest(
        f"{hub.api_url}/{path}",
        headers={"Authorization": f"token {hub.api_token}"},
        request_timeout=PATIENCE_S,
    )
    try:
        reply = await AsyncHTTPClient().fetch(request, raise_error=False)
        status, body = reply.code, reply.body
    except OSError:
        return 599, None
    try:
        return status, json.loads(body)
    except (TypeError, ValueError):
        return status, None
