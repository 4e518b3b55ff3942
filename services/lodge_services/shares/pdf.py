"""A page as PDF, printed by a Chromium of the machine: no script runs in it, and it asks nobody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from ..errors import Unavailable

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
"""Names of browsers that can print."""

SECONDS = 60
"""How long printing may take."""

# Chromium prints by a script of its own, so scripts can't be switched off as a whole.
_HEAD = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="'
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)


@cache
def browser() -> str | None:
    """Return the path of a browser that can print, None where the machine has none."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def pdf(html: str) -> bytes:
    """Return a page as PDF.

    Parameters
    ----------
    html
        All of the page; what it names elsewhere is not fetched.

    Raises
    ------
    Unavailable
        There is no browser here, or it could not print the page in time.
    """
    program = browser()
    if program is None:
        raise Unavailable(
            "no_browser",
            "There is no Chromium on Lodge's machine that could make a PDF; print the page in your "
            "own browser instead.",
        )
    with tempfile.TemporaryDirectory(prefix="lodge-pdf-") as folder:
        page, made = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(_HEAD + html, encoding="utf-8")
        _run([*_command(program, Path(folder)), f"--print-to-pdf={made}", page.as_uri()], folder)
        try:
            return made.read_bytes()
        except FileNotFoundError:
            raise _failed() from None


def _command(program: str, folder: Path) -> list[str]:
    return [
        program,
        "--headless",
        # Chromium's sandbox is not to be had by root; the page has no script to be kept in it.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-sync",
        "--no-first-run",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}",
    ]


def _run(command: list[str], folder: str) -> None:
    """Run a program, and end all that it has started when its time is over."""
    # Nothing of the service's environment, which has secrets in it.
    environment = {"HOME": folder, "PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        code = process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise _failed() from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if code:
        raise _failed()


def _failed() -> Unavailable:
    return Unavailable(
        "not_printed",
        "Chromium could not make a PDF of this notebook in time; print the page in your own "
        "browser instead.",
    )
