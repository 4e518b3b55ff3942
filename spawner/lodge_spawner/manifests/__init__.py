"""What a user's server needs on Kubernetes, as JSON has it: pure functions, no client.

Everything that is made before the pod hangs on one Secret (``ownerReferences``), and the Secret
hangs on the pod as soon as there is one. So Kubernetes itself removes all of it with the pod,
also when no hub is there to do it.
"""

from .executors import Nodes, executor_template
from .namespace import everything_closed, premade_namespace, quota
from .policies import executor_policy, server_policy
from .rights import rights
from .secret import handed_on, private_files
from .server import Server, owned_by
from .services import driver_service, node_port_service

__all__ = [
    "Nodes",
    "Server",
    "driver_service",
    "everything_closed",
    "executor_policy",
    "executor_template",
    "handed_on",
    "node_port_service",
    "owned_by",
    "premade_namespace",
    "private_files",
    "quota",
    "rights",
    "server_policy",
]
