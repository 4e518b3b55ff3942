"""Folders of Hive tables: each is its owner's, though the metastore makes, moves and removes it.

The metastore has an account of its own, which can write in nobody's folder. It asks here, by a Unix
socket, and Lodge does it with the ids of the user who asked the metastore: what they could not do
by themselves does not happen, wherever a link leads. To whom else a folder is open is said by its
access control list, which Lodge sets by descriptors that follow no link.
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
import subprocess
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
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

#: What is done with a user's ids, by what is asked for.
_AS_USER = {
    "make": ("mkdir", "-p", "--"),
    "move": ("mv", "-n", "-T", "--"),
    "remove": ("rm", "-rf", "--"),
}


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
    if not prepare(folder):
        say(
            f"The file system of {folder} has no access control lists: nobody can let others write "
            "into their Hive tables."
        )
    async with keeper.listening(platform.folder.warehouse_socket):
        yield


def prepare(folder: Path) -> bool:
    """Have everybody read what is made in the warehouse from now on, whatever its maker's umask.

    Parameters
    ----------
    folder
        The warehouse.

    Returns
    -------
    bool
        False where the file system has no access control lists.
    """
    return _set_readable(folder)


class Warehouse:
    """Makes, moves, removes and opens folders for users.

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
                line = (await reader.read()).decode("utf-8", "surrogateescape")
                writer.write((await self.answer(line)).encode("utf-8", "replace"))
                await writer.drain()
        except (OSError, EOFError) as error:
            log.warning("The metastore's question about a folder was not answered: %r", error)
        finally:
            # The metastore's thread waits for it, whatever has happened.
            writer.close()

    async def answer(self, line: str) -> str:
        """Do what the metastore asks for.

        Parameters
        ----------
        line
            ``make``, ``move`` or ``remove``, the user who does it, and a folder, with the new one
            of a ``move``; ``give``, the user who is to have a folder that the metastore once made,
            and the folder; or ``open``, the users who may write in a database's folder, with commas
            between, and the folder. A zero byte divides the fields.

        Returns
        -------
        str
            ``done``, or why not.
        """
        what, *fields = line.split("\0")
        users = {
            name: uid
            for name, uid in self._accounts.known().items()
            if not name.startswith("service:")
        }
        try:
            match what, fields:
                case "open", [names, path]:
                    writers = [one.strip() for one in names.split(",")]
                    return await asyncio.to_thread(self._open, Path(path), writers, users)
                case ("make" | "remove" | "give", [user, _]) | ("move", [user, _, _]):
                    if user not in users:
                        return "there is no such user"
                    if what == "give":
                        return await asyncio.to_thread(self._give, Path(fields[1]), users[user])
                    return await self._as_user(what, users[user], [Path(one) for one in fields[1:]])
        except FileNotFoundError as error:
            return "done" if what == "remove" else str(error.strerror)
        except OSError as error:
            return error.strerror or str(error)
        return f"{what} is nothing that Lodge does."

    async def _as_user(self, what: str, uid: int, paths: Sequence[Path]) -> str:
        with contextlib.ExitStack() as held:
            # Who may write there is not to lead another's removal elsewhere.
            folders = {
                path: held.enter_context(_opened(self._folder, path.parent))
                for path in paths
                if what != "make" and self._folder in path.parents
            }
            names = [
                f"/proc/self/fd/{folders[p]}/{p.name}" if p in folders else str(p) for p in paths
            ]
            process = await asyncio.create_subprocess_exec(
                *_AS_USER[what],
                *names,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=uid,
                group=pwd.getpwuid(uid).pw_gid,
                extra_groups=[],
                umask=0o002,
                pass_fds=folders.values(),
            )
            _, said = await process.communicate()
        if process.returncode:
            return said.decode("utf-8", "replace").strip().partition("\n")[0]
        return "its new place is taken" if what == "move" and _is_there(paths[0]) else "done"

    def _give(self, path: Path, uid: int) -> str:
        with _opened(self._folder, path) as folder:
            if path == self._folder or os.fstat(folder).st_uid != self.own:
                return "it is not what the metastore made for a user"
            # Partitions are below.
            for each in _below(folder):
                if os.fstat(each).st_uid == self.own:
                    _set_readable(each)
                    os.fchmod(each, 0o775)
                    os.fchown(each, uid, pwd.getpwuid(uid).pw_gid)
        return "done"

    def _open(self, path: Path, names: list[str], users: Mapping[str, int]) -> str:
        with _opened(self._folder, path) as folder:
            owner = os.fstat(folder).st_uid
            if owner not in users.values():
                return "it is no user's"
            writers = {owner, *(users[name] for name in names if name in users)}
            new = access_list(writers, everybody=EVERYBODY in names)
            for each in _below(folder):
                os.setxattr(each, "system.posix_acl_default", new)
                os.setxattr(each, "system.posix_acl_access", new)
        return "done"


def _set_readable(folder: Path | int) -> bool:
    try:
        os.setxattr(folder, "system.posix_acl_default", access_list([]))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return False
    return True


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _peer(writer: asyncio.StreamWriter) -> int:
    told = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("iII", told)[1])


@contextlib.contextmanager
def _opened(warehouse: Path, path: Path) -> Iterator[int]:
    """Open the warehouse or a folder below it, without following a link on the way."""
    if (path != warehouse and warehouse not in path.parents) or ".." in path.parts:
        raise OSError(errno.EINVAL, "it is no folder of the warehouse")
    at = os.open(warehouse, _FOLDER)
    try:
        for part in path.relative_to(warehouse).parts:
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
