"""Folders of Hive tables: each is its owner's, though the metastore makes and removes it.

The metastore has an account of its own, which can give nothing away. It asks here, by a Unix
socket, and Lodge gives what the metastore has made to the user whom it belongs to, by descriptors
that follow no link. An entry for the metastore in each folder's access control list lets it remove
what users put there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from pathlib import Path

from lodge_spawner import Account, Accounts

from ..platform import Platform
from ..unix_socket import bound

log = logging.getLogger(__name__)

#: Below a database are tables, and below these partitions: nobody has so many levels of them.
DEEPEST = 64

#: Who is meant by a star among the names of those who may write.
EVERYBODY = "*"

_VERSION = 2
_OWNER, _USER, _GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_ALL, _READ = 7, 5
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def access_list(writers: Collection[int], *, everybody: bool = False) -> bytes:
    """Return a folder's access control list: its owner and some others write, all read.

    The form is that of the kernel's extended attributes ``system.posix_acl_access`` and
    ``system.posix_acl_default`` (linux/posix_acl_xattr.h).

    Parameters
    ----------
    writers
        The user ids of the others.
    everybody
        Whether all may write.
    """
    entries = [
        (_OWNER, _ALL, _NOBODY),
        *((_USER, _ALL, uid) for uid in sorted(set(writers))),
        (_GROUP, _READ, _NOBODY),
        (_MASK, _ALL, _NOBODY),
        (_OTHER, _ALL if everybody else _READ, _NOBODY),
    ]
    return struct.pack("<I", _VERSION) + b"".join(struct.pack("<HHI", *one) for one in entries)


@contextlib.asynccontextmanager
async def kept_warehouse(platform: Platform, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Give folders to users while the context is open, where users have accounts of their own.

    Parameters
    ----------
    platform
        What runs.
    say
        Called with a sentence where the file system can't do it.
    """
    if not (platform.embedded_metastore and platform.local.separate_users):
        yield
        return
    folder, account = platform.folder.warehouse, platform.metastore_account()
    keeper = Warehouse(folder, account, Accounts(platform.local))
    if not prepare(folder, keeper.own):
        say(
            f"The file system of {folder} has no access control lists: what Spark writes into "
            "Hive tables stays there when they are dropped, and nobody can let others write."
        )
    async with keeper.listening(platform.folder.warehouse_socket):
        yield


def prepare(folder: Path, own: int) -> bool:
    """Have the metastore reach what is made in its warehouse from now on.

    Parameters
    ----------
    folder
        The warehouse.
    own
        The metastore's user id.

    Returns
    -------
    bool
        False where the file system has no access control lists.
    """
    try:
        os.setxattr(folder, "system.posix_acl_default", access_list([own]))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return False
    return True


class Warehouse:
    """Gives folders of a warehouse to users.

    Parameters
    ----------
    folder
        The warehouse.
    service
        The metastore's account, which alone may ask.
    accounts
        The accounts of users.
    """

    def __init__(self, folder: Path, service: Account, accounts: Accounts) -> None:
        if service.uid is None:
            raise ValueError("users have no accounts of their own")
        self._folder = folder
        self.own = service.uid
        self._accounts = accounts

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[None]:
        """Answer the metastore at the socket `path`, until the context ends."""
        with bound(path, self.own) as listening:
            server = await asyncio.start_unix_server(self._serve, sock=listening)
            async with server:
                yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _peer(writer) in (self.own, os.geteuid()):
                line = (await reader.readuntil(b"\n")).decode("utf-8", "surrogateescape")
                answer = await asyncio.to_thread(self.answer, line.rstrip("\n"))
                writer.write(answer.encode("utf-8", "replace"))
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            log.warning("The metastore's question about a folder was not answered: %r", error)
        finally:
            # The metastore's thread waits for it, whatever has happened.
            writer.close()

    def answer(self, line: str) -> str:
        """Do what the metastore asks for.

        Parameters
        ----------
        line
            ``give``, a folder below the warehouse and the user whose it is to be, or ``open``, a
            database's folder and the users who may write in it, with commas between; a tab
            divides the three.

        Returns
        -------
        str
            ``done``, or why not.
        """
        what, _, rest = line.partition("\t")
        path, _, names = rest.partition("\t")
        users = {
            name: uid
            for name, uid in self._accounts.known().items()
            if not name.startswith("service:")
        }
        try:
            with _opened(self._folder, path.split("/")) as folder:
                if what == "give":
                    return self._give(folder, users.get(names))
                if what == "open":
                    return self._open(folder, [one.strip() for one in names.split(",")], users)
        except OSError as error:
            return error.strerror or str(error)
        return f"{what} is nothing that Lodge does."

    def _give(self, folder: int, uid: int | None) -> str:
        if uid is None:
            return "there is no such user"
        if os.fstat(folder).st_uid != self.own:
            return "it is not the metastore's"
        # The mode that the metastore gives is the warehouse's, in which everybody writes.
        os.fchmod(folder, 0o775)
        os.fchown(folder, uid, pwd.getpwuid(uid).pw_gid)
        return "done"

    def _open(self, folder: int, names: list[str], users: Mapping[str, int]) -> str:
        owner = os.fstat(folder).st_uid
        if owner not in users.values():
            return "it is no user's"
        writers = {self.own, owner, *(users[name] for name in names if name in users)}
        new = access_list(writers, everybody=EVERYBODY in names)
        for each in _below(folder):
            os.setxattr(each, "system.posix_acl_default", new)
            os.setxattr(each, "system.posix_acl_access", new)
        return "done"


def _peer(writer: asyncio.StreamWriter) -> int:
    told = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("iII", told)[1])


@contextlib.contextmanager
def _opened(folder: Path, parts: list[str]) -> Iterator[int]:
    """Open a folder below another, without following a link on the way."""
    if not all(parts) or {".", ".."} & set(parts):
        raise OSError(errno.EINVAL, "it is no folder of the warehouse")
    at = os.open(folder, _FOLDER)
    try:
        for part in parts:
            below = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def _below(folder: int, depth: int = 0) -> Iterator[int]:
    """Give descriptors of a folder and of those in it, each before what is in it."""
    yield folder
    if depth == DEEPEST:
        return
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for name in names:
        # It may be gone, or a link by now.
        with contextlib.suppress(OSError):
            at = os.open(name, _FOLDER, dir_fd=folder)
            try:
                yield from _below(at, depth + 1)
            finally:
                os.close(at)
