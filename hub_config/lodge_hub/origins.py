"""The origins of Lodge: hub and services on one, each user's server on one of its own.

What a browser lets a page do ends at its origin. So a page that one user's server sends can read
and do nothing at the hub, at the services or at another user's server, whoever opens it.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from jupyterhub.utils import subdomain_hook_idna

from .settings import Settings, SettingsError

#: The host of a third origin, for output that is shown and trusted by nobody. No user's server can
#: have it: of the names that `user_host` makes, only hashed ones hold two hyphens, after ``u-``.
OUTPUT_LABEL = "output--lodge"


def user_host(name: str, domain: str, kind: str) -> str:
    """Return the host of a user's server, or of a service, as JupyterHub's `subdomain_hook`.

    Parameters
    ----------
    name
        Of the user or service.
    domain
        The hub's host.
    kind
        ``user`` or ``service``: services are on the hub's own host.
    """
    return domain if kind == "service" else str(subdomain_hook_idna(name, domain, kind))


def separated(settings: Settings, public_url: str) -> bool:
    """Tell whether users' servers have origins of their own, below the public address.

    Raises
    ------
    SettingsError
        They are to have some, and the public address has no host name that another could stand
        below.
    """
    if settings.server.shared_origin:
        return False
    host = urlsplit(public_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    raise SettingsError(
        f"Each user's server has a host name of its own, and none can stand below the address "
        f"{host}: set server.public_url to a host name whose wildcard record leads here, such as "
        "https://lodge.example.org with *.lodge.example.org, or let all share one origin with "
        "server.shared_origin = true, where a page that one user's server sends can act as "
        "whoever opens it."
    )
