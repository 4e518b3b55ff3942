"""Files of versions: sent before the share that names them, and read by those who may read that.

Knows no HTTP. Bytes that no share names within `UPLOAD_TIME` are the sweep's.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from lodge_runner.secrets_found import secrets_in
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from ...errors import BadRequest, Gone, NotFound
from ..models import Actor
from ..reading import Reading
from ..stores.base import MissingContent
from ..tables import UploadRow
from .models import File, Limits
from .rows import UPLOAD_TIME, check_size, files_of, sizes


class Files:
    """All files.

    Parameters
    ----------
    shares
        Whose files they are.
    limits
        How large they may be.
    refuse_secrets
        Whether text in which secrets stand is refused.
    """

    def __init__(self, shares: Reading, limits: Limits, *, refuse_secrets: bool = False) -> None:
        self._shares = shares
        self.limits = limits
        self._refuse_secrets = refuse_secrets

    def wanted(self, actor: Actor, digests: Sequence[str], share_id: str = "") -> list[str]:
        """Return the digests whose bytes have to be sent before `actor` can share them.

        Parameters
        ----------
        actor
            Who is going to share.
        digests
            Of the files.
        share_id
            Of the share that gets a new version; what it has need not be sent again.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read.
        """
        shares = self._shares
        if share_id:
            shares.get(actor, share_id)
        with shares.database.read() as session:
            # As old as it may be once the share comes.
            now = shares.clock() + UPLOAD_TIME / 2
            there = sizes(session, actor, share_id, set(digests), now)
        return [one for one in dict.fromkeys(digests) if one not in there]

    def take(self, actor: Actor, digest: str, content: bytes) -> None:
        """Keep bytes until `actor` shares them.

        Raises
        ------
        BadRequest
            They are others than `digest` says, or have secrets in them where that is refused.
        TooLarge
            They are more than a file may have.
        """
        check_size(len(content), self.limits)
        if sha256(content).hexdigest() != digest:
            raise BadRequest(
                "wrong_digest", "The file was changed on its way, or while it was read; try again."
            )
        if self._refuse_secrets and (kinds := secrets_in(content)):
            raise BadRequest(
                "secrets_found",
                f"A file holds what looks like secrets ({', '.join(kinds[:5])}), and Lodge's "
                "administrator lets none be shared; leave it out, then share the notebook again.",
            )
        shares = self._shares
        # The time before it is there: the store keeps it from then on.
        now = shares.clock()
        shares.store.put(content)
        row = {"person": actor.name, "digest": digest, "size": len(content), "at": now}
        try:
            with shares.database.write() as session:
                session.merge(UploadRow(**row))
        except IntegrityError:
            # Sent twice at once: the other one has noted it.
            return

    def of(self, actor: Actor, share_id: str, number: int) -> Sequence[File]:
        """Return the files of a version, by name.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, or no such version of it.
        """
        shares = self._shares
        shares.version(actor, share_id, number)
        with shares.database.read() as session:
            return files_of(session, share_id, number)

    def content(self, actor: Actor, share_id: str, number: int, name: str) -> bytes:
        """Return the bytes of a file of a version.

        Raises
        ------
        NotFound
            There is no such share that `actor` may read, no such version, or no such file.
        Gone
            They are lost.
        """
        found = next((one for one in self.of(actor, share_id, number) if one.name == name), None)
        if found is None:
            raise NotFound("file_not_found", "This version has no such file.")
        try:
            return self._shares.store.get(found.digest)
        except MissingContent:
            raise Gone(
                "file_lost",
                f"{name} is lost or damaged in Lodge's store; the notebook's owner can share it "
                "again.",
            ) from None

    def forget(self) -> None:
        """Forget what was sent and never shared."""
        shares = self._shares
        with shares.database.write() as session:
            session.execute(delete(UploadRow).where(UploadRow.at < shares.clock() - UPLOAD_TIME))
