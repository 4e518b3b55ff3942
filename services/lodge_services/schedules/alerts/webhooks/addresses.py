"""Addresses of webhooks, and which machines they may lead to: pure functions."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 2_000
#: What the net routes to somebody of IPv6; all else is a network's own, or nobody's.
_ROUTED = ipaddress.IPv6Network("2000::/3")
#: How IPv4 is reached from networks that have IPv6 alone.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")

NONE = "This is no address of a webhook; copy it whole, as the chat shows it."
PRIVATE = (
    "The address leads into a private network, where this Lodge sends nothing; ask its "
    "administrator, who can allow that."
)


class BadAddressError(ValueError):
    """An address is none of a webhook's; the message says why."""


@dataclass(frozen=True)
class Address:
    """An address, in its parts.

    Attributes
    ----------
    secure
        Whether it has TLS.
    host, port
        The machine.
    path
        With the query; what is secret of an address is mostly there.
    """

    secure: bool
    host: str
    port: int
    path: str

    @property
    def shown(self) -> str:
        """What is shown of it: the machine."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """The machine as the header Host has it."""
        usual = 443 if self.secure else 80
        return self.shown if self.port == usual else f"{self.shown}:{self.port}"


def parse(text: str, *, private: bool) -> Address:
    """Return the parts of an address.

    Parameters
    ----------
    text
        As somebody has typed it.
    private
        Whether it may lead into private networks, and be without TLS.

    Raises
    ------
    BadAddressError
        It is none, or may not be.
    """
    if len(text) > LONGEST or not text.isascii() or any(c <= " " or c == "\x7f" for c in text):
        raise BadAddressError(
            "This is no address of a webhook; copy it whole, as the chat shows it."
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host or "\\" in text or port == 0:
        raise BadAddressError(
            "This is no address of a webhook; copy it whole, as the chat shows it."
        )
    if parts.username is not None or parts.password is not None:
        raise BadAddressError("The address holds a name or a password; take them out.")
    if parts.scheme == "http" and not private:
        raise BadAddressError("The address must begin with https://, so that nobody reads along.")
    if not private and is_private_name(host):
        raise BadAddressError(PRIVATE)
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    secure = parts.scheme == "https"
    return Address(secure, host, port or (443 if secure else 80), path)


def is_private_name(host: str) -> bool:
    """Tell whether a name alone says that a machine is in a private network."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Tell whether everybody reaches the same machine at an IP address.

    Raises
    ------
    ValueError
        It is no IP address.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        within = found.ipv4_mapped or found.sixtofour
        if within is None and found in _TRANSLATED:
            within = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if within is not None:
            found = within
        elif found not in _ROUTED or found.teredo is not None:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)
