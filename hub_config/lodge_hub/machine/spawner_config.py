"""Users' servers as processes of this machine: assignments only."""

import os
from typing import Any

from lodge_spawner import LodgeLocalSpawner

from lodge_hub.hub_values import HubValues

c: Any = get_config()  # type: ignore[name-defined]  # noqa: F821
v = HubValues.load(os.environ["LODGE_HUB_VALUES"])

c.JupyterHub.cleanup_servers = True
c.JupyterHub.spawner_class = LodgeLocalSpawner
c.LodgeLocalSpawner.update(v.spawner)
c.LodgeLocalSpawner.default_url = "/lab/tree/Welcome.ipynb"
c.LodgeLocalSpawner.start_timeout = 60
