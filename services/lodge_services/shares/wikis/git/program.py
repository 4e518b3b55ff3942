"""git as a program: run in a bare clone of one repository, its complaints put in words."""

from __future__ import annotations

import base64
import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..base import Refused, Unreachable

log = logging.getLogger(__name__)

#: Seconds that one program of git may take.
PATIENCE_S = 120
#: Seconds of those that bring much at once, the first time all of a wiki.
LONG_PATIENCE_S = 1_200
#: Seconds in which a server has to send something.
SILENCE_S = 30
#: Those that ask the server for something.
_REMOTE = ("ls-remote", "fetch", "push")
#: No path is a pattern, nothing goes on by itself.
_OPTIONS = ("--literal-pathspecs", "-c", "gc.auto=500", "-c", "gc.autoDetach=false")
#: What git says, and what that means to a person.
_REFUSALS = (
    (r"Authentication failed", "The wiki's repository does not take Lodge's token."),
    (
        r"could not read Username",
        "The wiki's repository lets Lodge in by no token, or another one.",
    ),
    (r"error: 403|HTTP 403", "The wiki's repository does not let Lodge write to it."),
    (r"error: 413|HTTP 413", "The server of the wiki's repository takes no push of this size."),
    (
        r"error: 30[1-8]|from redirection",
        "The wiki's address leads to another one, which has to be in Lodge's settings instead.",
    ),
    (r"certificate", "The certificate of the wiki's server is none that Lodge's machine trusts."),
    (r"repository .*not found", "There is no such repository at the wiki's address."),
    (
        r"does not appear to be a git repository",
        "There is no repository at the wiki's address.",
    ),
    (r"protected branch", "The wiki's branch is protected: Lodge may not push to it."),
    (r"dubious ownership", "The wiki's repository belongs to another account than Lodge's."),
    (r"hook declined", "A hook of the wiki's repository does not take the page."),
)
_REJECTED = re.compile(r"fetch first|non-fast-forward|cannot lock ref|stale info")
#: What it says of the clone, not of the repository.
_DAMAGE = re.compile(
    r"\.lock'|cannot lock ref|corrupt|bad object|is empty|"
    r"bad config|missing|did not send all necessary objects|not a git repository"
)


@dataclass(frozen=True)
class GitAddress:
    """Where a repository is.

    Attributes
    ----------
    url
        As git takes it, without a password.
    branch
        That the wiki shows; "" for the one that the repository itself begins with.
    pages
        Address under which people read a page, with ``{page}`` in the place of its path without
        the ending; "" where there is none.
    user
        The account of the token.
    names_owner
        Whether commits have the owner of the notebook for their author, and not Lodge.
    """

    url: str
    branch: str = ""
    pages: str = ""
    user: str = "lodge"
    names_owner: bool = False


class Rejected(Exception):  # noqa: N818  (read as `except Rejected`)
    """Somebody has pushed in between."""


class Clone:
    """A bare clone, which may be removed at any time: what is damaged is made anew.

    Parameters
    ----------
    address
        Of the repository.
    token
        Returns the token each time git signs in; "" where none is needed.
    folder
        Of the clone alone.
    """

    def __init__(self, address: GitAddress, token: Callable[[], str], folder: Path) -> None:
        self.folder = folder
        self._address = address
        self._token = token

    def begin(self) -> None:
        """Make the clone where there is none."""
        if (self.folder / "HEAD").exists():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.rmtree(self.folder, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".new") as part:
            made = Path(part) / "clone"
            self._run(["init", "-q", "--bare", str(made)], Path(part), b"", {})
            made.rename(self.folder)

    def git(
        self, *arguments: str, said: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git in the clone; return what it prints.

        Raises
        ------
        Rejected
            A push came too late.
        Refused
            The repository does not take it.
        Unreachable
            It does not answer; or the clone was damaged, and is gone.
        """
        # By the environment: arguments are seen by all, and settings on the disk are locked.
        known = {"remote.origin.url": self._address.url, "http.followRedirects": "false"}
        known |= {"http.lowSpeedLimit": "1", "http.lowSpeedTime": str(SILENCE_S)}
        if arguments[0] in _REMOTE and self._address.url.startswith("http"):
            token = self._token()
            if token:
                shown = base64.b64encode(f"{self._address.user}:{token}".encode()).decode()
                known["http.extraHeader"] = f"Authorization: Basic {shown}"
        extra = {"GIT_CONFIG_COUNT": str(len(known)), **(environment or {})}
        for at, (key, value) in enumerate(known.items()):
            extra |= {f"GIT_CONFIG_KEY_{at}": key, f"GIT_CONFIG_VALUE_{at}": value}
        return self._run(list(arguments), self.folder, said, extra)

    def _run(self, arguments: list[str], cwd: Path, said: bytes, extra: dict[str, str]) -> bytes:
        patience = LONG_PATIENCE_S if arguments[0] in ("fetch", "push") else PATIENCE_S
        try:
            done = subprocess.run(
                ["git", *_OPTIONS, *arguments],
                cwd=cwd,
                input=said,
                capture_output=True,
                timeout=patience,
                check=False,
                env={**_environment(), **extra},
            )
        except FileNotFoundError:
            if shutil.which("git"):
                raise self._damaged() from None
            raise Refused(
                "Lodge's machine has no git; an administrator has to install it."
            ) from None
        except subprocess.TimeoutExpired:
            raise Unreachable(
                f"The wiki's repository has not answered for {patience} seconds."
            ) from None
        if done.returncode == 0:
            return done.stdout
        raise self._told(arguments[0], done.stdout + done.stderr)

    def _told(self, what: str, output: bytes) -> Exception:
        """Return what git's complaint means; its own words, with addresses, go to the log."""
        said = output.decode("utf-8", "replace")
        log.warning("git %s: %s", what, said.strip()[-2_000:])
        if what == "push" and _REJECTED.search(said):
            return Rejected()
        if "No space left on device" in said and "remote:" not in said:
            return Unreachable(
                "The disk that Lodge keeps the wiki's repository on is full; an administrator has "
                "to make room. It is tried again by itself."
            )
        if what not in _REMOTE:
            return self._damaged()
        for pattern, sentence in _REFUSALS:
            if re.search(pattern, said):
                return Refused(f"{sentence} An administrator has to look at it.")
        own = "\n".join(line for line in said.splitlines() if not line.startswith("remote:"))
        if _DAMAGE.search(own):
            return self._damaged()
        return Unreachable("The wiki's repository does not answer; it is tried again by itself.")

    def _damaged(self) -> Unreachable:
        shutil.rmtree(self.folder, ignore_errors=True)
        return Unreachable(
            "Lodge's copy of the wiki's repository was damaged and is made anew; it is tried again "
            "by itself."
        )


def _environment() -> dict[str, str]:
    kept = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "HTTPS_PROXY", "NO_PROXY")
    who = {"NAME": "Lodge", "EMAIL": "lodge@localhost"}
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
        **{
            f"GIT_{role}_{key}": said
            for role in ("AUTHOR", "COMMITTER")
            for key, said in who.items()
        },
    }
