"""The values of the hub's configuration, written by `lodge up` for ``jupyterhub_config.py``."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from lodge_spawner.local_settings import write_private


@dataclass(frozen=True)
class HubValues:
    """Plain values; secrets are named, not held.

    Parameters
    ----------
    public_url
        Lodge's public address, without a slash at the end.
    bind_url, hub_bind_url, proxy_api_url
        Where proxy, hub and the proxy's API listen.
    database
        The hub's SQLAlchemy URL.
    secrets_dir
        Folder of the secrets.
    services
        The services, without their tokens: ``{name, url, api_token_secret, ...}``.
    """

    public_url: str
    bind_url: str
    hub_bind_url: str
    proxy_api_url: str
    database: str
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
    local_settings: str
    skeleton: str
    server_environment: dict[str, str]

    @classmethod
    def load(cls, path: str) -> Self:
        """Read values that :meth:`save` wrote."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Write the values at mode 0600."""
        write_private(path, json.dumps(asdict(self), indent=1))

    def secret_file(self, name: str) -> str:
        """Return the path of the secret `name`."""
        return str(Path(self.secrets_dir) / name)

    def secret(self, name: str) -> str:
        """Return the secret `name`."""
        return Path(self.secret_file(name)).read_text(encoding="utf-8").strip()

    def client_secret(self) -> str:
        """Return the client secret: of the company's provider, or of Lodge's own."""
        if self.client_secret_env:
            return os.environ[self.client_secret_env]
        if self.client_secret_file:
            return Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        return self.secret("identity-client")

    @property
    def services(self) -> list[dict[str, Any]]:
        """The services as JupyterHub wants them, tokens included."""
        return [
            {**service, "api_token": self.secret(f"service-{service['name']}")}
            for service in self.service_definitions
        ]
