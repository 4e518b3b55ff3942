"""Giving an account of one's own for a wiki, and taking it back. Knows no HTTP."""

from __future__ import annotations

from contextlib import closing

from ...errors import BadRequest, NotFound, Unavailable
from ..models import Actor
from ..publications.models import Credential, Target
from ..wikis.base import Unreachable, WikiError
from .accounts import Account
from .core import Publishing


class Giving:
    """What people give.

    Parameters
    ----------
    publishing
        Knows the wikis, and who may publish to them.
    """

    def __init__(self, publishing: Publishing) -> None:
        self._publishing = publishing

    def find(self, actor: Actor, wiki: str) -> Account | None:
        """Return the account that `actor` has given for a wiki, or None.

        Raises
        ------
        NotFound, Forbidden
            There is no such wiki, or it is not the actor's to write.
        BadRequest
            The wiki takes no accounts of people's own.
        """
        self._open(actor, wiki)
        return self._publishing.accounts.of(actor.name).get(wiki)

    def give(self, actor: Actor, wiki: str, credential: Credential) -> Account:
        """Have pages that `actor` asks for written by an account of their own from now on.

        The wiki is asked first whether it knows it.

        Raises
        ------
        NotFound, Forbidden
            There is no such wiki, or it is not the actor's to write.
        BadRequest
            The wiki takes no accounts of people's own, or does not know this one.
        Unavailable
            The wiki does not say.
        """
        target = self._open(actor, wiki)
        if target.names_user and not credential.user:
            raise BadRequest("user_missing", "The wiki wants the account's name beside its token.")
        try:
            with (
                self._publishing.connections.turn(wiki),
                closing(target.open(credential)) as opened,
            ):
                # Given twice at once, they are kept one after the other.
                return self._publishing.accounts.keep(actor.name, wiki, credential, opened.who())
        except Unreachable as error:
            raise Unavailable("wiki_unavailable", error.message) from None
        except WikiError as error:
            raise BadRequest("token_refused", error.message) from None

    def take_back(self, actor: Actor, wiki: str) -> None:
        """Have them written by Lodge's account again.

        Raises
        ------
        NotFound
            There is no account of theirs.
        """
        if not self._publishing.accounts.drop(actor.name, wiki):
            raise NotFound("no_account", f"You have given no account of the wiki {wiki}.")

    def _open(self, actor: Actor, wiki: str) -> Target:
        target = self._publishing.target_for(actor, wiki)
        if not target.own_tokens:
            raise BadRequest(
                "no_own_tokens", f"Pages of the wiki {wiki} are written by Lodge's account alone."
            )
        return target
