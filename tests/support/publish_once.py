"""Delivers shares to a wiki, each in a process of its own that ends at a step, as a kill does.

argv: the database's URL, the store, the wikis as JSON. Each line that comes in names a share and a
step; a line goes out with what ended its process: a signal's number, or 0. A step is a request to
the wiki, before it is made or after it was answered, or a note in the database.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

from lodge_services.db.engine import Database
from lodge_services.shares.core import Shares
from lodge_services.shares.publications import rows
from lodge_services.shares.publishing import core, deliveries
from lodge_services.shares.publishing.settings import read_wikis, targets
from lodge_services.shares.stores.folder import FolderStore

STEPS = count()


def ending(call: Callable[..., Any], at: int) -> Callable[..., Any]:
    """Return a call before which, and after which, the process may end."""

    @wraps(call)
    def called(*arguments: Any, **named: Any) -> Any:
        if next(STEPS) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        done = call(*arguments, **named)
        if next(STEPS) == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return called


def main() -> None:
    """Deliver what is asked for."""
    url, store, wikis = sys.argv[1:]
    for line in sys.stdin:
        share_id, step = line.split()
        # What is imported is imported once; all else begins in the new process.
        child = os.fork()
        if child == 0:
            try:
                deliver(url, store, wikis, share_id, int(step))
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{abs(os.waitstatus_to_exitcode(status))}\n")
        sys.stdout.flush()


def deliver(url: str, store: str, wikis: str, share_id: str, at: int) -> None:
    """Deliver one share, and end at a step."""
    found = targets(read_wikis({"LODGE_WIKIS": wikis}), Path(store) / "wikis")
    (name,) = found
    wiki = found[name].open()
    for owner, method in REQUESTS[found[name].kind](wiki):
        setattr(owner, method, ending(getattr(owner, method), at))
    setattr(deliveries, "keep_known", ending(rows.keep_known, at))  # noqa: B010  (not exported)
    shares = Shares(Database(url), FolderStore(Path(store)))
    publishing = core.Publishing(shares, found, core.Addresses("https://lodge.example/g/"))
    publishing.connections._opened[name, ""] = (None, wiki)
    done = deliveries.Deliveries(publishing).deliver(share_id, name)
    assert done is not None
    assert done.state == "published", done.message


#: What a kind of wiki asks its server by.
REQUESTS: dict[str, Callable[[Any], list[tuple[Any, str]]]] = {
    "confluence": lambda wiki: [(wiki._session._transport.client, "send")],
    "git": lambda wiki: [(wiki._clone, "_run")],
    "mediawiki": lambda wiki: [(wiki._session._transport.client, "send")],
}

if __name__ == "__main__":
    main()
