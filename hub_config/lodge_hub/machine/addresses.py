"""The ports of one machine, chosen at each start, and the addresses that come of them."""

from __future__ import annotations

from urllib.parse import urlsplit

from lodge_spawner.ports import free_port, is_free

from ..addresses import Addresses, Endpoint
from ..folders import DataFolder
from ..settings import Settings, SettingsError


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
        hub=_on_loopback(),
        proxy_api=_on_loopback(),
        metastore=_on_loopback("thrift"),
        services={name: _on_loopback() for name in services},
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


def _on_loopback(scheme: str = "http") -> Endpoint:
    port = free_port()
    return Endpoint("127.0.0.1", port, f"{scheme}://127.0.0.1:{port}")
