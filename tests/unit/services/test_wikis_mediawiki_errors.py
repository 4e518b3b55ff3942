"""What stands between Lodge and a MediaWiki: each answer is waited out, or told to a person."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from lodge_services.shares.wikis.base import Page, Refused, Unreachable
from lodge_services.shares.wikis.mediawiki.wiki import MediaWiki

SITE = {
    "batchcomplete": True,
    "login": {"result": "Success"},
    "query": {
        "tokens": {"logintoken": "l+\\", "csrftoken": "c+\\"},
        "userinfo": {"name": "Lodge"},
        "namespaces": {"0": {"id": 0, "name": "", "content": True}},
        "namespacealiases": [],
        "interwikimap": [],
        "extensiontags": [],
        "general": {"case": "first-letter"},
        "pages": [{"lastrevid": 2}],
    },
}
PAGE = Page("1", "2", "T", "http://127.0.0.1/T", "text")


@dataclass
class Gate:
    """A server that speaks for a wiki, and for what is in front of it."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    waits: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def edits(self, **answer: object) -> None:
        """Answer edits alone so."""
        self.body = json.dumps(answer)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    gate.waits.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            edit = 'name="action"\r\n\r\nedit' in sent
            gate.asked.append("edit" if edit else "login" if "lgname" in sent else "")
            gate.waits.wait()
            self._answer(edit and bool(gate.body or gate.status != 200))

        def do_GET(self) -> None:
            self._answer(False)

        def _answer(self, own: bool) -> None:
            self.send_response(gate.status if own else 200)
            for name, value in gate.headers.items() if own else ():
                self.send_header(name, value)
            body = gate.body.encode() if own else json.dumps(SITE).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    gate.url = f"http://127.0.0.1:{server.server_port}/api.php"
    yield gate
    gate.waits.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wiki(gate: Gate) -> Iterator[MediaWiki]:
    wiki = MediaWiki(gate.url, "Lodge@shares", "hush-hush")
    yield wiki
    wiki.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_waited_for(gate: Gate, wiki: MediaWiki, status: int) -> None:
    gate.status, gate.headers = status, {"Retry-After": "7"}
    with pytest.raises(Unreachable, match=str(status)) as busy:
        wiki.update(PAGE, "text", "changed")
    assert busy.value.after == 7


@pytest.mark.parametrize(
    "code", ["maxlag", "ratelimited", "readonly", "internal_api_error_DBQueryError", "dberror"]
)
def test_a_busy_wiki_is_waited_for(gate: Gate, wiki: MediaWiki, code: str) -> None:
    gate.headers = {"Retry-After": "5"}
    gate.edits(error={"code": code, "info": "Busy."})
    with pytest.raises(Unreachable, match=code) as busy:
        wiki.update(PAGE, "text", "changed")
    assert busy.value.after == 5


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_gate_that_lets_nobody_through_is_told(gate: Gate, wiki: MediaWiki, status: int) -> None:
    gate.status, gate.body = status, "<html>"
    with pytest.raises(Refused, match=f"answers {status}"):
        wiki.update(PAGE, "text", "changed")


def test_a_page_where_an_answer_should_be_is_no_success(gate: Gate, wiki: MediaWiki) -> None:
    gate.body = "<html>We will be back soon.</html>"
    with pytest.raises(Unreachable, match="answers with no API"):
        wiki.update(PAGE, "text", "changed")
    with pytest.raises(Refused, match="post_max_size"):
        wiki.update(PAGE, "x" * 1_000_000, "changed")


def test_a_success_that_is_none_is_told(gate: Gate, wiki: MediaWiki) -> None:
    gate.edits(edit={"result": "Failure", "captcha": {"type": "image"}})
    with pytest.raises(Refused, match="refused to write the page: captcha"):
        wiki.update(PAGE, "text", "changed")


@pytest.mark.parametrize(("code", "logins"), [("badtoken", 1), ("assertuserfailed", 2)])
def test_what_is_too_old_is_made_anew_once(
    gate: Gate, wiki: MediaWiki, code: str, logins: int
) -> None:
    gate.edits(error={"code": code, "info": "Old."})
    with pytest.raises((Refused, Unreachable)):
        wiki.update(PAGE, "text", "changed")
    assert gate.asked.count("edit") == 2
    assert gate.asked.count("login") == logins


def test_a_wiki_that_does_not_answer_is_left_in_time(gate: Gate) -> None:
    wiki = MediaWiki(gate.url, "Lodge@shares", "hush-hush", timeout=0.2)
    gate.waits.clear()
    with pytest.raises(Unreachable, match="took too long") as late:
        wiki.who()
    assert "hush-hush" not in late.value.message
    wiki.close()
