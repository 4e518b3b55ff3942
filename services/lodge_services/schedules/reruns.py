"""Runs that are run once more, for the same time. Knows no HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lodge_runner.errors import ParameterError
from lodge_runner.parameters import inspect_parameters, parse_texts
from lodge_runner.values import to_json

from ..clock import Clock
from ..db import Database
from ..errors import BadRequest, Conflict
from .blobs import MissingSnapshotError
from .checks import check_parameters, damaged_job
from .firing import rerun_of
from .models import ACTIVE, Job, Run
from .queries import Viewer, refuse_crowd, visible_run


@dataclass(frozen=True)
class Field:
    """A parameter as a form shows it.

    Attributes
    ----------
    name
        Its name.
    text
        Its value: a text as it is, all else as JSON.
    kind
        What the notebook declares it as; "" where it declares nothing.
    help
        What the notebook says of it.
    """

    name: str
    text: str
    kind: str = ""
    help: str = ""


class Reruns:
    """Runs of all jobs, once more.

    Parameters
    ----------
    database
        Of schedules.
    clock
        Gives the time.
    notebook
        Returns the notebook of a job.
    wake
        Tells the engine that something waits; called from any thread.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        notebook: Callable[[Job], Mapping[str, Any]],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._notebook = notebook
        self._wake = wake

    def rerun(self, viewer: Viewer, run_id: str, parameters: Mapping[str, Any]) -> Run:
        """Queue a run for the same time as another, with the notebook that the job has now.

        Parameters
        ----------
        viewer
            Who asks.
        run_id
            The run.
        parameters
            Laid over what that run was given.

        Raises
        ------
        NotFound
            There is no such run for the viewer.
        BadRequest
            The notebook has no such parameters.
        Conflict
            That run has not ended, or too many runs of the job wait.
        """
        with self._database.write() as session:
            run = visible_run(session, viewer, run_id)
            if run.state in ACTIVE:
                raise Conflict(
                    "run_active", "The run has not ended yet; cancel it, or wait until it has."
                )
            if not isinstance(run.parameters, dict):
                raise damaged_job()
            job = session.get_one(Job, run.job_id)
            refuse_crowd(session, job)
            made = rerun_of(run, job, self._clock(), {**run.parameters, **parameters})
            if parameters or made.notebook_digest != run.notebook_digest:
                check_parameters(self._notebook(job), made.parameters)
            session.add(made)
        self._wake()
        return made

    def fields(self, viewer: Viewer, run_id: str) -> Sequence[Field]:
        """Return the parameters that a run may be given, with the values it had.

        Raises
        ------
        NotFound
            There is no such run for the viewer.
        """
        with self._database.read() as session:
            run = visible_run(session, viewer, run_id)
            job = session.get_one(Job, run.job_id)
        given = run.parameters if isinstance(run.parameters, dict) else {}
        try:
            declared = {one.name: one for one in inspect_parameters(self._notebook(job))}
        except (ParameterError, MissingSnapshotError):
            # What the run was given is known all the same.
            declared = {}
        return [
            Field(
                name,
                _text(given.get(name, one.default if one else None)),
                one.type if one else "",
                one.help if one else "",
            )
            for name in dict.fromkeys((*declared, *given))
            for one in [declared.get(name)]
        ]

    def changed(self, viewer: Viewer, run_id: str, texts: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of those texts of a form that are not as `fields` gave them.

        Raises
        ------
        NotFound
            There is no such run for the viewer.
        BadRequest
            A text is no value of its parameter.
        """
        before = {one.name: one.text for one in self.fields(viewer, run_id)}
        wanted = {name: text for name, text in texts.items() if before.get(name) != text}
        with self._database.read() as session:
            job = session.get_one(Job, visible_run(session, viewer, run_id).job_id)
        try:
            values: dict[str, Any] = to_json(parse_texts(self._notebook(job), wanted))
        except ParameterError as error:
            raise BadRequest("bad_parameters", str(error)) from error
        return values


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
