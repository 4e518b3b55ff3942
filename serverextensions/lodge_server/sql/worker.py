"""Asks the magics what a source holds: a process for each question, ended when it takes too long.

Drivers of databases block, crash and leak; none of it may reach the user's server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import BadInput, LodgeServerError, NotFound, ServiceError, Unavailable

TIMEOUT_S = 10.0
GRACE_S = 1.0
"""How long the process may take to cancel what runs on the database's server."""
COMMAND = (sys.executable, "-m", "lodge_magics.sql.catalog")


class CatalogWorker:
    """Asks in processes.

    Parameters
    ----------
    environ
        Of the processes; `LODGE_SOURCES` names the file of sources.
    command
        What is run, before the question.
    timeout
        How long an answer may take, in seconds.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        command: Sequence[str] = COMMAND,
        timeout: float = TIMEOUT_S,
    ) -> None:
        self._environ, self._command, self._timeout = environ, command, timeout

    def stamp(self) -> object:
        """Return what changes when the file of sources does."""
        name = self._environ.get("LODGE_SOURCES")
        if not name:
            return None
        try:
            found = Path(name).stat()
        except OSError:
            return name
        return (name, found.st_mtime_ns, found.st_size, found.st_ino)

    async def ask(self, *question: str) -> dict[str, Any]:
        """Return the answer to a command with its options.

        Raises
        ------
        BadInput
            A name holds what no name holds.
        NotFound
            There is no such source or table.
        ServiceError
            The source is one that only a notebook can ask.
        Unavailable
            The source failed, or takes too long.
        """
        if any("\0" in word for word in question):
            raise BadInput("bad_request", "A name holds a zero byte.")
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                *question,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                # What a driver prints may tell how it connects.
                stderr=asyncio.subprocess.DEVNULL,
                env=dict(self._environ),
            )
        except OSError as error:
            raise Unavailable(
                "no_catalog", f"The SQL sources could not be asked ({error.strerror}); try again."
            ) from None
        try:
            async with asyncio.timeout(self._timeout):
                output, _ = await process.communicate()
        except TimeoutError:
            raise Unavailable(
                "source_slow",
                f"{_subject(question)} did not answer within {self._timeout:g} seconds; try again, "
                "or ask whoever runs it.",
                504,
            ) from None
        finally:
            await _end(process)
        return _read(output, question)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _read(output: bytes, question: Sequence[str]) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unavailable(
            "no_catalog", f"{_subject(question)} could not be read: its process ended early.", 502
        )
    if "error" in answer:
        raise _error(answer["error"]["reason"], answer["error"]["message"])
    return answer


def _error(reason: str, message: str) -> LodgeServerError:
    if reason in ("no_source", "no_table"):
        return NotFound(reason, message)
    if reason == "ask_a_notebook":
        return ServiceError(409, reason, message)
    return Unavailable(reason, message)


def _subject(question: Sequence[str]) -> str:
    for word in question:
        if word.startswith("--source="):
            return f"The source {word.removeprefix('--source=')}"
    return "The file of SQL sources"
