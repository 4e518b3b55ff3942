"""The values of the hub's configuration, written by `lodge up` for ``jupyterhub_config.py``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import lodge_services
from lodge_spawner.local_settings import write_private

from .deployment import Deployment
from .platform import Platform
from .roles import SERVICES, oauth_client_scopes

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class HubValues:
    """Plain values; secrets are named, not held.

    Parameters
    ----------
    public_url
        Lodge's public address, without a slash at the end.
    separate_origins
        Whether each user's server has an origin of its own, below the public address.
    host_cookies
        Whether cookies are bound to their host by name, as browsers take it with TLS alone.
    bind_url, hub_bind_url
        Where proxy and hub listen.
    hub_connect_url, proxy_api_url
        Where hub and the proxy's API are reached.
    database
        The hub's SQLAlchemy URL.
    secrets_dir
        Folder of the secrets.
    service_definitions
        The services, without their tokens: ``{name, url, ...}``.
    database_file
        File that holds the hub's SQLAlchemy URL where `database` is empty.
    spawner_config
        The file that goes on from the hub's configuration, with the spawner's.
    named_servers
        How many servers a user may have beside the first one.
    refusal_is_final
        Whether a user whom the provider refuses is gone.
    admins_enter_servers
        Whether admins may open users' servers.
    token_days
        Days after which tokens for scripts end; 0: never.
    helpers, helper_roles
        Services that the hub itself runs, and their roles.
    spawner
        Traits of the spawner.
    """

    public_url: str
    separate_origins: bool
    host_cookies: bool
    bind_url: str
    hub_bind_url: str
    hub_connect_url: str
    proxy_api_url: str
    database: str
    database_file: str
    spawner_config: str
    named_servers: int
    refusal_is_final: bool
    admins_enter_servers: bool
    token_days: int
    helpers: list[dict[str, Any]]
    helper_roles: list[dict[str, Any]]
    secrets_dir: str
    template_paths: list[str]
    template_vars: dict[str, Any]
    logo: str
    service_definitions: list[dict[str, Any]]
    issuer: str
    client_id: str
    client_secret_env: str
    client_secret_file: str
    scopes: list[str]
    username_claim: str
    groups_claim: str
    admin_groups: list[str]
    allowed_groups: list[str]
    login_service: str
    check_certificate: bool
    spawner: dict[str, Any]
    server_environment: dict[str, str]

    @classmethod
    def load(cls, path: str) -> Self:
        """Read values that :meth:`save` wrote."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Write the values at mode 0600."""
        write_private(path, json.dumps(asdict(self), indent=1))

    def secret(self, name: str) -> str:
        """Return the secret `name`."""
        return (Path(self.secrets_dir) / name).read_text(encoding="utf-8").strip()

    def client_secret(self) -> str:
        """Return the client secret: of the company's provider, or of Lodge's own."""
        if self.client_secret_env:
            return os.environ[self.client_secret_env]
        if self.client_secret_file:
            return Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        return self.secret("identity-client")

    def database_url(self) -> str:
        """Return the hub's SQLAlchemy URL."""
        if self.database_file:
            return Path(self.database_file).read_text(encoding="utf-8").strip()
        return self.database

    @property
    def cookie_options(self) -> dict[str, Any]:
        """What all cookies of the hub have in common."""
        # Of the token against forged forms the hub doesn't know it by itself.
        secure = {"secure": True} if self.public_url.startswith("https:") else {}
        return {"samesite": "Lax", **secure}

    @property
    def services(self) -> list[dict[str, Any]]:
        """The services as JupyterHub wants them, tokens included."""
        return [
            {**service, "api_token": self.secret(f"service-{service['name']}")}
            for service in self.service_definitions
        ] + self.helpers


def hub_values(platform: Platform, deployment: Deployment) -> HubValues:
    """Return the values of the hub's configuration."""
    settings, folder, addresses = platform.settings, platform.folder, platform.addresses
    scheme = "https" if settings.server.tls_certificate else "http"
    helpers = deployment.helpers()
    return HubValues(
        public_url=addresses.public_url,
        separate_origins=addresses.separate_origins,
        host_cookies=addresses.host_cookies,
        bind_url=f"{scheme}://{addresses.host}:{addresses.port}/",
        hub_bind_url=f"http://{addresses.hub.bind}",
        hub_connect_url=addresses.hub.url,
        proxy_api_url=addresses.proxy_api.url,
        database=_database(platform),
        database_file=settings.hub.database_file,
        spawner_config=str(deployment.spawner_config),
        named_servers=deployment.named_servers,
        # Of others, a session may just be over: with this scope tokens outlive it.
        refusal_is_final=platform.embedded_identity or "offline_access" in settings.identity.scopes,
        admins_enter_servers=settings.hub.admins_enter_servers,
        token_days=settings.hub.token_days,
        secrets_dir=str(folder.secrets),
        template_paths=[
            str(_HERE / "templates"),
            str(Path(lodge_services.__file__).parent / "pages" / "static"),
        ],
        template_vars={
            "lodge_embedded_identity": platform.embedded_identity,
            "lodge_issuer": addresses.issuer,
            "lodge_admins_enter": settings.hub.admins_enter_servers,
            "lodge_shared_account": deployment.shared_account(platform),
        },
        logo=str(_HERE / "static" / "lodge.svg"),
        service_definitions=[
            {
                "name": name,
                "url": addresses.services[name].url,
                "display": True,
                "oauth_no_confirm": True,
                "oauth_client_id": f"service-{name}",
                "oauth_redirect_uri": f"/services/{name}/oauth_callback",
                "oauth_client_allowed_scopes": oauth_client_scopes(name),
            }
            for name in SERVICES
        ],
        issuer=addresses.issuer,
        client_id=settings.identity.client_id,
        client_secret_env=settings.identity.client_secret_env,
        client_secret_file=settings.identity.client_secret_file,
        scopes=settings.identity.scopes,
        username_claim=settings.identity.username_claim,
        groups_claim=settings.identity.groups_claim,
        admin_groups=settings.identity.admin_groups,
        allowed_groups=settings.identity.allowed_groups,
        login_service="Lodge" if platform.embedded_identity else "your company account",
        # The embedded provider uses the certificate of the public name, and is asked for it.
        check_certificate=True,
        helpers=helpers.services,
        helper_roles=helpers.roles,
        spawner=deployment.spawner_traits(platform),
        server_environment={
            "LODGE_SHARES_URL": addresses.service_url("shares"),
            "LODGE_SCHEDULES_URL": addresses.service_url("schedules"),
        },
    )


def _database(platform: Platform) -> str:
    hub, folder = platform.settings.hub, platform.folder.hub
    if hub.database_file:
        # It has a password, which does not belong among the values.
        return ""
    return hub.database or f"sqlite:///{folder / 'jupyterhub.sqlite'}"
