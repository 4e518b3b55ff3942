"""Users' namespaces that an admin makes, where the hub may not."""

from __future__ import annotations

from collections.abc import Iterable

from lodge_spawner.manifests import premade_namespace
from lodge_spawner.manifests.server import Manifest
from lodge_spawner.user_namespaces import user_namespace

from ..settings import SettingsError
from ..settings.kubernetes import Kubernetes

#: The hub's service account in the chart.
HUB_ACCOUNT = "hub"


def premade_namespaces(kubernetes: Kubernetes, users: Iterable[str]) -> list[Manifest]:
    """Return the users' namespaces with the hub's rights in them, for an admin to make.

    Raises
    ------
    SettingsError
        The hub makes them itself.
    """
    if not kubernetes.premade_namespaces:
        raise SettingsError(
            "The hub makes the users' namespaces itself, since kubernetes.premade_namespaces is "
            "false. Where an admin is to make them, set it to true, or "
            "singleuser.premadeNamespaces in the values of the chart."
        )
    names = (user_namespace(kubernetes.namespace_template, user) for user in users)
    return [
        manifest
        for name in dict.fromkeys(names)
        for manifest in premade_namespace(
            name, HUB_ACCOUNT, kubernetes.namespace, kubernetes.instance
        )
    ]
