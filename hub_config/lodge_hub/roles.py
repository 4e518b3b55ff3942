"""Scopes and roles: who may do what at the hub and its services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: The hub's services, by name.
SERVICES = ("shares", "schedules")

#: Scopes of Lodge's services, as JupyterHub's `custom_scopes`.
CUSTOM_SCOPES: dict[str, dict[str, Any]] = {
    f"custom:lodge-{service}:{verb}": {"description": f"{words} {what}"}
    for service, what in (("shares", "shared notebooks"), ("schedules", "scheduled notebooks"))
    for verb, words in (
        ("read", "Read"),
        ("write", "Make and change one's own"),
        ("admin", "Read and change everybody's"),
    )
}
#: What the service of schedules may do at that of shares; no user holds it.
RUNS_SCOPE = "custom:lodge-shares:runs"
CUSTOM_SCOPES[RUNS_SCOPE] = {"description": "Put runs on the pages of their owners' shares"}


def user_scopes() -> list[str]:
    """Return what every user may do beside what JupyterHub gives them."""
    return [
        scope
        for service in SERVICES
        for scope in (
            f"access:services!service={service}",
            f"custom:lodge-{service}:read",
            f"custom:lodge-{service}:write",
        )
    ]


def load_roles(admin_groups: Sequence[str]) -> list[dict[str, Any]]:
    """Return the roles for JupyterHub's `load_roles`.

    Parameters
    ----------
    admin_groups
        Groups whose members administer the services as well.
    """
    return [
        {
            "name": "lodge-admin",
            "description": "Administrators of Lodge's services",
            "scopes": [scope for scope in CUSTOM_SCOPES if scope.endswith(":admin")],
            "groups": list(admin_groups),
        },
        {
            "name": "user",
            "description": "Every user: a server, shares and schedules of one's own",
            "scopes": ["self", *user_scopes()],
        },
        {
            "name": "lodge-names",
            "description": "Pages of Lodge's services: what people are called",
            "scopes": ["read:users:name"],
            "services": list(SERVICES),
        },
        {
            "name": "lodge-readers",
            "description": "Shares: whether there are the groups that they are shared with",
            "scopes": ["read:groups:name"],
            "services": ["shares"],
        },
        {
            "name": "lodge-schedules",
            "description": "Scheduled runs: whether their owners are still there, and their pages",
            "scopes": [
                "read:users:name",
                "read:users:groups",
                "access:services!service=shares",
                RUNS_SCOPE,
            ],
            "services": ["schedules"],
        },
    ]


def server_token_scopes() -> list[str]:
    """Return what the token of a user's server may do; the hub cuts it to what the user may."""
    return [
        "access:servers!server",
        "users:activity!user",
        "read:users!user",
        *user_scopes(),
    ]


def oauth_client_scopes(service: str) -> list[str]:
    """Return what a service may ask for about a user who signs in to its pages."""
    return [
        *(
            scope
            for scope in CUSTOM_SCOPES
            if f":lodge-{service}:" in scope and scope != RUNS_SCOPE
        ),
        f"access:services!service={service}",
        "read:users!user",
    ]
