"""Immutable content in a bucket of S3.

A piece of content is an object ``objects/ab/DIGEST/CHANCE`` below the store's prefix. Objects are
written once, with If-None-Match, and never changed; the rows of the database point to digests.

How a sweep can't take what is wanted
-------------------------------------
S3 has no lock, no rename and no "delete unless it was written again": between the moment at which a
sweep finds old content that no row names and the moment at which its delete arrives, the same
content may be put again and get a row. Deletes may also be tried again, or arrive late. So:

- A name is used once. Whatever delete is on its way, it can't hit what is written after it.
- Content that is put is written anew unless there is a whole object of it that is younger than
  `RELIED_AGE`, half of `SAFE_AGE`. A sweep deletes nothing younger than `SAFE_AGE`. So what a put
  relies on can't be chosen by any sweep for half an hour, and within that its row is written: a
  sweep that might choose it then finds it wanted.
- Of wanted content with several objects the newest one stays, and only if it is whole.

This takes the clocks of the processes that put and sweep to be less than half an hour apart; the
server's own clock is only compared with itself and with theirs. It costs a listing for each reading
and an object too many, until the next sweep, of what is shared again after half an hour.
"""

from __future__ import annotations

import itertools
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions
from obstore.store import S3Store as Bucket

from .base import SAFE_AGE, MissingContent, StoreUnavailable, checked

if TYPE_CHECKING:
    from obstore.store import S3Credential

log = logging.getLogger(__name__)

RELIED_AGE = SAFE_AGE / 2
"""Content younger than this is not written again, in seconds."""

CONNECT_S, REQUEST_S = 5, 60
"""How long a connection, and a request as a whole, may take, in seconds."""

RETRIES, RETRY_S = 2, 20
"""How often a request is tried again, and until when after the first try, in seconds."""

LISTED = 1000
"""Objects that are read from a listing at a time."""

_NAME = re.compile(r"objects/([0-9a-f]{2})/(\1[0-9a-f]{62})/[0-9a-f]{32}\Z")
_TRIALS = "trials"
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,64})</Code>")
_STATUS = re.compile(r"status code: ([0-9]{3})")
_REFUSALS = {
    "AccessDenied": "it does not let this access key do that",
    "InvalidAccessKeyId": "it does not know the access key",
    "NoSuchBucket": "it has no such bucket",
    "SignatureDoesNotMatch": "the secret key is not the one of the access key",
    # Of versitygw.
    "XAdminUserNotFound": "it does not know the access key",
}
"""What S3 answers, by its code, where waiting mends nothing."""


@dataclass(frozen=True)
class Place:
    """Where a bucket is, and who asks.

    Attributes
    ----------
    bucket, prefix
        Everything of the store is below the prefix; "" is the whole bucket.
    endpoint
        Address of the server; "" is Amazon's of the region.
    region
        As the server has it.
    access_key, secret_key
        Who asks.
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)

    def __str__(self) -> str:
        where = f"s3://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")
        return f"{where} at {self.endpoint}" if self.endpoint else where


@dataclass(frozen=True, order=True)
class _Copy:
    """An object of a piece of content; the greatest is the newest."""

    modified: float
    name: str


class S3Store:
    """A bucket of S3 as a content store.

    Parameters
    ----------
    place
        Where it is. Nothing is asked of it yet.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._away = False
        self._finding_out = Lock()
        endpoint = place.endpoint or f"https://s3.{place.region}.amazonaws.com"
        key: S3Credential = {
            "access_key_id": place.access_key,
            "secret_access_key": place.secret_key,
            "token": None,
            "expires_at": None,
        }
        # All that could come from AWS's own variables is said: what is in somebody's shell must not
        # lead notebooks elsewhere.
        self._bucket = Bucket(
            place.bucket,
            prefix=place.prefix or None,
            config={
                "aws_endpoint_url_s3": endpoint,
                "endpoint": endpoint,
                "region": place.region,
                "conditional_put": "etag",
                "s3_express": False,
                "skip_signature": False,
                "unsigned_payload": False,
                "virtual_hosted_style_request": False,
            },
            credential_provider=lambda: key,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "timeout": timedelta(seconds=REQUEST_S),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_S),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=2),
                    "base": 2,
                },
            },
        )

    def put(self, content: bytes) -> str:
        """Keep `content` and return its digest; see the module for when it is written again.

        Raises
        ------
        StoreUnavailable
            The bucket can't be asked; nothing is kept.
        """
        digest = sha256(content).hexdigest()
        copies = self._copies(digest)
        young = bool(copies) and copies[-1].modified > time.time() - RELIED_AGE
        if young and self._read(copies[-1].name) == content:
            return digest
        self._write(f"{_folder(digest)}/{secrets.token_hex(16)}", content)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content of `digest`; damage is noticed.

        Raises
        ------
        MissingContent
            It is not there, or not what it was.
        StoreUnavailable
            The bucket can't be asked, which says nothing of what it holds.
        """
        looked_at: set[str] = set()
        damaged = False
        # The newest first. Where a sweep has just taken it, there is a newer one in the next list.
        while left := [one.name for one in self._copies(digest) if one.name not in looked_at]:
            looked_at.add(left[-1])
            content = self._read(left[-1])
            if content is not None and sha256(content).hexdigest() == digest:
                return content
            damaged = damaged or content is not None
        what = "damaged content" if damaged else "no content"
        raise MissingContent(f"{what} {_folder(digest)} in {self.place}")

    def sweep(self, wanted: Callable[[str], bool]) -> int:
        """Delete objects older than an hour that are not `wanted`, or not needed beside another.

        Raises
        ------
        StoreUnavailable
            The bucket can't be asked.
        """
        border = time.time() - SAFE_AGE
        removed = 0
        for digest, copies in itertools.groupby(self._all(), key=lambda found: found[0]):
            ordered = sorted(copy for _digest, copy in copies)
            old = [copy for copy in ordered if copy.modified < border]
            if old and wanted(digest):
                rest = old[:-1] if old[-1] is ordered[-1] else old
                old = rest if rest and self._is_whole(ordered[-1].name, digest) else []
            removed += sum(self._delete(copy.name) for copy in old)
        for item in (item for part in self._listed(_TRIALS) for item in part):
            # Of a process that was killed.
            if item["last_modified"].timestamp() < border:
                self._delete(item["path"])
        return removed

    def check(self) -> None:
        """Write, read and remove an object of no share.

        Raises
        ------
        StoreUnavailable
            The bucket does not do what the store needs.
        """
        content = secrets.token_bytes(16)
        name = f"{_TRIALS}/{secrets.token_hex(16)}"
        self._write(name, content)
        try:
            if self._read(name) != content:
                raise StoreUnavailable(f"{self.place} does not return what is put.", refused=True)
            if self._create(name, b""):
                raise StoreUnavailable(
                    f"{self.place} does not heed If-None-Match: objects could be written over. "
                    "Take a server that does.",
                    refused=True,
                )
            if name not in [item["path"] for part in self._listed(_TRIALS) for item in part]:
                raise StoreUnavailable(f"{self.place} does not list what is put.", refused=True)
        finally:
            with self._asked("remove an object from"):
                obstore.delete(self._bucket, name)

    # Pieces

    def _copies(self, digest: str) -> Sequence[_Copy]:
        """Return the objects of a digest, the newest last."""
        folder = _folder(digest)
        return sorted(
            _Copy(item["last_modified"].timestamp(), item["path"])
            for part in self._listed(folder)
            for item in part
            if _NAME.match(item["path"])
        )

    def _all(self) -> Iterator[tuple[str, _Copy]]:
        """Return all objects of content, with their digests; what else is there stays unseen."""
        for part in self._listed("objects"):
            for item in part:
                named = _NAME.match(item["path"])
                if named:
                    yield named[2], _Copy(item["last_modified"].timestamp(), item["path"])

    def _listed(self, folder: str) -> Iterator[Sequence[obstore.ObjectMeta]]:
        # Page by page, by the tokens that the server gives; it is asked for the first one below.
        pages = iter(obstore.list(self._bucket, folder, chunk_size=LISTED))
        while True:
            with self._asked("list"):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def _read(self, name: str) -> bytes | None:
        """Return an object's bytes, None where it is not there any more."""
        with self._asked("read"):
            try:
                return bytes(obstore.get(self._bucket, name).bytes())
            except FileNotFoundError as error:
                # A missing bucket, or the page of a proxy, is no missing object.
                if _code(error) != "NoSuchKey":
                    raise
                return None

    def _write(self, name: str, content: bytes) -> None:
        if not self._create(name, content) and self._read(name) != content:
            raise StoreUnavailable(f"{self.place} has something else under the new name {name}.")

    def _create(self, name: str, content: bytes) -> bool:
        """Write an object unless there is one; tell whether it was written.

        It may have been by a request before, whose answer was lost.
        """
        with self._asked("write to"):
            try:
                obstore.put(self._bucket, name, content, mode="create", use_multipart=False)
            except exceptions.AlreadyExistsError:
                return False
            return True

    def _is_whole(self, name: str, digest: str) -> bool:
        content = self._read(name)
        return content is not None and sha256(content).hexdigest() == digest

    def _delete(self, name: str) -> bool:
        """Delete an object; one that can't be deleted keeps no other from it."""
        try:
            with self._asked("remove an object from"):
                obstore.delete(self._bucket, name)
        except StoreUnavailable as error:
            log.error("%s can't be removed: %s", name, error.why)
            return False
        return True

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Turn whatever keeps the bucket from answering into one error.

        While it does not answer at all, one thread at a time finds out whether it does again: the
        others have work that needs no bucket.
        """
        finds_out = self._away
        if finds_out and not self._finding_out.acquire(blocking=False):
            why = f"Lodge can't {what} {self.place}: it did not answer, and is being asked again."
            raise StoreUnavailable(why)
        try:
            yield
            self._away = False
        except (exceptions.BaseError, OSError, ValueError) as error:
            code, status = _code(error), _STATUS.search(str(error))
            self._away = not (code or status)
            refusal = _REFUSALS.get(code, "")
            why = f"Lodge can't {what} {self.place}: {refusal or _reason(error, code)}."
            log.error("%s", why)
            raise StoreUnavailable(why, refused=bool(refusal)) from None
        finally:
            if finds_out:
                self._finding_out.release()


def _folder(digest: str) -> str:
    return f"objects/{checked(digest)[:2]}/{digest}"


def _code(error: Exception) -> str:
    """Return S3's own code of an error, "" where there is none."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _reason(error: Exception, code: str) -> str:
    """Return in a few words what went wrong; what a server says at length stays out."""
    text = str(error)
    status = _STATUS.search(text)
    if code or status:
        return " ".join(["it answers", *([status[1]] if status else []), *([code] if code else [])])
    if "InvalidCertificate" in text:
        return "its certificate is not trusted"
    if "timed out" in text or "TimedOut" in text or "kind: Timeout" in text:
        return "it does not answer in time"
    if "kind: Connect" in text or "error sending request" in text:
        return "it can't be reached"
    return text.partition("\n")[0][:200]
