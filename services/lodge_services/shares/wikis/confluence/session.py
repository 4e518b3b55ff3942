"""Requests to Confluence's REST, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from ..base import Moved, Refused, TitleTaken, Unreachable, WikiError
from ..transport import TIMEOUT, Transport, retry_after

#: Without it Confluence takes whatever is uploaded for a forged request.
NO_CHECK = {"X-Atlassian-Token": "no-check"}

_TAKEN = re.compile(r"\balready exists\b|\bsame title\b", re.IGNORECASE)


class Session:
    """Speaks with one Confluence.

    Parameters
    ----------
    url
        Of its root: of Cloud the address that ends in ``/wiki``.
    user
        The account's mail address, for Cloud's API tokens; "" for a personal access token.
    token
        Returns the token, each time it is needed. It is in no message.
    timeout
        Seconds.
    """

    def __init__(
        self, url: str, user: str, token: Callable[[], str], timeout: float = TIMEOUT
    ) -> None:
        parts = urlsplit(url)
        self.root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._user = user
        self._token = token
        self._transport = Transport(url, lambda _: False, timeout)

    def close(self) -> None:
        """End the connections."""
        self._transport.close()

    def ask(
        self,
        what: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        files: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> Any:
        """Return the answer to a request; None where what it names is not there.

        Parameters
        ----------
        what
            What is done, for a person: ``write the page``.
        method, path
            Of the request, below the wiki's root.
        params, json, files, data
            As httpx has them.

        Raises
        ------
        WikiError
            It was not done.
        """
        response = self._transport.send(
            method,
            f"{self.root}{path}",
            params=params,
            json=json,
            files=files,
            data=data,
            headers={"Accept": "application/json", **(NO_CHECK if files else {})},
            **self._auth(),
        )
        status = response.status_code
        if status == 204 or (status == 404 and _said(response)):
            return None
        answer = _json(response)
        if status < 300 and answer is not None:
            return answer
        raise self._meaning(what, response)

    def _auth(self) -> dict[str, Any]:
        token = self._token()
        if self._user:
            return {"auth": (self._user, token)}
        return {"auth": _Bearer(token)}

    def _meaning(self, what: str, response: httpx.Response) -> WikiError:
        status, said, host = response.status_code, _said(response), self._transport.host
        reason = f": {said}" if said else ""
        if status == 401 or 300 <= status < 400:
            return Refused(
                f"The wiki at {host} does not know Lodge's token: make a new one there, and put it "
                "into Lodge's settings."
            )
        if status == 403:
            return Refused(
                f"The wiki does not let Lodge {what}{reason}. Ask who keeps the space to grant it "
                "to Lodge's account."
            )
        if status == 409:
            return Moved("Somebody has changed the page in the wiki: look at it, then try again.")
        if status == 400 and _TAKEN.search(said):
            return TitleTaken("The wiki has a page of this title: choose another one.")
        if status == 413:
            return Refused(
                "The wiki takes nothing as large as this: leave out some of the notebook, or ask "
                "who keeps the wiki to raise its limit."
            )
        if status == 405 and "READ_ONLY" in response.text:
            message = "The wiki can only be read now; it is tried again."
            return Unreachable(message, after=retry_after(response))
        if _json(response) is None:
            return Refused(
                f"There is no Confluence at {host}, or something before it answers {status}: check "
                "the wiki's address in Lodge's settings."
            )
        return Refused(
            f"The wiki refused to {what}{reason or f' ({status})'}. Ask who keeps the wiki."
        )


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _json(response: httpx.Response) -> Any:
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict | list) else None


def _said(response: httpx.Response) -> str:
    """Return the wiki's own sentence about an error, in one line; "" where it has none."""
    answer = _json(response)
    if not isinstance(answer, dict):
        return ""
    errors = answer.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        said = " ".join(str(errors[0].get(key) or "") for key in ("title", "detail"))
    else:
        said = str(answer.get("message") or answer.get("reason") or "")
    return " ".join(said.split())[:300].rstrip(".")
