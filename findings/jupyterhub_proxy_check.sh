#!/usr/bin/env bash
# jupyterhub 6.1.1: `JupyterHub.proxy_check_interval` checks nothing if the hub does not start the
# proxy. It has become ConfigurableHTTPProxy.check_running_interval, which runs only with
# `should_start`. After such a proxy restarts, it knows no route until the hub next updates
# activity (`last_activity_interval`, 300 s by default); both settings are taken without a word.
# Why it matters: on Kubernetes the proxy is a pod of its own; after its restart everyone sees 404
# for minutes. Keep the routes in the proxy's storage, or lower last_activity_interval.
# Needs Node.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jupyterhub==6.1.1
npm install --silent --no-audit --no-fund --prefix "$folder" configurable-http-proxy@5.3.0
cd "$folder"
PATH="$folder/venv/bin:$folder/node_modules/.bin:$PATH" python - <<'PY'
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import jupyterhub

CHECK, ACTIVITY = 2, 20  # seconds


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


public, api, hub_port = free_ports(3)
environment = os.environ | {"CONFIGPROXY_AUTH_TOKEN": "only-for-this-run"}
pathlib.Path("jupyterhub_config.py").write_text(f"""
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.proxy_check_interval = {CHECK}
c.JupyterHub.last_activity_interval = {ACTIVITY}
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
""")


def start_proxy():
    ports = ["--port", str(public), "--api-ip=127.0.0.1", "--api-port", str(api)]
    command = ["configurable-http-proxy", "--ip=127.0.0.1", "--log-level=error", *ports]
    return subprocess.Popen(command, env=environment)


def wait_for_route():
    start = time.monotonic()
    token = {"Authorization": f"token {environment['CONFIGPROXY_AUTH_TOKEN']}"}
    request = urllib.request.Request(f"http://127.0.0.1:{api}/api/routes", headers=token)
    while time.monotonic() < start + 60:
        try:
            if "/" in json.load(urllib.request.urlopen(request)):
                return time.monotonic() - start
        except urllib.error.URLError:
            pass
        time.sleep(0.1)
    raise TimeoutError("no route within a minute")


proxy = start_proxy()
hub = subprocess.Popen(["jupyterhub", "--log-level=ERROR"], env=environment)
try:
    wait_for_route()
    proxy.terminate()
    proxy.wait()
    proxy = start_proxy()
    took = wait_for_route()
finally:
    for process in (hub, proxy):
        process.terminate()
        process.wait()

print("jupyterhub", jupyterhub.__version__)
print(f"expected: the route to the hub is back after some {CHECK} s, as proxy_check_interval says")
print(f"seen: it is back after {took:.0f} s, with last_activity_interval of {ACTIVITY} s")
if took < 4 * CHECK:
    sys.exit("The behaviour has changed.")
PY
