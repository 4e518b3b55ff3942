"""A real S3 server of our own: versitygw, which keeps objects as files of a folder."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lodge_services.shares.stores.s3 import Place
from lodge_spawner.ports import free_port

from support.lodge import wait_for
from support.witnesses import witness

ACCESS, SECRET, BUCKET = "lodge", "open-sesame-9-times", "notebooks"
#: The set-up builds it; see scripts/setup.sh.
PROGRAM = Path(sys.prefix) / "share" / "lodge" / "versitygw"


class S3Server:
    """A server that can go away and come back.

    Attributes
    ----------
    folder
        All that it keeps; its log is beside that.
    port
        On the loopback interface.
    """

    def __init__(self, folder: Path, tls: tuple[Path, Path] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None
        for name in (f"data/{BUCKET}", "meta"):
            (folder / name).mkdir(parents=True)

    def place(self, prefix: str = "team", **changed: str) -> Place:
        """Return the place of a store in it."""
        scheme = "https" if self._tls else "http"
        given = {
            "bucket": BUCKET,
            "endpoint": f"{scheme}://127.0.0.1:{self.port}",
            "access_key": ACCESS,
            "secret_key": SECRET,
        }
        return Place(**{"prefix": prefix, **given, **changed})

    def objects(self, prefix: str = "team") -> list[Path]:
        """Return the files that hold what is below a prefix."""
        found = (self.folder / "data" / BUCKET / prefix).rglob("*")
        return sorted(path for path in found if path.is_file())

    def come(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--port", f"127.0.0.1:{self.port}", "--quiet"]
        if self._tls:
            options += ["--cert", str(self._tls[0]), "--key", str(self._tls[1])]
        with (self.folder / "versitygw.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    PROGRAM,
                    *options,
                    "posix",
                    "--sidecar",
                    self.folder / "meta",
                    self.folder / "data",
                ],
                env={**os.environ, "ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET},
                stdout=log,
                stderr=log,
            )
        wait_for(self._listens, 30, "versitygw")

    def go(self) -> None:
        """End it; what it keeps stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True


def age(paths: list[Path], seconds: float) -> None:
    """Let files be as old."""
    past = time.time() - seconds
    for path in paths:
        os.utime(path, (past, past))


@contextmanager
def running_s3(tls: tuple[Path, Path] | None = None) -> Iterator[S3Server]:
    """Run a server, and remove all that it kept; it has one bucket, `BUCKET`."""
    folder = Path(tempfile.mkdtemp(prefix="lodge-s3-"))
    server = S3Server(folder, tls)
    try:
        with witness("versitygw", folder / "versitygw.log"):
            server.come()
            yield server
    finally:
        server.go()
        shutil.rmtree(folder, ignore_errors=True)


def tls_files(folder: Path) -> tuple[Path, Path, Path]:
    """Make an authority, and a certificate of it for the loopback interface with its key."""
    names = ["An authority", "127.0.0.1"]
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in names]
    files = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    now = datetime.now(UTC)
    for index, name in enumerate(names):
        own = index == 0
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        issuer, subject = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (names[0], name)
        )
        certificate = (
            x509.CertificateBuilder(issuer, subject, keys[index].public_key(), index + 1)
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=own, path_length=None), critical=True)
            .sign(keys[0], hashes.SHA256())
        )
        files[index].write_bytes(certificate.public_bytes(Encoding.PEM))
    private = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files[2].write_bytes(private)
    return files
