"""Serves the fake Confluence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tornado.httputil import HTTPFile, parse_body_arguments

from support.confluence import ConfluenceFake
from support.confluence_stored import Request
from support.confluence_text import Refusal


@contextmanager
def running_confluence(dialect: str) -> Iterator[ConfluenceFake]:
    """Serve a fake on a free port of loopback, and end it."""
    fake = ConfluenceFake(dialect)

    class Handler(BaseHTTPRequestHandler):
        # A connection for each request: one that a killed client has left open ends here too.
        protocol_version = "HTTP/1.0"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            address = urlsplit(self.path)
            request = Request(
                self.command, address.path, address.query, dict(self.headers.items()), body
            )
            kind = self.headers.get("Content-Type", "")
            if kind.startswith("multipart/"):
                files: dict[str, list[HTTPFile]] = {}
                parse_body_arguments(kind, body, {}, files)
                request.files = {one["filename"]: one["body"] for one in files["file"]}
            with fake.lock:
                fake.asked.append(f"{self.command} {request.path.removeprefix(fake.root)}")
                if fake.troubles:
                    status, more, text = fake.troubles.pop(0)
                    self._say(status, text, more)
                    return
                try:
                    answer = fake.answer(request)
                except Refusal as refusal:
                    self._say(refusal.status, json.dumps(self._error(refusal)), {})
                    return
            self._say(204 if answer is None else 200, "" if answer is None else json.dumps(answer))

        def _error(self, refusal: Refusal) -> dict[str, Any]:
            if "/api/v2/" in self.path:
                one = {"status": refusal.status, "code": "X", "title": refusal.message}
                return {"errors": [{**one, "detail": None}]}
            return {"statusCode": refusal.status, "message": refusal.message, "reason": "X"}

        def _say(self, status: int, text: str, more: dict[str, str] | None = None) -> None:
            self.send_response(status)
            sent = {"Content-Type": "application/json", **(more or {})}
            for name, value in {**sent, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}{fake.root}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
