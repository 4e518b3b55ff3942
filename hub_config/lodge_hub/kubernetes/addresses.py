"""The names and ports of the parts' Services, as the chart has them."""

from __future__ import annotations

from ..addresses import Addresses, Endpoint
from ..origins import separated
from ..roles import SERVICES
from ..settings import Settings, SettingsError
from ..settings.kubernetes import Kubernetes

#: What the parts' Services and ports are called in the chart.
PROXY_PORT, HUB_PORT, PROXY_API_PORT, SERVICE_PORT, IDENTITY_PORT = 8000, 8081, 8001, 8080, 8002
METASTORE_PORT = 9083


def cluster_of(settings: Settings) -> Kubernetes:
    """Return the settings of Lodge on Kubernetes.

    Raises
    ------
    SettingsError
        They are one machine's.
    """
    if settings.kubernetes is None:
        raise SettingsError(
            "There is no table [kubernetes] in the settings: on one machine `lodge up` runs all "
            "parts."
        )
    return settings.kubernetes


def part_addresses(settings: Settings, kubernetes: Kubernetes) -> Addresses:
    """Return where the parts listen in their pods, and the names of their Services.

    Raises
    ------
    SettingsError
        The public address, or that of the provider, is missing.
    """
    if not settings.server.public_url:
        raise SettingsError("On Kubernetes server.public_url is needed: browsers come by it.")
    if settings.server.public_url.startswith("http:") and not settings.server.allow_plain_http:
        raise SettingsError(
            f"Passwords and notebooks would cross the network readable by others at "
            f"{settings.server.public_url}: give an address with https, or acknowledge it with "
            "server.allow_plain_http = true."
        )
    if not (settings.identity.issuer or settings.identity.public_url):
        raise SettingsError(
            "On Kubernetes identity.issuer is needed, or identity.public_url for Lodge's own "
            "provider."
        )

    public_url = settings.server.public_url.rstrip("/")

    def part(name: str, port: int, scheme: str = "http") -> Endpoint:
        url = f"{scheme}://{name}.{kubernetes.namespace}:{port}"
        return Endpoint("0.0.0.0", port, url)  # noqa: S104 - in a pod of its own

    return Addresses(
        host="0.0.0.0",  # noqa: S104 - in a pod of its own
        port=PROXY_PORT,
        public_url=public_url,
        separate_origins=separated(settings, public_url),
        identity_port=IDENTITY_PORT,
        issuer=(settings.identity.issuer or settings.identity.public_url).rstrip("/"),
        hub=part("hub", HUB_PORT),
        proxy_api=part("proxy-api", PROXY_API_PORT),
        metastore=part("metastore", METASTORE_PORT, "thrift"),
        services={name: part(name, SERVICE_PORT) for name in SERVICES},
    )
