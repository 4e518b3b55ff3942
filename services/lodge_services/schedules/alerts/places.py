"""Where messages go: what is kept of a place, and what of it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from ...errors import BadRequest
from .mail import domain_of
from .models import WEBHOOKS, Kind
from .vault import Vault
from .webhooks.addresses import BadAddressError, parse


@dataclass(frozen=True)
class Place:
    """Where somebody is told.

    Attributes
    ----------
    kind
        Which way.
    address
        What is shown of it.
    target
        The same for the same place.
    secret
        What it is reached by, encrypted; "" where it is no secret.
    """

    kind: Kind
    address: str
    target: str
    secret: str = field(default="", repr=False)


BELL = Place("bell", "", hashlib.sha256(b"bell").hexdigest())
"""The bell of a job's owner."""


class Places:
    """The places that people can be told at.

    Parameters
    ----------
    mail
        Whether Lodge sends mail.
    domains
        Only addresses at these are written to; none: any.
    vault
        Encrypts what webhooks are reached by. None: there are none.
    private_webhooks
        Whether they may be in private networks, and without TLS.
    """

    def __init__(
        self,
        *,
        mail: bool = False,
        domains: Collection[str] = (),
        vault: Vault | None = None,
        private_webhooks: bool = False,
    ) -> None:
        self._domains = [one.lower() for one in domains]
        self._vault = vault
        self._private = private_webhooks
        ways: list[Kind] = ["bell"]
        ways += ["mail"] if mail else []
        ways += WEBHOOKS if vault is not None else ()
        self.ways = tuple(ways)

    def place(self, kind: Kind, address: str, secret: str) -> Place:
        """Return where somebody is told.

        Parameters
        ----------
        kind
            Which way.
        address
            A mail address, or that of a webhook.
        secret
            What a webhook's messages are signed by; "" for nothing.

        Raises
        ------
        BadRequest
            Nobody can be told there.
        """
        if kind not in self.ways:
            raise BadRequest(
                "no_such_way",
                f"This Lodge tells nobody by {kind}; ask its administrator, or choose another way.",
            )
        if kind == "bell":
            return BELL
        if kind == "mail" or self._vault is None:
            return self._mailbox(address)
        return self._webhook(self._vault, kind, address, secret)

    def _webhook(self, vault: Vault, kind: Kind, address: str, secret: str) -> Place:
        try:
            found = parse(address, private=self._private)
        except BadAddressError as error:
            raise BadRequest("bad_address", str(error)) from None
        mark = vault.mark(f"{kind} {address} {secret}")
        return Place(kind, found.shown, mark, vault.closed(address, secret))

    def _mailbox(self, address: str) -> Place:
        domain = domain_of(address)
        if domain is None:
            raise BadRequest(
                "bad_address",
                "This is no mail address; write one, such as ada@example.com, without a name.",
            )
        if self._domains and domain not in self._domains:
            raise BadRequest(
                "foreign_address",
                f"This Lodge writes only to addresses at {', '.join(self._domains)}; choose one of "
                "those.",
            )
        digest = hashlib.sha256(f"mail {address.lower()}".encode()).hexdigest()
        return Place("mail", address, digest)
