"""What an installation adds to the hub's configuration by a file, as the chart writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: Services whose names are Lodge's own.
RESERVED = ("shares", "schedules", "culler", "lodge-reaper")


class AdditionsError(ValueError):
    """The file says something that the hub can't be started with; the message says what."""


@dataclass(frozen=True)
class Additions:
    """What is added to what Lodge itself sets.

    Parameters
    ----------
    services, roles
        By name, as JupyterHub has them, without the name.
    environment
        Variables of every server.
    traits
        By class, then by trait: these override.
    """

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    roles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; where there is none, nothing is added.

        Raises
        ------
        AdditionsError
            A service has a name of Lodge's own, or services or roles are set as traits, which
            would take Lodge's away.
        """
        if not path.exists():
            return cls()
        found = cls(**json.loads(path.read_text(encoding="utf-8")))
        for name in found.services:
            if name in RESERVED:
                raise AdditionsError(f"A service named {name} is Lodge's own: take another name.")
        taken = {"services", "load_roles"} & set(found.traits.get("JupyterHub", {}))
        if taken:
            raise AdditionsError(
                f"JupyterHub.{min(taken)} would take away Lodge's own: use hub.services and "
                "hub.loadRoles of the chart, which add to them."
            )
        return found

    def service_list(self, secret: Callable[[str], str]) -> list[dict[str, Any]]:
        """Return the services as JupyterHub wants them.

        Parameters
        ----------
        secret
            Returns a secret of this installation by its name.
        """
        return [
            {"name": name, "api_token": secret(f"service-{name}"), **service}
            for name, service in self.services.items()
        ]

    def role_list(self) -> list[dict[str, Any]]:
        """Return the roles as JupyterHub wants them."""
        return [{"name": name, **role} for name, role in self.roles.items()]
