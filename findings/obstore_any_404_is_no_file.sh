#!/usr/bin/env bash
# obstore 0.12: reading an object raises the builtin FileNotFoundError for a missing object, for a missing
# bucket and for whatever else is answered with 404, such as the page of a proxy in front of the store.
# Expected: a missing bucket, or an answer that is none of S3's, is another error than a missing object.
# Why it matters: a service that takes it for "not there" tells people that their data is lost while the store
# is only misnamed or away; the text of the error has the code, `NoSuchKey` or not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - <<'PY'
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import obstore
from obstore.store import S3Store

ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>m</Message></Error>'
ANSWERS = {
    "missing object": ERROR.format("NoSuchKey"),
    "missing bucket": ERROR.format("NoSuchBucket"),
    "page of a proxy": "<html><body>404 page not found</body></html>",
}
answer = ""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = answer.encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
store = S3Store(
    "bucket",
    config={
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "access_key_id": "key",
        "secret_access_key": "secret",
        "region": "us-east-1",
        "virtual_hosted_style_request": False,
    },
    client_options={"allow_http": True},
)
seen = {}
for name, answer in ANSWERS.items():
    try:
        obstore.get(store, "object")
    except Exception as error:
        seen[name] = (type(error).__name__, "NoSuchKey" in str(error))
print("obstore", version("obstore"))
print("expected: FileNotFoundError for the missing object alone")
print("seen (error, whether its text names NoSuchKey):", seen)
if seen != {
    "missing object": ("FileNotFoundError", True),
    "missing bucket": ("FileNotFoundError", False),
    "page of a proxy": ("FileNotFoundError", False),
}:
    sys.exit("The behaviour has changed.")
PY
