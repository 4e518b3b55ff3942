"""What one account can reach of another's sockets and temporary files, and what it gets there."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from support.accounts import as_account
from support.kernels import ServerKernel
from support.listeners import Answer, Listener, knock, listeners
from support.lodge import RunningLodge, wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts of their own need root")

SECRET = "wonderland"

#: A session with all that opens sockets or leaves files: shuffle, cache on disk, Python workers,
#: files for executors, a broadcast, an artifact.
SESSION = f"""
import json, re
from pathlib import Path
from pyspark import StorageLevel
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
Path("secret.txt").write_text("{SECRET}")
sc.addFile(str(Path("secret.txt").absolute()))
frame = spark.range(10000).selectExpr("id", "concat('{SECRET}', id) AS word").repartition(3)
frame = frame.persist(StorageLevel.DISK_ONLY)
assert frame.count() == 10000
assert sc.broadcast(["{SECRET}"]).value
assert frame.rdd.map(lambda row: len(row.word)).reduce(max) == {len(SECRET) + 4}
spark.sql("SELECT '{SECRET}' AS told").collect()
executors = sc._jsc.sc().getExecutorMemoryStatus()
json.dumps({{
    "driver": int(sc.getConf().get("spark.driver.port")),
    "blocks": int(re.search(r":(\\d+) ->", executors.toString()).group(1)),
    "ui": int(sc.uiWebUrl.rpartition(":")[2]),
    "gateway": sc._gateway.gateway_parameters.port,
    "accumulators": sc._accumulatorServer.server_address[1],
}})
"""


@pytest.fixture(scope="module")
def api(lodge: RunningLodge) -> Iterator[httpx.Client]:
    """Ada, with a server; grace has an account."""
    with lodge.api("grace") as grace:
        if not lodge.server_ready(grace, "grace"):
            lodge.start_server(grace, "grace")
    with lodge.api("ada") as client:
        if not lodge.server_ready(client, "ada"):
            lodge.start_server(client, "ada")
        yield client
        client.delete("/hub/api/users/ada/server")


@pytest.fixture(scope="module")
def runtime(lodge: RunningLodge, api: httpx.Client) -> Path:
    """The folder of ada's sockets."""
    settings = json.loads((lodge.folder / "run" / "local-settings.json").read_text())
    return Path(settings["sockets_dir"]) / "ada"


@pytest.fixture(scope="module")
def kernel(api: httpx.Client, runtime: Path) -> Iterator[ServerKernel]:
    """A kernel of ada's with a Spark session, a debugger, and a terminal beside it."""
    with contextlib.closing(ServerKernel(api, "ada", runtime)) as started:
        api.post("/user/ada/api/terminals", json={}).raise_for_status()
        yield started


@pytest.fixture(scope="module")
def ports(kernel: ServerKernel) -> dict[int, str]:
    """What Spark's ports are."""
    ran = kernel.run(SESSION)
    assert ran.status == "ok", ran.error
    assert kernel.debug("initialize", clientID="test", adapterID="python")["success"]
    assert kernel.debug("attach")["success"]
    told: dict[str, int] = json.loads(ast.literal_eval(ran.shown))
    return {port: kind for kind, port in told.items()}


def test_a_users_driver_starts_from_the_archive_of_classes(
    lodge: RunningLodge, ports: dict[int, str]
) -> None:
    # Java wants to find the jars where the archive was made, with the rights of this user.
    drivers = [
        process
        for process in psutil.process_iter(["uids", "name"])
        if process.info["name"] == "java" and process.info["uids"].real == lodge.uid("ada")
    ]
    assert drivers
    for driver in drivers:
        assert "spark-classes.jsa" in Path(f"/proc/{driver.pid}/maps").read_text()


def kind_of(listener: Listener, ports: dict[int, str], runtime: Path, servers: Path) -> str:
    """Say what it is; the command where that is not known."""
    address, command = listener.address, listener.command
    if isinstance(address, str):
        folders = {runtime: "kernel", servers: "server"}
        return folders.get(Path(address).parent, f"{address} of {command}")
    if address in ports:
        return ports[address]
    for words, kind in (
        ("pyspark.daemon", "workers"),
        ("lodge_magics/debugger", "debugger"),
        # Of forked children: a pipe into the kernel that asks for a secret with each message.
        ("ipykernel_launcher", "output"),
    ):
        if words in command:
            return kind
    return f"{address} of {command}"


def page(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def rpc(kind: int, body: bytes) -> bytes:
    """Return a frame of Spark's network protocol."""
    return struct.pack(">qb", len(body) + 9, kind) + body


def named(name: str) -> bytes:
    return struct.pack(">i", len(name)) + name.encode()


RPC_REQUEST = rpc(3, struct.pack(">qi", 7, 5) + b"hello")
STREAMS = [rpc(6, named(name)) for name in ("/files/secret.txt", "/jars/secret.txt")]
CHUNK = rpc(0, struct.pack(">qi", 1, 0))
#: How ZeroMQ's sockets greet each other.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
COMMAND = b"c\nz:java.lang.System\ngetProperty\nsuser.name\ne\n"
DEBUG = [
    json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments})
    for number, command, arguments in (
        (1, "initialize", {"clientID": "grace", "adapterID": "python"}),
        (2, "attach", {"connect": {}}),
        (3, "evaluate", {"expression": "open('secret.txt').read()"}),
    )
]
SPARK_PAGES = ("/", "/jobs/", "/SQL/", "/environment/", "/api/v1/applications", "/metrics/json/")

#: By kind: what is tried, and what is an answer that gives nothing away.
TRIED: dict[str, tuple[list[bytes], Callable[[Answer], bool]]] = {
    "kernel": ([b""], lambda got: got == Answer("refused", b"PermissionError")),
    "server": ([b""], lambda got: got == Answer("refused", b"PermissionError")),
    "ui": ([page(path) for path in SPARK_PAGES], lambda got: b" 403 " in got.said[:20]),
    "gateway": (
        [COMMAND, b"A\nwrong\n" + COMMAND],
        lambda got: got.end == "closed" and b"!y" not in got.said,
    ),
    "driver": ([RPC_REQUEST, CHUNK, *STREAMS], lambda got: got.end != "refused"),
    "blocks": ([RPC_REQUEST, CHUNK, *STREAMS], lambda got: got.end != "refused"),
    "accumulators": (
        [bytes(64) + struct.pack(">i", 0)],
        # It serves one connection after the other, and the driver keeps one.
        lambda got: got.end != "refused" and got.said == b"",
    ),
    "workers": (
        [struct.pack(">i", 5) + b"wrong"],
        lambda got: got.end == "closed" and got.said.endswith(b"err"),
    ),
    "output": (
        [GREETING + READY],
        lambda got: got.said.endswith(b"PULL") and len(got.said) < 130,
    ),
    "debugger": (
        ["".join(f"Content-Length: {len(one)}\r\n\r\n{one}" for one in DEBUG).encode()],
        lambda got: got == Answer("closed", b""),
    ),
}


#: What may have nothing to say to a stranger, and keep the connection.
SILENT = ("accumulators", "driver", "blocks")


def test_another_account_gets_nothing_at_any_socket(
    lodge: RunningLodge, kernel: ServerKernel, ports: dict[int, str], runtime: Path
) -> None:
    # Debugged before and no more: the debugger goes on listening.
    kernel.debug("disconnect", terminateDebuggee=False)
    found = listeners(lodge.uid("ada"))
    kinds = {
        listener: kind_of(listener, ports, runtime, lodge.folder / "run" / "servers")
        for listener in found
    }
    assert set(kinds.values()) == set(TRIED), kinds
    counted = Counter(kinds.values())
    assert (counted["kernel"], counted["output"]) == (5, 1)
    questions = [(one, sent) for one, kind in kinds.items() for sent in TRIED[kind][0]]
    patience = [5 if kinds[one] in SILENT else 60 for one, _ in questions]
    answers = knock(
        lodge.uid("grace"),
        [(one.address, sent, s) for (one, sent), s in zip(questions, patience, strict=True)],
    )
    for (one, sent), answer in zip(questions, answers, strict=True):
        assert TRIED[kinds[one]][1](answer), (kinds[one], one, sent[:60], answer)
        assert SECRET.encode() not in answer.said, (kinds[one], one, sent[:60])
        # An answer of Spark's protocol is that it failed: types 2, 5 and 8.
        if kinds[one] in ("driver", "blocks") and answer.said:
            assert answer.said[8] in (2, 5, 8), (kinds[one], sent[:60], answer.said[:300])


def strewn(lodge: RunningLodge, name: str) -> list[str]:
    """Return what a user has in folders that are for all, at their top."""
    # The same number may have been an account's of an earlier Lodge.
    began = (lodge.folder / "secrets" / "instance").stat().st_mtime
    found = []
    for folder in ("/tmp", "/var/tmp", "/dev/shm"):
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            if status.st_uid == lodge.uid(name) and status.st_ctime > began:
                found.append(entry.path)
    return found


def test_another_account_reads_no_temporary_file(
    lodge: RunningLodge, kernel: ServerKernel, ports: dict[int, str]
) -> None:
    folder = lodge.folder / "tmp" / "server-ada"
    assert {"blockmgr", "spark"} <= {path.name.partition("-")[0] for path in folder.iterdir()}
    assert kernel.run("import tempfile; tempfile.gettempdir()").shown == repr(str(folder))
    assert strewn(lodge, "ada") == []
    for path in (folder, folder.parent):
        refused = as_account(lodge.uid("grace"), "ls", str(path))
        assert "Permission denied" in refused.stderr


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("ada_parquet", "(id BIGINT, part STRING) USING parquet PARTITIONED BY (part)"),
        ("ada_orc", "(id BIGINT) PARTITIONED BY (part STRING) STORED AS orc"),
    ],
)
def test_tables_are_read_by_those_who_did_not_make_them(
    lodge: RunningLodge, kernel: ServerKernel, ports: dict[int, str], name: str, made: str
) -> None:
    statements = (
        f"CREATE TABLE {name} {made}",
        f"INSERT INTO {name} PARTITION (part = 'one') SELECT id FROM range(10)",
    )
    for statement in statements:
        assert kernel.run(f'spark.sql("{statement}")').error == ""
    table = lodge.folder / "warehouse" / name
    assert any((table / "part=one").iterdir())
    closed = as_account(lodge.uid("grace"), "find", str(table), "!", "-readable")
    assert (closed.stdout, closed.stderr) == ("", "")
    assert kernel.run(f'spark.sql("DROP TABLE {name}")').error == ""


def reply_to(kernel: ServerKernel, message: str) -> dict[str, Any]:
    """Return the reply to a cell that was sent."""
    while True:
        reply = kernel.client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            content: dict[str, Any] = reply["content"]
            return content


def test_a_cell_asks_is_interrupted_and_the_kernel_restarts(
    lodge: RunningLodge, kernel: ServerKernel
) -> None:
    asked = kernel.client.execute("answer = input('?')", allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=60)["content"]["prompt"] == "?"
    kernel.client.input("tea")
    assert reply_to(kernel, asked)["status"] == "ok"
    assert kernel.run("answer").shown == "'tea'"
    began = kernel.client.execute("import time; open('began', 'w').close(); time.sleep(600)")
    wait_for((lodge.home("ada") / "began").exists, 60, "the cell has begun")
    kernel.post("interrupt")
    assert reply_to(kernel, began)["ename"] == "KeyboardInterrupt"
    kernel.post("restart")
    kernel.client.wait_for_ready(timeout=60)
    assert "NameError" in kernel.run("answer").error


def test_a_kernel_that_was_killed_comes_back_at_its_sockets(kernel: ServerKernel) -> None:
    killed = kernel.pid
    os.kill(killed, signal.SIGKILL)
    # Its server notices by itself.
    wait_for(lambda: not psutil.pid_exists(killed), 60, "the kernel has gone")
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.pid != killed


def test_nothing_is_left_when_the_server_has_ended_even_of_what_was_killed(
    lodge: RunningLodge, api: httpx.Client, kernel: ServerKernel
) -> None:
    folder = lodge.folder / "tmp" / "server-ada"
    assert kernel.run(SESSION).status == "ok"
    for process in lodge.processes():
        with contextlib.suppress(psutil.Error):
            if process.uids().real == lodge.uid("ada"):
                process.kill()
    assert any(path.name.startswith("blockmgr-") for path in folder.iterdir())
    api.delete("/hub/api/users/ada/server").raise_for_status()
    wait_for(lambda: not folder.exists(), 60, "ada's temporary files have gone")
    assert strewn(lodge, "ada") == []
