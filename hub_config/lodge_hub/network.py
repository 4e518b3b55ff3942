"""Readiness of local servers."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request


async def answers(url: str, *, below: int = 500, host: str = "") -> bool:
    """Tell whether a GET of `url` is answered with a status below `below`, within 2 seconds.

    Parameters
    ----------
    url
        The address that is connected to.
    below
        A status.
    host
        The name that is asked for. Empty: that of the address.
    """
    headers = {"Host": host} if host else {}

    def ask() -> bool:
        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_: object) -> None:
                return None

        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            NoRedirect,
            urllib.request.HTTPSHandler(context=_trusting()),
        )
        try:
            request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own
            with opener.open(request, timeout=2) as reply:
                status: int = reply.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            return False
        return status < below

    return await asyncio.to_thread(ask)


def _trusting() -> ssl.SSLContext:
    """Return a TLS context for our own servers, whose certificate names the public host."""
    # Not create_default_context(), which reads every certificate authority, at every question.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody listens on `port`."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
