"""What a service is told through its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..keys import DamagedKeyError, kept_key


class SettingsError(Exception):
    """The environment lacks something, or holds something that cannot be used."""


@dataclass(frozen=True)
class HubSettings:
    """How to reach the hub, and who this service is to it.

    The fields are JupyterHub's own variables for managed services, ``JUPYTERHUB_*``.
    """

    api_url: str
    api_token: str = field(repr=False)
    service_name: str
    service_prefix: str
    base_url: str = "/"
    client_id: str = ""
    callback_url: str = ""
    access_scopes: frozenset[str] = frozenset()
    public_url: str = ""
    """The origin under which browsers reach the hub and this service; empty: what they ask for."""
    host_cookies: bool = False
    """Whether cookies are bound to their host by their name, as TLS allows."""

    @property
    def hub_prefix(self) -> str:
        """Path of the hub's own pages, ending in a slash."""
        return f"{self.base_url}hub/"

    def service_url(self, name: str) -> str:
        """Path of the service `name` below the same hub, ending in a slash."""
        return f"{self.base_url}services/{name}/"

    def service_address(self, origin: str) -> str:
        """Return the whole address of this service below an origin, ending in a slash."""
        return f"{origin.rstrip('/')}{self.service_prefix}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> HubSettings:
        """Read the settings out of `environ` (default: the process's own).

        Raises
        ------
        SettingsError
            A variable is missing or cannot be parsed.
        """
        env = os.environ if environ is None else environ
        name = _required(env, "JUPYTERHUB_SERVICE_NAME")
        prefix = _slashed(env.get("JUPYTERHUB_SERVICE_PREFIX") or f"/services/{name}/")
        raw_scopes = env.get("JUPYTERHUB_OAUTH_ACCESS_SCOPES")
        try:
            scopes = json.loads(raw_scopes) if raw_scopes else [f"access:services!service={name}"]
        except ValueError as error:
            raise SettingsError(
                "JUPYTERHUB_OAUTH_ACCESS_SCOPES is not a JSON list of scopes."
            ) from error
        return cls(
            api_url=_required(env, "JUPYTERHUB_API_URL").rstrip("/"),
            api_token=_required(env, "JUPYTERHUB_API_TOKEN"),
            service_name=name,
            service_prefix=prefix,
            base_url=_slashed(env.get("JUPYTERHUB_BASE_URL") or "/"),
            client_id=env.get("JUPYTERHUB_CLIENT_ID") or f"service-{name}",
            callback_url=env.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or f"{prefix}oauth_callback",
            access_scopes=frozenset(scopes),
            public_url=(env.get("JUPYTERHUB_PUBLIC_URL") or "").rstrip("/"),
            host_cookies=env.get("JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED") == "1",
        )


@dataclass(frozen=True)
class ServiceSettings:
    """The hub, the address to listen on, and where this service keeps its things."""

    hub: HubSettings
    host: str
    port: int
    database_url: str = field(repr=False)
    store: Path
    max_body: int = 32 * 1024 * 1024
    """Largest request body that is accepted, in bytes."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> ServiceSettings:
        """Read the settings out of `environ` (default: the process's own).

        Raises
        ------
        SettingsError
            A variable is missing or cannot be parsed.
        """
        env = os.environ if environ is None else environ
        bind = urlsplit(_required(env, "JUPYTERHUB_SERVICE_URL"))
        if not bind.hostname or not bind.port:
            raise SettingsError("JUPYTERHUB_SERVICE_URL needs a host and a port to listen on.")
        return cls(
            hub=HubSettings.from_environment(env),
            host=bind.hostname,
            port=bind.port,
            database_url=_required(env, "LODGE_DATABASE_URL"),
            store=Path(_required(env, "LODGE_STORE")),
        )

    def cookie_secret(self) -> bytes:
        """Return the key that signs this service's cookies, made once and kept in the store.

        A key that outlives the process lets pages that are open during a restart go on working.
        """
        try:
            return kept_key(self.store / "cookie_secret")
        except DamagedKeyError as error:
            raise SettingsError(f"{error}: delete it, and users sign in again.") from None


def _required(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise SettingsError(f"The environment variable {name} is not set; the service needs it.")
    return value


def _slashed(path: str) -> str:
    return f"/{path.strip('/')}/" if path.strip("/") else "/"
