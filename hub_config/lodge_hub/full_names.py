"""What people are called in full, as the identity provider says it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cryptography.fernet import InvalidToken
from jupyterhub import orm
from jupyterhub.apihandlers import APIHandler
from jupyterhub.crypto import CryptKeeper
from jupyterhub.scopes import needs_scope
from sqlalchemy.orm import Session

#: Below the hub's address.
PATH = "api/lodge/full-names"


class FullNames:
    """Reads full names out of what the hub keeps of each sign-in.

    Parameters
    ----------
    claims
        Where the provider's claims are in that: JupyterHub's `user_auth_state_key`.
    """

    def __init__(self, claims: str) -> None:
        self._claims = claims
        # Users by id: what was kept of their last sign-in, and the name in that.
        self._read: dict[int, tuple[bytes, str]] = {}

    def of(self, user: orm.User) -> str:
        """Return what a user is called in full, or "" where nobody has told."""
        kept = user.encrypted_auth_state
        if kept is None:
            return ""
        known = self._read.get(user.id)
        if known is None or known[0] != kept:
            known = self._read[user.id] = bytes(kept), self._name(kept)
        return known[1]

    def of_all(self, db: Session) -> Iterator[tuple[orm.User, str]]:
        """Give everybody who has signed in with a full name, and that name."""
        for user in db.query(orm.User).filter(orm.User.encrypted_auth_state.is_not(None)):
            if name := self.of(user):
                yield user, name

    def _name(self, kept: bytes) -> str:
        try:
            state = json.loads(CryptKeeper.instance().fernet.decrypt(kept))
        except (InvalidToken, ValueError):
            return ""  # of a key that is gone: the next sign-in writes it anew
        return name_in(state, self._claims)


def name_in(state: Any, claims: str) -> str:
    """Return the claim ``name`` of OpenID Connect (Core 1.0, 5.1), or "" where there is none."""
    user = state.get(claims) if isinstance(state, dict) else None
    name = user.get("name") if isinstance(user, dict) else None
    return " ".join(name.split()) if isinstance(name, str) else ""


class FullNamesHandler(APIHandler):
    """Answers full names by login, of all users whose names the asker may read."""

    def initialize(self, names: FullNames) -> None:
        """Take what reads the names."""
        self._names = names

    @needs_scope("read:users:name")
    async def get(self) -> None:
        """Answer them."""
        may_read = self.get_scope_filter("read:users:name")
        self.write(
            {
                user.name: name
                for user, name in self._names.of_all(self.db)
                if may_read(user, "user")
            }
        )
