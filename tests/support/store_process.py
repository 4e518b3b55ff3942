"""A process of its own that puts, shares, shares and deletes, or sweeps, until it is killed."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lodge_services.db.engine import Database
from lodge_services.shares.core import Shares
from lodge_services.shares.models import Actor
from lodge_services.shares.stores import folder, s3
from lodge_services.shares.stores.base import ContentStore
from lodge_services.shares.stores.folder import FolderStore
from lodge_services.shares.stores.s3 import Place, S3Store
from lodge_services.shares.tables import ShareRow


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run one: `put|share|churn|sweep`, a name, for all but the first the database, and the store.

    It is killed at the end, in the middle of whatever it does.
    """
    command = [sys.executable, __file__, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """Wait for as many lines as it tells of what it has done."""
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def notebook(text: str) -> dict[str, Any]:
    """Return a notebook of one cell."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _store(kind: str, *where: str) -> ContentStore:
    if kind == "folder":
        return FolderStore(Path(where[0]))
    from support.s3 import ACCESS, BUCKET, SECRET

    endpoint, prefix = where
    return S3Store(Place(BUCKET, prefix, endpoint, access_key=ACCESS, secret_key=SECRET))


def _share(shares: Shares, name: str) -> Iterable[str]:
    for number in itertools.count():
        text = f"{name} {number}"
        yield shares.create(Actor(name), title=text, notebook=notebook(text)).id


def _churn(shares: Shares, name: str) -> Iterable[str]:
    """Share the same notebooks again and again; all but the newest few shares are deleted."""
    kept: deque[str] = deque()
    while True:
        # Each has its turn for a moment, and again just when it is about to be swept.
        turn = int(time.monotonic() / SAFE_AGE / 1.1 * NOTEBOOKS)
        text = str((turn + random.randrange(NOTEBOOKS // 5)) % NOTEBOOKS)
        kept.append(shares.create(Actor(name), title=text, notebook=notebook(text)).id)
        yield kept[-1]
        if len(kept) > KEPT:
            with shares.database.write() as session:
                session.delete(session.get(ShareRow, kept.popleft()))


def _sweep(shares: Shares, _name: str) -> Iterable[str]:
    """Tell after each sweep how much it took."""
    for module in (folder, s3):
        vars(module)["SAFE_AGE"] = SAFE_AGE
    while True:
        yield str(shares.store.sweep(shares._is_wanted))


#: In place of an hour and half of it, for those who share beside sweeps.
SAFE_AGE, RELIED_AGE = 6.0, 3.0
#: How many notebooks there are, and how many shares of each process.
NOTEBOOKS, KEPT = 200, 40


def main(what: str, name: str, *rest: str) -> None:
    """Do it for ever."""
    if what == "put":
        store = _store(*rest)
        for number in itertools.count():
            store.put(f"{name} {number} ".encode() * 20_000)
    database, *where = rest
    s3.RELIED_AGE = RELIED_AGE
    shares = Shares(Database(database), _store(*where))
    for told in {"share": _share, "churn": _churn, "sweep": _sweep}[what](shares, name):
        print(told, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(*sys.argv[1:])
