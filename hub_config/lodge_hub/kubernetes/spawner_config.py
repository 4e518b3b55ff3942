"""Users' servers as pods: assignments only, then what the installation adds."""

import os
from pathlib import Path
from typing import Any

from lodge_spawner.kube import SparkKubeSpawner

from lodge_hub.hub_values import HubValues
from lodge_hub.kubernetes.additions import Additions

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821
v = HubValues.load(os.environ["LODGE_HUB_VALUES"])
extra = Path(os.environ.get("LODGE_HUB_EXTRA", "/etc/lodge/hub"))
added = Additions.read(extra / "config.json")

# Servers go on while the hub is away.
c.JupyterHub.cleanup_servers = False
c.JupyterHub.spawner_class = SparkKubeSpawner
c.SparkKubeSpawner.update(v.spawner)
c.SparkKubeSpawner.default_url = "/lab/tree/Welcome.ipynb"

c.JupyterHub.services = [*v.services, *added.service_list(v.secret)]
c.JupyterHub.load_roles.extend(added.role_list())
c.Spawner.environment = {**v.server_environment, **added.environment}
for name, traits in added.traits.items():
    c[name].update(traits)
for path in sorted(extra.glob("*.py")):
    load_subconfig(str(path))  # type: ignore[name-defined]  # noqa: F821
