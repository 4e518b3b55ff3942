#!/usr/bin/env bash
# thriftpy2 0.7.1: whether an answer that is no Thrift raises one of the library's exceptions depends on which of
# its two binary protocols reads it. The compiled one, which is the default where it is there, raises a
# `ProtocolError` that derives from `Exception` alone; the one in Python raises a `TException`.
# Expected: the same errors by both, below `TException`, the base of all that the library raises.
# Why it matters: a client that catches `TException` works in tests without compiled modules, and fails with a
# traceback where a proxy, or another service on the port, answers in place of a Hive metastore.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check thriftpy2==0.7.1
cat >"$folder/ask.thrift" <<'THRIFT'
service Ask { string name() }
THRIFT
"$folder/venv/bin/python" - "$folder/ask.thrift" <<'PY'
import socket
import sys
import threading
from importlib.metadata import version

import thriftpy2
from thriftpy2.protocol.binary import TBinaryProtocolFactory
from thriftpy2.protocol.cybin import TCyBinaryProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.thrift import TException
from thriftpy2.transport.buffered import TBufferedTransportFactory
from thriftpy2.transport.buffered.cybuffered import TCyBufferedTransportFactory

ask = thriftpy2.load(sys.argv[1], module_name="ask_thrift")
ANSWER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
PAIRS = {
    "compiled": (TCyBinaryProtocolFactory(), TCyBufferedTransportFactory()),
    "Python": (TBinaryProtocolFactory(), TBufferedTransportFactory()),
}


def serve(listening: socket.socket) -> None:
    for _ in PAIRS:
        connection, _ = listening.accept()
        connection.recv(1000)
        connection.sendall(ANSWER)
        connection.close()


listening = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listening,), daemon=True).start()
seen = {}
for name, (protocol, transport) in PAIRS.items():
    client = make_client(
        ask.Ask, "127.0.0.1", listening.getsockname()[1],
        proto_factory=protocol, trans_factory=transport, timeout=5000,
    )
    try:
        client.name()
    except Exception as error:
        seen[name] = (type(error).__name__, isinstance(error, TException))
print("thriftpy2", version("thriftpy2"))
print("expected: an exception below TException from both")
print("seen (exception, whether it is a TException):", seen)
if seen != {"compiled": ("ProtocolError", False), "Python": ("TProtocolException", True)}:
    sys.exit("The behaviour has changed.")
PY
