"""Copies of the metastore's database while it is open, which only the metastore itself can make."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

from .unix_socket import bound, connected

#: How long a copy may take: seconds. A large catalogue is some ten megabytes.
LONGEST_S = 300.0

_DONE = "done"


def copy_of(folder: Path) -> Path:
    """Return where the newest copy is, below the metastore's own folder."""
    return folder / "copy" / "database"


def serve_copies(jvm: Any, folder: Path) -> None:
    """Make a copy whenever Lodge asks for it, in a thread that ends with the process.

    Parameters
    ----------
    jvm
        The service's Java virtual machine, which has the database open.
    folder
        The metastore's own folder.
    """
    threading.Thread(target=_serve, args=(jvm, folder), daemon=True).start()


def ask_for_copy(folder: Path) -> Path:
    """Have the metastore copy its database; return where the copy is.

    Raises
    ------
    OSError
        It does not run, or could not do it.
    """
    with connected(folder / "copy.sock", LONGEST_S) as asked:
        answer = b""
        while piece := asked.recv(4096):
            answer += piece
    if answer.decode() != _DONE:
        raise OSError(answer.decode(errors="replace") or "the metastore ended")
    return copy_of(folder)


def _serve(jvm: Any, folder: Path) -> None:
    with bound(folder / "copy.sock") as listening:
        while True:
            asking, _ = listening.accept()
            with asking:
                try:
                    _copy(jvm, folder)
                    asking.sendall(_DONE.encode())
                except Exception as error:
                    asking.sendall(f"{type(error).__name__}: {error}"[:1000].encode())


def _copy(jvm: Any, folder: Path) -> None:
    target = copy_of(folder).parent
    shutil.rmtree(target, ignore_errors=True)
    connection = jvm.java.sql.DriverManager.getConnection(
        f"jdbc:derby:;databaseName={folder}/database"
    )
    try:
        call = connection.prepareCall("CALL SYSCS_UTIL.SYSCS_BACKUP_DATABASE(?)")
        call.setString(1, str(target))
        call.execute()
    finally:
        connection.close()
