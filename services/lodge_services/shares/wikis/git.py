"""A wiki that is a git repository of Markdown, as GitLab, Gitea, GitHub and others keep theirs.

The repository is kept as a bare clone beside the service, and asked anew before each call. What is
written is one commit with a page and its pictures, made without a work tree on whatever the branch
is then; should somebody have pushed in between, it is made again on theirs. Nothing is ever forced.
"""

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
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from .base import (
    Attachment,
    Document,
    Moved,
    Page,
    Place,
    Refused,
    TitleTaken,
    Unreachable,
    Written,
)
from .markdown import write_markdown

log = logging.getLogger(__name__)

#: Seconds that one program of git may take.
PATIENCE_S = 120
#: How often a commit is made anew because others push at the same time.
PUSHES = 8
#: How much of a page has to be as it was for it to be known under another name.
LIKENESS = "40%"
#: Bytes of a file's name, which most file systems take.
NAME_LIMIT = 200
_REF = "refs/lodge/seen"
#: Nothing leads elsewhere, tokens least of all, and no path is a pattern.
_OPTIONS = ("--literal-pathspecs", "-c", "http.followRedirects=false", "-c", "gc.auto=500")
_ODD = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|#%{}\[\]^~`]+")
#: What git says, and what that means to a person.
_REFUSALS = (
    ("Authentication failed", "The wiki's repository does not take Lodge's token."),
    ("could not read Username", "The wiki's repository lets Lodge in by no token, or another one."),
    ("403", "The wiki's repository does not let Lodge write to it."),
    ("not found", "There is no such repository at the wiki's address."),
    ("does not appear to be a git repository", "There is no repository at the wiki's address."),
    ("protected branch", "The wiki's branch is protected: Lodge may not push to it."),
    ("dubious ownership", "The wiki's repository belongs to another account than Lodge's."),
    ("hook declined", "A hook of the wiki's repository does not take the page."),
)


@dataclass(frozen=True)
class GitAddress:
    """Where a repository is.

    Attributes
    ----------
    url
        As git takes it, without a password.
    branch
        That the wiki shows.
    pages
        Address under which people read a page, with ``{page}`` in the place of its path without
        the ending; "" where there is none.
    user
        The account of the token.
    """

    url: str
    branch: str = "main"
    pages: str = ""
    user: str = "lodge"


class GitWiki:
    """A repository as a wiki.

    Parameters
    ----------
    address
        Where it is.
    token
        Returns the token each time git signs in; "" where none is needed.
    folder
        Of this wiki's own, for the clone.
    """

    files_belong_to_pages = False

    def __init__(self, address: GitAddress, token: Callable[[], str], folder: Path) -> None:
        self._address = address
        self._token = token
        self._folder = folder
        self._pending: tuple[Attachment, ...] = ()

    def write(self, document: Document) -> Written:
        """Return the document as Markdown."""
        return write_markdown(document)

    def title(self, place: Place, title: str, number: int = 1) -> str:
        """Return the path of a page: words are joined by hyphens, as these wikis have it."""
        folders = [_name(part) for part in f"{place.space}/{place.parent}".split("/")]
        name = _name(title) or "Notebook"
        if number > 1:
            name = f"{name}-{number}"
        return "/".join([*filter(None, folders), f"{name}.md"])

    def page(self, page_id: str, revision: str) -> Page | None:
        """Return the page of a path, or of what that has become since a revision."""
        head = self._seen()
        if head is None:
            return None
        found = self._at(head, page_id)
        if found is not None:
            return found
        moved = self._renamed(page_id, revision, head)
        return self._at(head, moved) if moved else None

    def titled(self, title: str) -> Page | None:
        """Return the page of a path."""
        head = self._seen()
        return None if head is None else self._at(head, title)

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:  # noqa: ARG002
        """Have pictures go with the page that is written next, in one commit."""
        self._pending = attachments
        return len(attachments)

    def create(self, title: str, text: str, summary: str) -> Page:
        """Make a page; see `base.Wiki`."""

        def make(head: str | None) -> dict[str, bytes | None]:
            if head is not None and self._blob(head, title) is not None:
                raise TitleTaken(f"The repository has a file {title}.")
            return self._files(title, text)

        return self._written(title, make, summary)

    def update(self, page: Page, text: str, summary: str) -> Page:
        """Replace a page's text; see `base.Wiki`."""

        def make(head: str | None) -> dict[str, bytes | None]:
            there = None if head is None else self._blob(head, page.id)
            if there is None or self._content(there) != page.text:
                raise Moved("Somebody has pushed another text of the page.")
            return self._files(page.id, text)

        return self._written(page.id, make, summary)

    def remove(self, page: Page, summary: str) -> None:
        """Delete a page; its pictures stay, for its history."""
        head = self._seen()
        if head is not None and self._blob(head, page.id) is not None:
            self._push(lambda _head: {page.id: None}, summary)

    def places(self, begun: str, limit: int = 20) -> list[Place]:
        """Return folders whose paths begin so."""
        head = self._seen()
        if head is None:
            return []
        names = self._git("ls-tree", "-r", "-d", "-z", "--name-only", head).decode().split("\0")
        found = [name for name in names if name and name.lower().startswith(begun.lower())]
        return [Place("", name) for name in found[:limit]]

    def who(self) -> str:
        """Return the account, after asking the repository for its branches."""
        self._clone()
        self._git("ls-remote", "--heads", "origin", signed_in=True)
        return self._address.user

    # What is there

    def _clone(self) -> None:
        if not (self._folder / "HEAD").exists():
            self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.rmtree(self._folder, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=self._folder.parent, prefix=".new") as part:
                made = Path(part) / "clone"
                self._run(["init", "-q", "--bare", str(made)], cwd=Path(part))
                made.rename(self._folder)
        # Settings may name another one by now.
        self._git("config", "remote.origin.url", self._address.url)

    def _seen(self) -> str | None:
        """Return the branch's newest commit, after asking for it; None while it has none."""
        self._clone()
        branch = f"refs/heads/{self._address.branch}"
        if not self._git("ls-remote", "origin", branch, signed_in=True).strip():
            return None
        self._git(
            *("fetch", "-q", "--no-tags", "--no-write-fetch-head", "origin", f"+{branch}:{_REF}"),
            signed_in=True,
        )
        return self._git("rev-parse", _REF).decode().strip()

    def _at(self, head: str, path: str) -> Page | None:
        blob = self._blob(head, path)
        if blob is None:
            return None
        last = self._git("log", "-1", "--format=%H", head, "--", path).decode().strip()
        return Page(
            id=path,
            revision=last or head,
            title=path,
            url=self._url(path),
            text=self._content(blob),
        )

    def _blob(self, head: str, path: str) -> str | None:
        listed = self._git("ls-tree", "-z", head, "--", path).decode("utf-8", "replace")
        about, _, name = listed.rstrip("\0").partition("\t")
        parts = about.split()
        return parts[2] if name == path and len(parts) == 3 and parts[1] == "blob" else None

    def _content(self, blob: str) -> str:
        return self._git("cat-file", "blob", blob).decode("utf-8", "replace")

    def _renamed(self, path: str, revision: str, head: str) -> str | None:
        """Return what a file that was there in a revision is called now; None if it is gone."""
        if not re.fullmatch(r"[0-9a-f]{40,64}", revision):
            return None
        try:
            self._git("merge-base", "--is-ancestor", revision, head)
        except Refused:
            return None
        said = self._git(
            *("diff", "--name-status", "-z", f"-M{LIKENESS}", "--diff-filter=R", revision, head)
        )
        parts = said.decode("utf-8", "replace").split("\0")
        moves = dict(zip(parts[1::3], parts[2::3], strict=False))
        return moves.get(path)

    def _url(self, path: str) -> str:
        page = path.removesuffix(".md")
        return self._address.pages.replace("{page}", quote(page)) if self._address.pages else ""

    # Writing

    def _files(self, path: str, text: str) -> dict[str, bytes | None]:
        folder = PurePosixPath(path).parent
        pictures = {str(folder / one.name): one.content for one in self._pending}
        return {**pictures, path: text.encode("utf-8", "replace")}

    def _written(
        self, path: str, make: Callable[[str | None], dict[str, bytes | None]], summary: str
    ) -> Page:
        head = self._push(make, summary)
        self._pending = ()
        page = self._at(head, path)
        if page is None:
            raise Unreachable("The wiki's repository has lost the page that was just pushed.")
        return page

    def _push(self, make: Callable[[str | None], dict[str, bytes | None]], summary: str) -> str:
        """Push one commit on top of whatever is there; return it, or what says the same already."""
        for _ in range(PUSHES):
            head = self._seen()
            commit = self._commit(head, make(head), summary)
            if commit == head:
                return commit
            target = f"{commit}:refs/heads/{self._address.branch}"
            try:
                self._git("push", "-q", "--porcelain", "origin", target, signed_in=True)
            except _Rejected:
                continue
            return commit
        raise Unreachable("Others push to the wiki's repository all the time; it is tried again.")

    def _commit(self, head: str | None, files: Mapping[str, bytes | None], summary: str) -> str:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="lodge-index") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if head is not None:
                self._git("read-tree", head, environment=index)
            lines = []
            for path, content in files.items():
                if content is None:
                    lines.append(f"0 {'0' * 40}\t{path}")
                    continue
                made = self._git("hash-object", "-w", "--stdin", said=content).decode().strip()
                lines.append(f"100644 {made}\t{path}")
            self._git(
                *("update-index", "-z", "--index-info"),
                said="".join(f"{line}\0" for line in lines).encode(),
                environment=index,
            )
            tree = self._git("write-tree", environment=index).decode().strip()
            if head is not None:
                same = self._git("rev-parse", f"{head}^{{tree}}").decode().strip() == tree
                if same:
                    return head
            parents = ("-p", head) if head is not None else ()
            commit = self._git("commit-tree", tree, *parents, said=f"{summary}\n".encode())
        return commit.decode().strip()

    # git

    def _git(
        self,
        *arguments: str,
        said: bytes = b"",
        environment: Mapping[str, str] | None = None,
        signed_in: bool = False,
    ) -> bytes:
        extra = dict(environment or {})
        if signed_in and self._address.url.startswith("http"):
            token = self._token()
            if token:
                shown = base64.b64encode(f"{self._address.user}:{token}".encode()).decode()
                # By the environment: arguments are seen by all, and an address is kept in logs.
                extra |= {
                    "GIT_CONFIG_COUNT": "1",
                    "GIT_CONFIG_KEY_0": "http.extraHeader",
                    "GIT_CONFIG_VALUE_0": f"Authorization: Basic {shown}",
                }
        return self._run(list(arguments), cwd=self._folder, said=said, environment=extra)

    def _run(
        self,
        arguments: list[str],
        *,
        cwd: Path,
        said: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        try:
            done = subprocess.run(
                ["git", *_OPTIONS, *arguments],
                cwd=cwd,
                input=said,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
                env={**_environment(), **(environment or {})},
            )
        except FileNotFoundError:
            raise Refused(
                "Lodge's machine has no git; an administrator has to install it."
            ) from None
        except subprocess.TimeoutExpired:
            raise Unreachable(
                f"The wiki's repository has not answered for {PATIENCE_S} seconds."
            ) from None
        if done.returncode == 0:
            return done.stdout
        raise _told(arguments[0], done.stdout + done.stderr)


class _Rejected(Exception):  # noqa: N818  (read as `except _Rejected`)
    """Somebody has pushed in between."""


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


def _told(what: str, output: bytes) -> Exception:
    """Return what git's complaint means; its own words, which may hold addresses, go to the log."""
    said = output.decode("utf-8", "replace")
    log.warning("git %s: %s", what, said.strip()[-2_000:])
    if what == "push" and re.search(
        r"fetch first|non-fast-forward|cannot lock ref|stale info", said
    ):
        return _Rejected()
    for part, sentence in _REFUSALS:
        if part in said:
            return Refused(f"{sentence} An administrator has to look at it.")
    if what in ("ls-remote", "fetch", "push"):
        return Unreachable("The wiki's repository does not answer; it is tried again by itself.")
    return Refused(f"git {what} failed on the wiki's repository; Lodge's log has what it said.")


def _name(text: str) -> str:
    """Return one part of a path; "" where nothing is left of it."""
    joined = re.sub(r"[\s/]+", "-", _ODD.sub(" ", text).strip()).strip(".-")
    cut = joined.encode("utf-8", "ignore")[:NAME_LIMIT].decode("utf-8", "ignore")
    return "" if cut.lower() in ("git", ".git") else cut
