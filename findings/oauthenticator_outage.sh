#!/usr/bin/env bash
# oauthenticator 17.4.0: a passing outage of the provider signs users out.
# `refresh_user` takes each failure of the token endpoint, a 502 of a gateway as well as
# `invalid_grant`, for "this user must sign in again" and returns False; one failure is enough.
# Why it matters: while the provider restarts, everyone whose token is due loses the session (and,
# with `auth_refresh_strict`, tokens and servers). Catch it in a subclass: keep the user on 5xx.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check oauthenticator==17.4.0 jupyterhub==6.1.1
"$folder/venv/bin/python" - <<'PY'
import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import oauthenticator
from oauthenticator.generic import GenericOAuthenticator

ANSWERS = {"invalid_grant": (400, {"error": "invalid_grant"}), "outage": (502, "Bad Gateway")}


class Provider(BaseHTTPRequestHandler):
    def answer(self):
        status, body = (401, {}) if self.path == "/userinfo" else ANSWERS[self.path[1:]]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer()

    def log_message(self, *_):
        pass


class User:
    name = "ada"

    async def get_auth_state(self):
        old = {"access_token": "old", "token_type": "Bearer"}
        return {**old, "refresh_token": "kept", "token_response": old}


async def refresh(base, case):
    authenticator = GenericOAuthenticator(
        enable_auth_state=True,
        token_url=f"{base}/{case}",
        userdata_url=f"{base}/userinfo",
        client_id="hub",
        client_secret="secret",
    )
    try:
        return await authenticator.refresh_user(User())
    except Exception as error:
        return type(error).__name__


with HTTPServer(("127.0.0.1", 0), Provider) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    refused = asyncio.run(refresh(base, "invalid_grant"))
    outage = asyncio.run(refresh(base, "outage"))
    server.shutdown()

print("oauthenticator", oauthenticator.__version__)
print("expected: invalid_grant: False (sign in again); 502: an error, or the user kept as before")
print(f"seen: invalid_grant: {refused}; 502: {outage}")
if (refused, outage) != (False, False):
    sys.exit("The behaviour has changed.")
PY
