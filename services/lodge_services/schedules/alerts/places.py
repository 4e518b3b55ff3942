"""Where messages go: what is kept of a place, and what of it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

from ...errors import BadRequest
from .mail import domain_of
from .models import Kind


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
    """

    def __init__(self, *, mail: bool = False, domains: Collection[str] = ()) -> None:
        self._domains = [one.lower() for one in domains]
        self.ways: tuple[Kind, ...] = ("bell", "mail") if mail else ("bell",)

    def place(self, kind: Kind, address: str, secret: str) -> Place:  # noqa: ARG002
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
        return self._mailbox(address)

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
