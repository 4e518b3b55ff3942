"""A real git repository as a wiki: bare in a folder, and over http with a token."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "t0ken-of-the-wiki"
BACKEND = "/usr/lib/git-core/git-http-backend"


class Repository:
    """A bare repository, and somebody who pushes to it by hand."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.bare = folder / "wiki.git"
        self.branch = branch
        self._work = folder / "by-hand"
        self._git("init", "-q", "--bare", f"--initial-branch={branch}", str(self.bare), cwd=folder)
        self._git("-C", str(self.bare), "config", "http.receivepack", "true", cwd=folder)
        self._git("init", "-q", f"--initial-branch={branch}", str(self._work), cwd=folder)
        self._git("remote", "add", "origin", str(self.bare))

    def _git(self, *arguments: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=By Hand", "-c", "user.email=hand@example.org", *arguments],
            cwd=cwd or self._work,
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull},
        )
        return done.stdout

    def push(
        self, files: dict[str, str | bytes | None], moves: dict[str, str] | None = None
    ) -> None:
        """Change files by hand, and move some."""
        if self.log():
            self._git("fetch", "-q", "origin")
            self._git("reset", "-q", "--hard", f"origin/{self.branch}")
        for before, after in (moves or {}).items():
            (self._work / after).parent.mkdir(parents=True, exist_ok=True)
            self._git("mv", before, after)
        for name, text in files.items():
            path = self._work / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode() if isinstance(text, str) else text)
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "by hand")
        self._git("push", "-q", "origin", f"HEAD:{self.branch}")

    def link(self, name: str, to: str) -> None:
        """Make a symbolic link by hand."""
        (self._work / name).symlink_to(to)
        self.push({})

    def rewrite(self) -> None:
        """Make one commit of all history, and force it on everybody."""
        self._git("fetch", "-q", "origin")
        self._git("checkout", "-q", "--orphan", "anew", f"origin/{self.branch}")
        self._git("commit", "-q", "-m", "all")
        self._git("push", "-q", "--force", "origin", f"HEAD:{self.branch}")
        self._git("checkout", "-q", "-B", self.branch)
        self._git("branch", "-q", "-D", "anew")
        self._git("-C", str(self.bare), "reflog", "expire", "--expire=now", "--all")
        self._git("-C", str(self.bare), "gc", "-q", "--prune=now")

    def authors(self) -> list[str]:
        """Return who has made the commits, newest first."""
        said = self._git("-C", str(self.bare), "log", "--format=%an", self.branch)
        return said.splitlines()

    def log(self) -> list[str]:
        """Return the summaries of all commits, newest first."""
        listed = self._git("-C", str(self.bare), "for-each-ref", f"refs/heads/{self.branch}")
        if not listed:
            return []
        return self._git("-C", str(self.bare), "log", "--format=%s", self.branch).splitlines()

    def files(self) -> list[str]:
        """Return the paths of all files."""
        if not self.log():
            return []
        said = self._git("-C", str(self.bare), "ls-tree", "-r", "-z", "--name-only", self.branch)
        return [name for name in said.split("\0") if name]

    def read(self, name: str) -> str:
        """Return a file's text."""
        return self.read_bytes(name).decode().replace("\r\n", "\n")

    def read_bytes(self, name: str) -> bytes:
        """Return a file's content."""
        shown = ["git", "-C", str(self.bare), "show", f"{self.branch}:{name}"]
        return subprocess.run(shown, check=True, capture_output=True).stdout


@contextmanager
def served(repository: Repository, token: str = TOKEN, *, public: bool = False) -> Iterator[str]:
    """Serve a repository by git's own program for http; yield its address.

    One that is `public` everybody may read, whatever token they show.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "").removeprefix("Basic ")
            try:
                known = base64.b64decode(given).decode().partition(":")[2] == token
            except ValueError:
                known = False
            if not known and not (public and "git-upload-pack" in self.path):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="wiki"')
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b"".join(self._chunks())
            done = subprocess.run(
                [BACKEND],
                input=body,
                capture_output=True,
                check=False,
                env={
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(repository.bare.parent),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_GLOBAL": os.devnull,
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                    "REMOTE_USER": "lodge",
                    "REMOTE_ADDR": "127.0.0.1",
                },
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(
                line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line
            )
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def _chunks(self) -> Iterator[bytes]:
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/{repository.bare.name}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
