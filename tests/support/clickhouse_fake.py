"""A fake ClickHouse server: the real engine (chdb) behind the documented HTTP interface.

No server of today can be had from a registry of packages; the engine can, as a library. Run as
``python clickhouse_fake.py PORT`` by a Python that has chdb. What the interface says is in
https://clickhouse.com/docs/interfaces/http: the query in the parameter or the body, its parameters
as ``param_NAME``, errors with their code in a header. Queries are answered one at a time.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

USER, PASSWORD = "analyst", "s3cret"
_FORMAT = re.compile(r"\s+FORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)
_CODE = re.compile(r"Code: (\d+)")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a query, or say that the server is there."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a query whose text or data is the body."""
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        asked = urlsplit(self.path)
        given = dict(parse_qsl(asked.query, keep_blank_values=True))
        if asked.path == "/ping":
            self._send(200, b"Ok.\n")
            return
        user, key = self._who(given)
        if (user, key) != (USER, PASSWORD):
            text = (
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, "
                "or there is no user with such name. (AUTHENTICATION_FAILED)\n"
            )
            self._send(403, text.encode(), code="516")
            return
        text = "\n".join(part for part in (given.get("query", ""), body.decode()) if part)
        found = _FORMAT.search(text)
        form = found.group(1) if found else given.get("default_format", "TabSeparated")
        if found:
            text = text[: found.start()]
        bound = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
        try:
            with ENGINE_LOCK:
                if given.get("database"):
                    ENGINE.query(f"USE `{given['database']}`")
                longest = int(given.get("max_query_size", 262_144))
                ENGINE.query(f"SET max_query_size = {longest}")
                result = ENGINE.query(text, form, **({"params": bound} if bound else {}))
        except Exception as error:  # whatever the engine says
            said = str(error)
            code = _CODE.search(said)
            self._send(500, said.encode(), code=code.group(1) if code else "1002")
            return
        self._send(200, result.bytes() or b"", form=form)

    def _who(self, given: dict[str, str]) -> tuple[str, str]:
        kind, _, coded = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            user, _, key = base64.b64decode(coded).decode().partition(":")
            return user, key
        user = self.headers.get("X-ClickHouse-User") or given.get("user", "default")
        return user, self.headers.get("X-ClickHouse-Key") or given.get("password", "")

    def _send(self, status: int, body: bytes, *, code: str = "", form: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if form else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Query-Id", str(uuid.uuid4()))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("X-ClickHouse-Summary", json.dumps({"written_rows": "0"}))
        if form:
            self.send_header("X-ClickHouse-Format", form)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


ENGINE: Any = None
ENGINE_LOCK = threading.Lock()

if __name__ == "__main__":
    from chdb.session import Session  # type: ignore[import-not-found]

    ENGINE = Session()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
