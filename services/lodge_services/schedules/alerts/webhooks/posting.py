"""Posts to webhooks: to the machine that was looked up and allowed, within bounds."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from ..sending import FailedError, RefusedError
from .addresses import PRIVATE, Address, is_public

#: Seconds that a request may take in all, and bytes of an answer that are read.
PATIENCE_S = 15.0
ANSWER_BYTES = 16 * 1024

AWAY = "{host} can't be reached."
SLOW = "{host} does not answer in time."
UNSAFE = "The certificate of {host} is not to be trusted."
UNKNOWN = "There is no machine {host}."


async def post(
    address: Address,
    query: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
    pool: ThreadPoolExecutor,
) -> tuple[int, bytes]:
    """Post to an address; return the answer's status, and its beginning.

    The name is looked up once, and what is connected to is what was found. No redirect is followed.

    Parameters
    ----------
    address
        Where.
    query
        What the address has besides.
    body, headers
        Of the request.
    private
        Whether the machine may be in a private network.
    pool
        For the look-up.

    Raises
    ------
    RefusedError, FailedError
        There is no answer; the message names the machine, and nothing else of the address.
    """
    host = address.shown
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await _found(address, private=private, pool=pool)
            return await _asked(address, found, query, body, headers)
    except TimeoutError:
        raise FailedError(SLOW.format(host=host)) from None
    except httpx.TimeoutException:
        raise FailedError(SLOW.format(host=host)) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
        raise FailedError((UNSAFE if untrusted else AWAY).format(host=host)) from None


async def _found(address: Address, *, private: bool, pool: ThreadPoolExecutor) -> str:
    loop = asyncio.get_running_loop()
    try:
        answers = await loop.run_in_executor(
            pool, socket.getaddrinfo, address.host, address.port, 0, socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise FailedError(UNKNOWN.format(host=address.shown)) from None
    machines = [str(answer[4][0]) for answer in answers]
    if not private and not all(is_public(one) for one in machines):
        raise RefusedError(PRIVATE)
    if not machines:
        raise FailedError(UNKNOWN.format(host=address.shown))
    return machines[0]


async def _asked(
    address: Address, machine: str, query: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    path = address.path
    if query:
        path += f"{'&' if '?' in path else '?'}{query}"
    shown = f"[{machine}]" if ":" in machine else machine
    scheme = "https" if address.secure else "http"
    request = httpx.Request(
        "POST",
        f"{scheme}://{shown}:{address.port}{path}",
        headers={"Host": address.authority, "User-Agent": "Lodge (alerts)", **headers},
        content=body,
        extensions={
            "sni_hostname": address.host,
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), PATIENCE_S),
        },
    )
    # Without httpx's client: that one logs whole addresses, and takes proxies from the environment.
    transport = httpx.AsyncHTTPTransport(
        verify=ssl.create_default_context(), trust_env=False, retries=0
    )
    async with transport:
        response = await transport.handle_async_request(request)
        try:
            content = b""
            async for piece in response.aiter_raw():
                content += piece
                if len(content) >= ANSWER_BYTES:
                    break
            return response.status_code, content[:ANSWER_BYTES]
        finally:
            await response.aclose()
