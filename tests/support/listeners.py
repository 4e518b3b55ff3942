"""What processes of one account listen on, and what another account gets there."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from support.accounts import as_account

_LISTENS = "0A"
_ACCEPTS = 0x10000

# Run as the other account: connects, sends, and tells what came back until nothing more did.
_KNOCK = """
import concurrent.futures, json, socket, sys

def knock(asked):
    address, sent, patience = asked
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as one:
        one.settimeout(patience)
        try:
            one.connect(address if isinstance(address, str) else tuple(address))
        except OSError as error:
            return "refused", type(error).__name__
        got = b""
        try:
            one.sendall(bytes.fromhex(sent))
            while len(got) < 65536 and (more := one.recv(65536)):
                got += more
                one.settimeout(5)
        except TimeoutError:
            return "open", got.hex()
        except OSError:
            pass
        return "closed", got.hex()

with concurrent.futures.ThreadPoolExecutor(64) as threads:
    json.dump(list(threads.map(knock, json.load(sys.stdin))), sys.stdout)
"""


@dataclass(frozen=True)
class Listener:
    """Something that a process listens on.

    Parameters
    ----------
    address
        A port of the loopback, or the path of a Unix socket; an abstract one begins with ``@``.
    command
        Of the process.
    """

    address: int | str
    command: str


def listeners(uid: int) -> list[Listener]:
    """Return all that processes of an account listen on."""
    holders = _holders(uid)
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and fields[9] in holders:
                port = int(fields[1].rpartition(":")[2], 16)
                found.append(Listener(port, holders[fields[9]]))
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if int(fields[3], 16) & _ACCEPTS and fields[6] in holders:
            found.append(Listener(fields[7] if len(fields) > 7 else "", holders[fields[6]]))
    return found


def _holders(uid: int) -> dict[str, str]:
    """Return commands by the inodes of the sockets that they hold."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.uids().real != uid:
                continue
            command = " ".join(process.cmdline())
            for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    found[target[8:-1]] = command
        except (psutil.Error, OSError):
            continue
    return found


@dataclass(frozen=True)
class Answer:
    """What a connection came to.

    Parameters
    ----------
    end
        ``refused``, ``closed`` by the other side, or left ``open``.
    said
        What was sent back; of a refused one, the error.
    """

    end: str
    said: bytes


def knock(uid: int, questions: list[tuple[int | str, bytes, float]]) -> list[Answer]:
    """Connect as an account to addresses, send something to each, and return the answers.

    Parameters
    ----------
    uid
        The account.
    questions
        Address, what is sent, and the seconds to wait for the beginning of an answer.
    """
    asked: list[Any] = []
    for address, sent, patience in questions:
        place: Any = ["127.0.0.1", address] if isinstance(address, int) else address
        if isinstance(place, str) and place.startswith("@"):
            place = "\0" + place[1:]
        asked.append([place, sent.hex(), patience])
    done = as_account(uid, sys.executable, "-c", _KNOCK, said=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    return [
        Answer(end, said.encode() if end == "refused" else bytes.fromhex(said))
        for end, said in json.loads(done.stdout)
    ]
