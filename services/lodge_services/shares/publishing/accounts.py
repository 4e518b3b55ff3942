"""Accounts of wikis that people have given, so that their pages are written by these.

A token is kept encrypted, by a key that lies beside the database and not in it, and is handed to
the wiki alone: nothing tells it again, not even its owner.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select

from ...clock import Clock
from ...db.engine import Database
from ..publications.models import Credential
from ..tables import WikiTokenRow
from ..wikis.base import Refused

UNREADABLE = (
    "Your own token for the wiki can't be read any more, because Lodge's key for it was lost: give "
    "it anew, or take it back."
)


@dataclass(frozen=True)
class Account:
    """An account that somebody has given.

    Attributes
    ----------
    user
        As they gave it; "" where the wiki wants none.
    name
        What the wiki calls it.
    at
        When it was given.
    """

    user: str
    name: str
    at: datetime


class Accounts:
    """What people have given.

    Parameters
    ----------
    database
        Of shares.
    key
        Encrypts tokens; 32 bytes.
    clock
        Gives the time now.
    """

    def __init__(self, database: Database, key: bytes, clock: Clock) -> None:
        self._database = database
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._clock = clock

    def credential(self, person: str, wiki: str) -> Credential | None:
        """Return what the wiki is asked by for somebody; None where that is Lodge's own account.

        Raises
        ------
        Refused
            It can't be read.
        """
        with self._database.read() as session:
            row = session.get(WikiTokenRow, (person, wiki))
        if row is None:
            return None
        try:
            token = self._fernet.decrypt(row.secret.encode()).decode()
        except InvalidToken:
            raise Refused(UNREADABLE) from None
        return Credential(row.user, token)

    def of(self, person: str) -> Mapping[str, Account]:
        """Return somebody's accounts, by the wikis' names."""
        query = select(WikiTokenRow).where(WikiTokenRow.person == person)
        with self._database.read() as session:
            return {row.wiki: Account(row.user, row.name, row.at) for row in session.scalars(query)}

    def keep(self, person: str, wiki: str, credential: Credential, name: str) -> Account:
        """Keep an account, in the place of one before."""
        secret = self._fernet.encrypt(credential.token.encode()).decode()
        now = self._clock()
        with self._database.write() as session:
            session.merge(
                WikiTokenRow(
                    person=person,
                    wiki=wiki,
                    user=credential.user,
                    name=name[:255],
                    secret=secret,
                    at=now,
                )
            )
        return Account(credential.user, name, now)

    def drop(self, person: str, wiki: str) -> bool:
        """Forget an account; tell whether there was one."""
        with self._database.write() as session:
            row = session.get(WikiTokenRow, (person, wiki))
            if row is not None:
                session.delete(row)
            return row is not None

    def people(self) -> list[str]:
        """Return who has given any."""
        query = select(WikiTokenRow.person).distinct().order_by(WikiTokenRow.person)
        with self._database.read() as session:
            return list(session.scalars(query))

    def forget(self, person: str) -> None:
        """Forget all that somebody has given, who is gone: another one may get their name."""
        with self._database.write() as session:
            session.execute(delete(WikiTokenRow).where(WikiTokenRow.person == person))
