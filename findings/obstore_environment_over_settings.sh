#!/usr/bin/env bash
# obstore 0.12: settings that a program gives for a bucket of S3 lose against variables of the environment
# that name the service: with AWS_ENDPOINT_URL_S3 set, as for another tool, requests go to that address
# and not to the `endpoint` of the program; AWS_ENDPOINT_URL, without the service, loses as one expects.
# Expected: what a program says outright stands above the environment, as in boto3's clients.
# Why it matters: a service whose store is named in its settings writes elsewhere, with its keys, on a machine
# where somebody has set up another tool; `aws_endpoint_url_s3` in the settings keeps that from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check obstore==0.12.1
"$folder/venv/bin/python" - <<'PY'
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import obstore
from obstore.store import S3Store

asked: list[str] = []


def serve(name: str) -> str:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(name)
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


settings, environment = serve("settings"), serve("environment")


def where(variable: str) -> str:
    asked.clear()
    os.environ[variable] = environment
    try:
        store = S3Store(
            "bucket",
            config={
                "endpoint": settings,
                "access_key_id": "key",
                "secret_access_key": "secret",
                "region": "us-east-1",
                "virtual_hosted_style_request": False,
            },
            client_options={"allow_http": True},
        )
        try:
            obstore.get(store, "object")
        except FileNotFoundError:
            pass
    finally:
        del os.environ[variable]
    return asked[0]


seen = {name: where(name) for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")}
print("obstore", version("obstore"))
print("expected: both requests go where the settings say")
print("seen:", seen)
if seen != {"AWS_ENDPOINT_URL": "settings", "AWS_ENDPOINT_URL_S3": "environment"}:
    sys.exit("The behaviour has changed.")
PY
