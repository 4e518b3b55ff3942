#!/usr/bin/env bash
# ipykernel 7.4.0: a kernel looks after its children at growing intervals when it shuts down.
# It signals them and sleeps 0.01, 0.03, 0.1, 0.3, 1, 3 and 10 s before each next look, and does not
# wait for their end: a child that ends 5 s after the first signal is noticed after 14.4 s.
# Why it matters: jupyter_client kills a kernel that is not gone after 5 s, so what the kernel does
# at its end (atexit, closing Spark) is lost, or a restart takes 10 s more than it has to.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ipykernel==7.4.0
cd "$folder"
IPYTHONDIR="$folder" "$folder/venv/bin/python" - <<'PY'
import sys
import time

import ipykernel
from jupyter_client.manager import start_new_kernel

CELL = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", '''
import signal, time
first = None
def note(*_):
    global first
    first = first or time.monotonic()
signal.signal(signal.SIGTERM, note)
print("ready", flush=True)
while first is None or time.monotonic() < first + 5:
    time.sleep(0.05)
'''], stdout=subprocess.PIPE)
ready = child.stdout.readline()
"""
manager, client = start_new_kernel()
try:
    client.execute_interactive(CELL)
    start = time.monotonic()
    client.shutdown()
    while manager.is_alive():
        time.sleep(0.05)
    took = time.monotonic() - start
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)

print("ipykernel", ipykernel.__version__)
print("expected: the kernel ends soon after its child, about 5 s after the request")
print(f"seen: it ends after {took:.1f} s")
if took < 12:
    sys.exit("The behaviour has changed.")
PY
