"""The data folder: what lies where, secrets, the lock that admits one Lodge at a time."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lodge_spawner.local_settings import write_private
from lodge_spawner.locks import holder, noted, open_lock, take

#: Stands in the lock file, in place of the address, of a Lodge that stops.
STOPPING = "stopping"
#: How long a Lodge that stops is waited for: seconds. Its parts have 55 s.
STOP_S = 90.0


class FolderError(Exception):
    """The data folder can't be used; the message says why and what to do."""


def new_secret() -> str:
    """Return 256 bits of chance, as hexadecimal digits."""
    return secrets.token_hex(32)


@dataclass(frozen=True)
class DataFolder:
    """Paths below the data folder.

    Parameters
    ----------
    root
        The data folder.
    mounted
        Folder of secrets that somebody else makes and keeps. None: they are made here.
    """

    root: Path
    mounted: Path | None = None

    @property
    def secrets(self) -> Path:
        """Secrets, made once, mode 0600 each."""
        return self.mounted or self.root / "secrets"

    @property
    def run(self) -> Path:
        """Files made anew at each start."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """Logs of every process."""
        return self.root / "logs"

    @property
    def hub(self) -> Path:
        """The hub's database."""
        return self.root / "hub"

    @property
    def identity(self) -> Path:
        """The identity provider's database and settings."""
        return self.root / "identity"

    @property
    def metastore(self) -> Path:
        """The Hive metastore's database."""
        return self.root / "metastore"

    @property
    def warehouse(self) -> Path:
        """Managed Hive tables."""
        return self.root / "warehouse"

    @property
    def warehouse_socket(self) -> Path:
        """Where the metastore asks Lodge to make, move and remove folders for users."""
        return self.run / "warehouse.sock"

    @property
    def sources(self) -> Path:
        """Sample databases."""
        return self.root / "sources"

    @property
    def local_settings(self) -> Path:
        """Settings of users' processes."""
        return self.run / "local-settings.json"

    @property
    def hub_values(self) -> Path:
        """Values of the hub's configuration."""
        return self.run / "hub-values.json"

    def make(self) -> None:
        """Make the folders.

        The data folder and those that users' processes read are passable for all, the others
        are closed.

        Raises
        ------
        FolderError
            A folder can't be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711)
            for folder, mode in (
                (self.root / "secrets", 0o700),
                (self.run, 0o711),
                (self.run / "users", 0o711),
                (self.logs, 0o700),
                (self.hub, 0o700),
                (self.identity, 0o700),
                (self.root / "homes", 0o711),
                (self.root / "schedules", 0o711),
                (self.root / "shares", 0o700),
                (self.sources, 0o755),
            ):
                folder.mkdir(exist_ok=True)
                folder.chmod(mode)
        except OSError as error:
            raise FolderError(
                f"The data folder {self.root} can't be made: {error}. Name another one with "
                "--data-dir, or give yourself the right to write there."
            ) from error

    def check_reachable(self) -> None:
        """See that users' processes, under ids of their own, can get to their homes.

        Raises
        ------
        FolderError
            A folder above is closed to others.
        """
        if closed := closed_folder(self.root):
            raise FolderError(
                f"Users can't get to their homes in {self.root}, since {closed} is closed to "
                f"others: open it with `chmod o+x {closed}`, or name another folder with "
                "--data-dir."
            )

    def secret(self, name: str, make: Callable[[], str] = new_secret) -> str:
        """Return the secret `name`; make it where it is new.

        Raises
        ------
        FolderError
            Somebody else makes the secrets, and did not make this one.
        """
        if self.mounted is not None:
            return self._mounted_secret(self.mounted / name)
        return self.own_secret(name, make)

    def own_secret(self, name: str, make: Callable[[], str] = new_secret) -> str:
        """Return a secret that no other part needs; make it where it is new."""
        path = self.root / "secrets" / name
        if not path.exists():
            write_private(path, make())
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        return path.read_text(encoding="utf-8")

    @staticmethod
    def _mounted_secret(path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise FolderError(f"The secret {path} can't be read: {error.strerror}.") from error

    def lock(self, url: str, say: Callable[[str], None] = lambda _: None) -> IO[str]:
        """Take the lock of the data folder; it is held as long as the result is open.

        Parameters
        ----------
        url
            Where Lodge is reached, or what is done with the folder.
        say
            Called with a line where an earlier Lodge that stops is waited for.

        Raises
        ------
        FolderError
            Another Lodge has it, and does not stop.
        """
        file = open_lock(self.root / "lodge.lock")
        if take(file, 0, url=url):
            return file
        said = str(noted(file).get("url", ""))
        who = f"{holder(file)}, {'at ' if '://' in said else ''}{said}".rstrip(", ")
        if said == STOPPING:
            say(f"  Waiting until the Lodge that stops here has stopped: {holder(file)} …")
            if take(file, STOP_S, url=url):
                return file
            who = f"{holder(file)}; it has not stopped within {STOP_S:.0f} s"
        file.close()
        raise FolderError(
            f"Lodge already runs in {self.root} ({who}): use that one, end it with Ctrl-C, or name "
            "another folder with --data-dir."
        )


def closed_folder(path: Path) -> Path | None:
    """Return the topmost folder of `path` that other users can't pass through, if there is one."""
    for folder in (*reversed(path.absolute().parents), path):
        if folder.is_dir() and not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None
