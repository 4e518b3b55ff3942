"""Jobs and their runs, in memory: a run goes on as it is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .wire import Json, Refusal, iso, new_id

#: What a job is where nothing is said.
POLICY: Json = {
    "interval": "times",
    "catch_up": "latest",
    "retries": 0,
    "retry_s": 60,
    "timeout_s": None,
    "starts_at": None,
    "ends_at": None,
    "after": [],
    "after_s": 86_400,
}


class FakeSchedules:
    """The service of schedules.

    Parameters
    ----------
    user
        Who asks.
    seconds_per_cell
        How long a run takes for each code cell; 0 ends it as soon as it is looked at.
    """

    def __init__(self, user: str, seconds_per_cell: float) -> None:
        self.user, self.seconds_per_cell = user, seconds_per_cell
        self.jobs: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}
        self.alerts: list[Json] = []

    def post_jobs(self, body: Json) -> Json:
        """Make a job."""
        now = datetime.now(UTC)
        if body["cron"] is not None:
            self.cron(body["cron"], body["timezone"], 1, "en")
        job_id = new_id()
        self.jobs[job_id] = {
            "id": job_id,
            "owner": self.user,
            **{key: body[key] for key in ("name", "notebook_path", "cron", "timezone")},
            "parameters": body["parameters"],
            "enabled": body["enabled"],
            "share_id": body.get("share_id"),
            "publish": body.get("publish", False),
            **{name: body.get(name, usual) for name, usual in POLICY.items()},
            "created_at": iso(now),
            "updated_at": iso(now),
            "next_run_at": iso(now + timedelta(hours=3)) if body["cron"] else None,
            "last_run": None,
            "fault": None,
            "notebook": body["notebook"],
        }
        return self.job(job_id)

    def job(self, job_id: str) -> Json:
        """Return a job with its newest run."""
        if job_id not in self.jobs:
            raise Refusal(404, "no_job", "There is no such job; it may have been deleted.")
        runs = self.job_runs(job_id)
        job = {key: value for key, value in self.jobs[job_id].items() if key != "notebook"}
        return job | {"last_run": runs[0] if runs else None}

    def patch_job(self, job_id: str, body: Json) -> Json:
        """Change a job."""
        self.job(job_id)
        self.jobs[job_id] |= body
        job = self.jobs[job_id]
        due = iso(datetime.now(UTC) + timedelta(hours=3))
        job["next_run_at"] = due if job["enabled"] and job["cron"] else None
        return self.job(job_id)

    def delete_job(self, job_id: str, *, force: bool) -> None:
        """Delete a job; one that runs only by force."""
        active = [run for run in self.job_runs(job_id) if run["state"] in {"queued", "running"}]
        if active and not force:
            raise Refusal(409, "job_running", "A run is under way; cancel it first.")
        del self.jobs[job_id]

    def post_run(self, job_id: str, body: Json, now: datetime | None = None) -> Json:
        """Queue a run."""
        job = self.job(job_id)
        created = iso(now or datetime.now(UTC))
        run_id = new_id()
        cells = self.jobs[job_id]["notebook"]["cells"]
        self.runs[run_id] = {
            "id": run_id,
            "job_id": job_id,
            "owner": self.user,
            "state": "queued",
            "trigger": "manual",
            "attempt": 1,
            "late": False,
            "scheduled_for": created,
            "interval_start": None,
            "interval_end": None,
            "not_before": None,
            "ready_by": None,
            "created_at": created,
            "started_at": None,
            "ended_at": None,
            "duration_s": None,
            "parameters": job["parameters"] | body.get("parameters", {}),
            "cells_total": None,
            "cells_done": None,
            "error": None,
            "page": None,
            "url": f"/services/schedules/runs/{run_id}",
            "code": [c["source"] for c in cells],
        }
        return self._show(run_id)

    def job_runs(self, job_id: str) -> list[Json]:
        """Return a job's runs, newest first."""
        ids = [run["id"] for run in self.runs.values() if run["job_id"] == job_id]
        shown = [self._show(run_id) for run_id in ids]
        return sorted(shown, key=lambda run: str(run["created_at"]), reverse=True)

    def run(self, run_id: str) -> Json:
        """Return a run."""
        if run_id not in self.runs:
            raise Refusal(404, "no_run", "There is no such run.")
        return self._show(run_id)

    def cancel(self, run_id: str) -> Json:
        """End a run."""
        run = self.runs[self.run(run_id)["id"]]
        if run["state"] in {"queued", "running"}:
            run |= {"state": "cancelled", "ended_at": iso(datetime.now(UTC))}
        return self._show(run_id)

    def _show(self, run_id: str) -> Json:
        run = self.runs[run_id]
        if run["state"] in {"queued", "running"}:
            self._advance(run, datetime.now(UTC))
        return {key: value for key, value in run.items() if key != "code"}

    def _advance(self, run: Json, now: datetime) -> None:
        waited = (now - datetime.fromisoformat(run["created_at"])).total_seconds()
        cells, each = len(run["code"]), self.seconds_per_cell
        failing = next((i for i, code in enumerate(run["code"]) if "1 / 0" in code), None)
        start, stop = 2 * each, (2 + (cells if failing is None else failing + 1)) * each
        if waited < start:
            return
        created = datetime.fromisoformat(run["created_at"])
        run |= {"state": "running", "started_at": iso(created + timedelta(seconds=start))}
        run |= {"cells_total": cells, "cells_done": cells}
        if waited < stop:
            run["cells_done"] = int((waited - start) / each)
            return
        ended = created + timedelta(seconds=stop)
        run |= {"ended_at": iso(ended), "duration_s": stop - start, "state": "succeeded"}
        if failing is not None:
            run |= {"state": "failed", "cells_done": failing}
            run["error"] = {
                "cell": failing,
                "cell_source": run["code"][failing],
                "ename": "ZeroDivisionError",
                "evalue": "division by zero",
                "message": f"Cell {failing + 1} failed: ZeroDivisionError: division by zero",
            }

    def cron(self, expression: str, timezone: str, count: int, language: str) -> Json:
        """Explain a cron expression: any with five fields will do."""
        if len(expression.split()) != 5:
            raise Refusal(
                400,
                "bad_cron",
                f"“{expression}” is not a cron expression: it needs five fields.",
            )
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        words = f"按 {expression}" if language == "zh" else f"At the times of {expression}"
        return {
            "expression": expression,
            "timezone": timezone,
            "description": words,
            "next": [(start + timedelta(days=day)).isoformat() for day in range(1, count + 1)],
        }
