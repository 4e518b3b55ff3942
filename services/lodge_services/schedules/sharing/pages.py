"""What is asked of the service of shares."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from ...errors import BadRequest, Unavailable
from ..models import Job, Run

#: How long an answer may take, in seconds: to a question, and to a notebook.
QUESTION_S = 10.0
NOTEBOOK_S = 120.0

AWAY = "The gallery does not answer at the moment."
GONE = (
    "The job's owner has no such page in the gallery: it was deleted, or belongs to somebody else "
    "now. Share the notebook again, or name another page."
)


class RefusedError(Exception):
    """A run can't be put on its page, however often it is tried; the message says why."""


class FailedError(Exception):
    """A run could not be put on its page now.

    Parameters
    ----------
    message
        Why.
    answered
        Whether the service was there.
    """

    def __init__(self, message: str, *, answered: bool) -> None:
        super().__init__(message)
        self.answered = answered


@dataclass(frozen=True)
class SharePage:
    """A page that runs may be put on."""

    share_id: str
    title: str


class SharePages(Protocol):
    """The pages of shares."""

    async def find(self, owner: str, share_id: str) -> SharePage:
        """Return the page that runs of `owner` may be put on.

        Raises
        ------
        BadRequest
            `owner` has no such page.
        Unavailable
            Nobody can say now.
        """
        ...

    async def put(
        self, run: Run, job: Job, notebook: dict[str, Any], ran_with: dict[str, Any] | None
    ) -> int:
        """Put a run on its page; return the number of the version that it is there.

        Parameters
        ----------
        run, job
            The run, and its job.
        notebook
            What it has made.
        ran_with
            Its environment as shares keep it, where it is known.

        Raises
        ------
        RefusedError, FailedError
            It can't be.
        """
        ...


class NoPages:
    """Where there is no gallery."""

    async def find(self, owner: str, share_id: str) -> SharePage:  # noqa: ARG002
        """Find none."""
        raise BadRequest("no_gallery", "This Lodge has no gallery, so runs go on no page.")

    async def put(
        self,
        run: Run,  # noqa: ARG002
        job: Job,  # noqa: ARG002
        notebook: dict[str, Any],  # noqa: ARG002
        ran_with: dict[str, Any] | None,  # noqa: ARG002
    ) -> int:
        """Refuse it."""
        raise RefusedError("This Lodge has no gallery any more.")


class ServicePages:
    """The pages that the hub's service of shares has.

    Parameters
    ----------
    url
        Of the service, ending in a slash.
    token
        Of this service.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token

    async def find(self, owner: str, share_id: str) -> SharePage:
        """See `SharePages.find`."""
        query = urlencode({"share": share_id, "owner": owner})
        reply = await self._ask("GET", f"api/runs?{query}", None, QUESTION_S)
        if reply.code in (400, 404):
            raise BadRequest("no_such_page", GONE)
        try:
            said = json.loads(reply.body or b"")
            return SharePage(share_id, str(said["title"]))
        except (ValueError, KeyError, TypeError):
            raise Unavailable("gallery_away", f"{AWAY} Try again in a moment.") from None

    async def put(
        self, run: Run, job: Job, notebook: dict[str, Any], ran_with: dict[str, Any] | None
    ) -> int:
        """See `SharePages.put`."""
        body = {
            "share": run.share_id,
            "owner": run.owner,
            "job": job.name,
            "job_id": job.id,
            "scheduled_for": run.scheduled_for.isoformat(),
            "parameters": run.parameters,
            "notebook": notebook,
            "publish": run.publish,
            "environment": ran_with,
        }
        # It may be large, and nobody is to wait for that.
        content = await asyncio.to_thread(lambda: json.dumps(body).encode())
        reply = await self._ask("PUT", f"api/runs/{run.id}", content, NOTEBOOK_S)
        message = _message(reply)
        if reply.code == 404:
            raise RefusedError(GONE)
        if reply.code in (400, 410, 413, 422):
            raise RefusedError(message)
        try:
            return int(json.loads(reply.body or b"")["version"])
        except (ValueError, KeyError, TypeError):
            answered = reply.code not in (502, 503, 504, 599)
            raise FailedError(message if answered else AWAY, answered=answered) from None

    async def _ask(self, verb: str, path: str, body: bytes | None, patience_s: float) -> Any:
        request = HTTPRequest(
            f"{self._url}{path}",
            method=verb,
            headers={
                "Authorization": f"token {self._token}",
                "Content-Type": "application/json",
            },
            body=body,
            request_timeout=patience_s,
        )
        try:
            return await AsyncHTTPClient().fetch(request, raise_error=False)
        except OSError:
            return HTTPResponse(request, 599)


def _message(reply: HTTPResponse) -> str:
    try:
        return str(json.loads(reply.body or b"")["message"])
    except (ValueError, KeyError, TypeError):
        return f"The gallery answered {reply.code}."
