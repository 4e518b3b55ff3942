"""Where everything listens, and under which addresses browsers reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from lodge_spawner.ports import free_port, is_free

from .folders import DataFolder
from .settings import Settings, SettingsError


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

    @classmethod
    def on_loopback(cls, scheme: str = "http") -> Self:
        """Return an endpoint at a free port of this machine."""
        port = free_port()
        return cls("127.0.0.1", port, f"{scheme}://127.0.0.1:{port}")


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
        Lodge's public address.
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
    identity_port: int
    issuer: str
    hub: Endpoint
    proxy_api: Endpoint
    metastore: Endpoint
    services: dict[str, Endpoint]

    def service_url(self, name: str) -> str:
        """Return where the other parts reach a service, with a slash at the end."""
        return f"{self.services[name].url}/services/{name}/"


def choose_addresses(
    settings: Settings, folder: DataFolder, services: tuple[str, ...]
) -> Addresses:
    """Choose ports; the identity provider's is kept from start to start.

    Raises
    ------
    SettingsError
        The port asked for is in use.
    """
    server = settings.server
    port = server.port or free_port(server.host)
    if not is_free(port, server.host):
        raise SettingsError(
            f"Port {port} on {server.host} is in use: end what listens there, or take another one "
            "with --port (0 takes a free one)."
        )
    scheme = "https" if server.tls_certificate else "http"
    host = f"[{server.host}]" if ":" in server.host else server.host
    public_url = (server.public_url or f"{scheme}://{host}:{port}").rstrip("/")
    if settings.identity.issuer:
        identity_port, issuer = 0, settings.identity.issuer
    else:
        identity_port = _identity_port(settings, folder, port)
        name = urlsplit(public_url).hostname or server.host
        made = f"{scheme}://{f'[{name}]' if ':' in name else name}:{identity_port}"
        issuer = (settings.identity.public_url or made).rstrip("/")
    return Addresses(
        host=server.host,
        port=port,
        public_url=public_url,
        identity_port=identity_port,
        issuer=issuer,
        hub=Endpoint.on_loopback(),
        proxy_api=Endpoint.on_loopback(),
        metastore=Endpoint.on_loopback("thrift"),
        services={name: Endpoint.on_loopback() for name in services},
    )


def _identity_port(settings: Settings, folder: DataFolder, public_port: int) -> int:
    host = settings.server.host
    if settings.identity.port:
        if not is_free(settings.identity.port, host):
            raise SettingsError(
                f"Port {settings.identity.port} on {host}, for the identity provider, is in use: "
                "set another identity.port in lodge.toml."
            )
        return settings.identity.port
    kept = folder.identity / "port"
    wanted = [public_port + 1]
    if kept.exists():
        wanted.insert(0, int(kept.read_text(encoding="utf-8")))
    port = next((one for one in wanted if one < 65536 and is_free(one, host)), free_port(host))
    kept.write_text(str(port), encoding="utf-8")
    return port
