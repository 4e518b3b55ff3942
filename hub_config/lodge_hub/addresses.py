"""Where everything listens, and under which addresses browsers reach it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """Where one part listens, and where the others reach it.

    Parameters
    ----------
    host, port
        Where it listens.
    url
        Where it is reached, without a slash at the end.
    """

    host: str
    port: int
    url: str

    @property
    def bind(self) -> str:
        """Host and port that it listens on."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Addresses:
    """Ports of this start, and public addresses without a slash at the end.

    Parameters
    ----------
    host
        Address that the public servers listen on.
    port
        The proxy's port, the one that users see.
    public_url
        Lodge's public address: the origin of hub and services.
    separate_origins
        Whether each user's server has an origin of its own, below the public address.
    identity_port
        Port of the embedded identity provider.
    issuer
        The identity provider's public address.
    hub, proxy_api, metastore
        The parts that browsers do not reach.
    services
        The hub's services, by name.
    """

    host: str
    port: int
    public_url: str
    separate_origins: bool
    identity_port: int
    issuer: str
    hub: Endpoint
    proxy_api: Endpoint
    metastore: Endpoint
    services: dict[str, Endpoint]

    @property
    def host_cookies(self) -> bool:
        """Whether cookies are bound to their host by name, as browsers take it with TLS alone."""
        return self.separate_origins and self.public_url.startswith("https:")

    def service_url(self, name: str) -> str:
        """Return where the other parts reach a service, with a slash at the end."""
        return f"{self.services[name].url}/services/{name}/"
