"""A wiki that is a git repository of Markdown, as GitLab, Gitea, GitHub and others keep theirs.

The repository is kept as a bare clone beside the service, and asked anew before each call. What is
written is one commit with a page and its pictures, made without a work tree on whatever the branch
is then; should somebody have pushed in between, it is made again on theirs. Nothing is ever forced.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from ..base import (
    MAIN,
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
from ..parts import CommentMarks, Marks
from .markdown import write_markdown
from .program import Clone, GitAddress, Rejected

log = logging.getLogger(__name__)

#: How often a commit is made anew because others push at the same time.
PUSHES = 8
#: How much of a page has to be as it was for it to be known under another name.
LIKENESS = "40%"
#: Bytes of a file's name, which most file systems take.
NAME_LIMIT = 200
_REF = "refs/lodge/seen"
#: Modes of what a tree holds.
_FILES, _FOLDER = ("100644", "100755"), "040000"
#: What git leaves out of a name.
_NO_NAME = re.compile(r"[\x00-\x1f<>\ud800-\udfff]")
_ODD = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|#%{}\[\]^~`]+")


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

    marks: Marks = CommentMarks()
    files_belong_to_pages = False

    def __init__(self, address: GitAddress, token: Callable[[], str], folder: Path) -> None:
        self._address = address
        self._clone = Clone(address, token, folder)
        self._git = self._clone.git
        #: That the wiki shows, once that was seen.
        self._branch = address.branch
        self._pending: tuple[Attachment, ...] = ()
        #: Whom the next commit has for its author; "" is Lodge.
        self._owner = ""

    def close(self) -> None:
        """Do nothing: each call asks by a connection of its own."""

    def write(self, document: Document) -> Written:
        """Return the document as Markdown."""
        if self._address.names_owner:
            self._owner = document.owner
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

    def titled(self, title: str, place: Place = MAIN) -> Page | None:  # noqa: ARG002
        """Return the page of a path."""
        head = self._seen()
        return None if head is None else self._at(head, title)

    def attach(self, page: Page | None, attachments: tuple[Attachment, ...]) -> int:  # noqa: ARG002
        """Have pictures go with the page that is written next, in one commit."""
        self._pending = attachments
        return len(attachments)

    def label(self, page: Page, labels: tuple[str, ...]) -> None:
        """Do nothing: this wiki has tags in the text alone."""

    def create(
        self,
        title: str,
        text: str,
        summary: str,
        place: Place = MAIN,  # noqa: ARG002
    ) -> Page:
        """Make a page; see `base.Wiki`."""

        def make(head: str | None) -> dict[str, bytes | None]:
            if self._entry(head, title) is not None:
                raise TitleTaken(f"The repository has a file {title}.")
            for folder in PurePosixPath(title).parents:
                entry = self._entry(head, str(folder))
                if entry is not None and entry[0] != _FOLDER:
                    raise Refused(
                        f"The wiki's repository has a file where the folder {folder} has to be: "
                        "choose another place for the page."
                    )
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

    def parents(self, begun: str, within: Place, limit: int = 20) -> list[str]:
        """Return folders whose paths begin so."""
        head = self._seen()
        if head is None:
            return []
        space, above = (
            "".join(f"{_name(part)}/" for part in place.split("/") if _name(part))
            for place in (within.space, within.parent)
        )
        wanted = f"{space}{above}{begun.lstrip('/')}".lower()
        names = self._git("ls-tree", "-r", "-d", "-z", "--name-only", head).decode().split("\0")
        found = (name for name in names if name and name.lower().startswith(wanted))
        # A folder is named by the way to it, and not by itself, in `within`.
        return [name[len(space) :] for name in found if f"{name}/" != f"{space}{above}"][:limit]

    def who(self) -> str:
        """Return the account, after asking the repository whether it may push there."""
        head = self._seen()
        if head is not None:
            # What everybody may read is read by any token.
            with suppress(Rejected):
                target = f"{head}:refs/heads/{self._branch}"
                self._git("push", "--dry-run", "-q", "origin", target)
        return self._address.user

    # What is there

    def _seen(self) -> str | None:
        """Return the branch's newest commit, after asking for it; None in an empty repository."""
        self._clone.begin()
        listed = self._git("ls-remote", "--symref", "origin", "HEAD", "refs/heads/*").decode()
        lines = [line.partition("\t")[::2] for line in listed.splitlines()]
        begins = [about.removeprefix("ref: refs/heads/") for about, name in lines if name == "HEAD"]
        branches = {name.removeprefix("refs/heads/") for _, name in lines if name != "HEAD"}
        self._branch = self._address.branch or next(
            (name for name in begins if name in branches), "main"
        )
        if self._branch not in branches:
            if not branches:
                return None
            # Where nobody reads it nothing is written.
            raise Refused(
                f"The wiki's repository has no branch {self._branch}, but "
                f"{', '.join(sorted(branches)[:5])}: an administrator has to name the one that "
                "the wiki shows in Lodge's settings."
            )
        fetched = f"+refs/heads/{self._branch}:{_REF}"
        self._git("fetch", "-q", "--no-tags", "--no-write-fetch-head", "origin", fetched)
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

    def _entry(self, head: str | None, path: str) -> tuple[str, str] | None:
        """Return the mode and the object of what has a path; None where nothing has."""
        if head is None:
            return None
        listed = self._git("ls-tree", "-z", head, "--", path).decode("utf-8", "replace")
        about, _, name = listed.rstrip("\0").partition("\t")
        parts = about.split()
        return (parts[0], parts[2]) if name == path and len(parts) == 3 else None

    def _blob(self, head: str, path: str) -> str | None:
        """Return the content's object of a file; None for what is no file, such as a link."""
        entry = self._entry(head, path)
        return entry[1] if entry is not None and entry[0] in _FILES else None

    def _content(self, blob: str) -> str:
        # What is in no encoding of ours stays as it is when the page is written again.
        return self._git("cat-file", "blob", blob).decode("utf-8", "surrogateescape")

    def _renamed(self, path: str, revision: str, head: str) -> str | None:
        """Return what a file that was there in a revision is called now; None if it is gone."""
        if not re.fullmatch(r"[0-9a-f]{40,64}", revision):
            return None
        # In a history that was made anew it may be gone.
        about = self._git("cat-file", "--batch-check", said=f"{revision}\n".encode())
        if b" commit " not in about or not self._git("for-each-ref", "--contains", revision, _REF):
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
        return {**pictures, path: text.encode("utf-8", "surrogateescape")}

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
            target = f"{commit}:refs/heads/{self._branch}"
            try:
                self._git("push", "-q", "--porcelain", "origin", target)
            except Rejected:
                continue
            return commit
        raise Unreachable("Others push to the wiki's repository all the time; it is tried again.")

    def _commit(self, head: str | None, files: Mapping[str, bytes | None], summary: str) -> str:
        with tempfile.TemporaryDirectory(dir=self._clone.folder, prefix="lodge-index") as folder:
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
            commit = self._git(
                *("commit-tree", tree, *parents),
                said=f"{summary}\n".encode(),
                environment=_author(self._owner),
            )
        return commit.decode().strip()


def _author(name: str) -> dict[str, str]:
    """Return how git is told who makes a commit; nothing of a name that it would not take."""
    plain = _NO_NAME.sub("", name).strip()
    return {"GIT_AUTHOR_NAME": plain} if any(map(str.isalnum, plain)) else {}


def _name(text: str) -> str:
    """Return one part of a path; "" where nothing is left of it."""
    joined = re.sub(r"[\s/]+", "-", _ODD.sub(" ", text).strip()).strip(".-")
    cut = joined.encode("utf-8", "ignore")[:NAME_LIMIT].decode("utf-8", "ignore")
    return "" if cut.lower() in ("git", ".git") else cut
