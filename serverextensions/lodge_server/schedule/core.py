"""Passes jobs and runs between the user's notebooks and the hub service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..notebooks import without_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..client import Service
    from ..notebooks import Notebooks


class Schedule:
    """What the schedule plugin asks.

    Parameters
    ----------
    notebooks
        The user's notebooks.
    service
        The hub service ``schedules``.
    """

    def __init__(self, *, notebooks: Notebooks, service: Service) -> None:
        self._notebooks = notebooks
        self._service = service

    async def jobs(self, query: Mapping[str, str]) -> Any:
        """Return a page of the user's jobs."""
        return await self._service.request("GET", "jobs", query=query)

    async def create(self, path: str, job: Mapping[str, Any]) -> Any:
        """Make a job of the notebook as it is now; later edits don't reach it."""
        return await self._service.request(
            "POST", "jobs", body={**job, **await self._snapshot(path)}
        )

    async def job(self, job_id: str) -> Any:
        """Return a job."""
        return await self._service.request("GET", _job(job_id))

    async def change(self, job_id: str, change: Mapping[str, Any], path: str | None = None) -> Any:
        """Change a job; with a `path`, its notebook becomes what is there now."""
        body = dict(change)
        if path is not None:
            body |= await self._snapshot(path)
        return await self._service.request("PATCH", _job(job_id), body=body)

    async def delete(self, job_id: str, query: Mapping[str, str]) -> Any:
        """Delete a job with its runs; ``force`` in `query` cancels those under way."""
        return await self._service.request("DELETE", _job(job_id), query=query)

    async def runs(self, job_id: str, query: Mapping[str, str]) -> Any:
        """Return a page of a job's runs, newest first."""
        return await self._service.request("GET", f"{_job(job_id)}/runs", query=query)

    async def run_now(self, job_id: str, parameters: Mapping[str, Any]) -> Any:
        """Run a job now, with `parameters` over its own."""
        return await self._service.request(
            "POST", f"{_job(job_id)}/runs", body={"parameters": dict(parameters)}
        )

    async def run(self, run_id: str) -> Any:
        """Return a run."""
        return await self._service.request("GET", _run(run_id))

    async def cancel(self, run_id: str) -> Any:
        """Ask for a run to be cancelled; return it."""
        return await self._service.request("POST", f"{_run(run_id)}/cancel", body={})

    async def alerts(self, query: Mapping[str, str]) -> Any:
        """Return the alerts of the user's schedules that they have not seen."""
        return await self._service.request("GET", "alerts", query={**query, "unseen": "true"})

    async def cron(self, query: Mapping[str, str]) -> Any:
        """Return a cron expression in words, with its next times."""
        return await self._service.request("GET", "cron", query=query)

    async def _snapshot(self, path: str) -> dict[str, Any]:
        notebook = await self._notebooks.read(path)
        return {"notebook": without_outputs(notebook), "notebook_path": path.strip("/")}


def _job(job_id: str) -> str:
    return f"jobs/{quote(job_id, safe='')}"


def _run(run_id: str) -> str:
    return f"runs/{quote(run_id, safe='')}"
