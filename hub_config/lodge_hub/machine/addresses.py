"""The ports of one machine, chosen at each start, and the addresses that come of them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from lodge_spawner.ports import free_port, is_free

from ..addresses import Addresses, Endpoint
from ..certificates import names
from ..folders import DataFolder
from ..origins import separated
from ..settings import Settings, SettingsError
from ..settings.model import Server

#: Lodge's name on a machine of its own: browsers know all names below localhost.
LOCAL_NAME = "lodge.localhost"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


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
    public_url = (server.public_url or f"{scheme}://{_name(server)}:{port}").rstrip("/")
    separate = separated(settings, public_url)
    if separate and server.tls_certificate:
        _check_certificate(Path(server.tls_certificate), urlsplit(public_url).hostname or "")
    if settings.identity.issuer:
        identity_port, issuer = 0, settings.identity.issuer
    else:
        identity_port = _identity_port(settings, folder, port)
        # A host of its own on loopback, which no name server need know of.
        public = urlsplit(public_url).hostname or server.host
        name = server.host if public.endswith(".localhost") else public
        made = f"{scheme}://{_bracketed(name)}:{identity_port}"
        issuer = (settings.identity.public_url or made).rstrip("/")
    return Addresses(
        host=server.host,
        port=port,
        public_url=public_url,
        separate_origins=separate,
        identity_port=identity_port,
        issuer=issuer,
        hub=_on_loopback(),
        proxy_api=_on_loopback(),
        metastore=_on_loopback("thrift"),
        services={name: _on_loopback() for name in services},
    )


def _check_certificate(path: Path, host: str) -> None:
    """See that a certificate is good for the hosts of users' servers as well.

    Raises
    ------
    SettingsError
        It names none of them, and browsers would refuse them.
    """
    named = names(path)
    if named is None:
        raise SettingsError(f"{path} holds no certificate: name a file with a chain, PEM.")
    if f"*.{host}" not in named:
        raise SettingsError(
            f"The certificate {path} does not name *.{host}, where users' servers are: get one "
            "that names both, or let all share one origin with server.shared_origin = true, where "
            "a page that one user's server sends can act as whoever opens it."
        )


def _name(server: Server) -> str:
    """Return the host of the public address where none is set."""
    if server.host in _LOOPBACK and not server.shared_origin:
        return LOCAL_NAME
    return _bracketed(server.host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def wanted_ports(settings: Settings, folder: DataFolder) -> set[int]:
    """Return the ports that are known before they are chosen: those set, and the one kept."""
    ports = {settings.server.port, settings.identity.port, _kept_port(folder)}
    if settings.server.port:
        ports.add(settings.server.port + 1)
    return ports - {0}


def _identity_port(settings: Settings, folder: DataFolder, public_port: int) -> int:
    host = settings.server.host
    if settings.identity.port:
        if not is_free(settings.identity.port, host):
            raise SettingsError(
                f"Port {settings.identity.port} on {host}, for the identity provider, is in use: "
                "set another identity.port in lodge.toml."
            )
        return settings.identity.port
    wanted = [one for one in (_kept_port(folder), public_port + 1) if 0 < one < 65536]
    port = next((one for one in wanted if is_free(one, host)), free_port(host))
    (folder.identity / "port").write_text(str(port), encoding="utf-8")
    return port


def _kept_port(folder: DataFolder) -> int:
    """Return the identity provider's port of the last start; 0 where it isn't known."""
    try:
        return int((folder.identity / "port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _on_loopback(scheme: str = "http") -> Endpoint:
    port = free_port()
    return Endpoint("127.0.0.1", port, f"{scheme}://127.0.0.1:{port}")
